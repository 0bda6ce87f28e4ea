"""Embeddings without a model: hashed words and character trigrams.

Each feature adds ±weight to one dimension chosen by its hash (a word 1, a trigram 0.3, repeats damped by the square root).
Texts with common words or spellings are near each other; synonyms aren't. Equal text gives equal vectors everywhere.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections import Counter
from functools import lru_cache
from typing import Any

from foundation.local.bedrock.errors import BedrockError, validation
from foundation.local.bedrock.model_table import FoundationModel
from foundation.local.bedrock.request import Json
from foundation.local.bedrock.text import fold, words
from foundation.local.bedrock.tokens import count, truncate

_TRIGRAM_WEIGHT = 0.3
_TITAN_DIMENSIONS = (256, 512, 1024)
_TITAN_CHARACTERS = 50_000
_COHERE_TEXTS = 96
_COHERE_CHARACTERS = 2_048
_COHERE_V4_DIMENSIONS = (256, 512, 1024, 1536)
_INPUT_TYPES = ("search_document", "search_query", "classification", "clustering")


def _malformed(what: str) -> BedrockError:
    return validation("Malformed input request: " + what + ", please reformat your input and try again.")


def embed(text: str, dimensions: int, *, normalize: bool = True) -> list[float]:
    """The vector of a text; length 1 if normalised (a text without words gives the first unit vector)."""
    vector = [0.0] * dimensions
    for feature, amount in _features(text).items():
        hashed = _hash(feature)
        vector[hashed % dimensions] += amount if hashed >> 63 else -amount
    length = math.sqrt(sum(x * x for x in vector))
    if not length:
        vector[0] = length = 1.0
    return [x / length for x in vector] if normalize else vector


def titan(model: FoundationModel, body: Json) -> tuple[Json, int]:
    """amazon.titan-embed-text-v2:0: the response body and its input tokens."""
    text, dimensions = body.get("inputText"), body.get("dimensions", 1024)
    if not isinstance(text, str) or not text:
        raise _malformed("#: required key [inputText] not found")
    if dimensions not in _TITAN_DIMENSIONS:
        raise _malformed(f"#/dimensions: {dimensions} is not a valid enum value")
    tokens = count(text)
    if tokens > model.context_tokens or len(text) > _TITAN_CHARACTERS:
        raise validation(
            f"400 Bad Request: Too many input tokens. Max input tokens: {model.context_tokens}, "
            f"request input token count: {tokens} "
        )
    vector = embed(text, dimensions, normalize=bool(body.get("normalize", True)))
    by_type: dict[str, list[Any]] = {"float": list(vector), "binary": [int(x > 0) for x in vector]}
    wanted = body.get("embeddingTypes") or ["float"]
    answer: Json = {
        "inputTextTokenCount": tokens,
        "embeddingsByType": {kind: by_type[kind] for kind in wanted if kind in by_type},
    }
    if "float" in wanted:
        answer["embedding"] = vector
    return answer, tokens


def cohere(model: FoundationModel, body: Json) -> tuple[Json, int]:
    """cohere.embed-*: the response body and its input tokens."""
    texts = body.get("texts")
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise _malformed("#: required key [texts] not found")
    if body.get("input_type") not in _INPUT_TYPES:
        raise _malformed("#/input_type is not a valid enum value")
    is_v4 = model.id.startswith("cohere.embed-v4")
    if len(texts) > _COHERE_TEXTS or (not is_v4 and any(len(text) > _COHERE_CHARACTERS for text in texts)):
        raise _malformed("#/texts: expected maximum item count: 96 and maxLength: 2048")
    dimensions = body.get("output_dimension", 1536) if is_v4 else 1024
    if dimensions not in _COHERE_V4_DIMENSIONS:
        raise _malformed(f"#/output_dimension: {dimensions} is not a valid enum value")
    if body.get("truncate", "NONE") == "NONE" and any(count(text) > model.context_tokens for text in texts):
        raise validation(f"too many tokens: a text is longer than {model.context_tokens} tokens and truncate is NONE")
    vectors = [embed(truncate(text, model.context_tokens)[0], dimensions) for text in texts]
    types = body.get("embedding_types")
    embeddings: Any = {"float": vectors} if types else vectors
    answer = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(texts))),
        "texts": texts,
        "embeddings": embeddings,
        "response_type": "embeddings_by_type" if types else "embeddings_floats",
    }
    return answer, sum(map(count, texts))


def _features(text: str) -> dict[str, float]:
    features: Counter[str] = Counter()
    for word in words(text):
        features[word] += 1
    folded = " " + " ".join(fold(text).split()) + " "
    weights = {f"w:{word}": math.sqrt(n) for word, n in features.items()}
    trigrams = Counter(folded[i : i + 3] for i in range(len(folded) - 2))
    return weights | {f"t:{trigram}": _TRIGRAM_WEIGHT * math.sqrt(n) for trigram, n in trigrams.items()}


@lru_cache(maxsize=100_000)
def _hash(feature: str) -> int:
    return int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
