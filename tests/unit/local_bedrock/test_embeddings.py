"""Hashed embeddings: near for like texts, of the asked size, equal everywhere."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.local.bedrock.embeddings import cohere, embed, titan
from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.model_table import MODELS

TITAN, COHERE = (
    next(m for m in MODELS if m.id == i) for i in ("amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3")
)


def cosine(a: str, b: str) -> float:
    return sum(x * y for x, y in zip(embed(a, 1024), embed(b, 1024), strict=True))


def test_like_texts_are_nearer() -> None:
    question = "What is the excess for water damage?"
    assert cosine(question, "The excess for water damage is 250 euros.") > 0.5
    assert (
        cosine(question, "The excess for water damage is 250 euros.")
        > cosine(question, "Claims are reported by phone.") + 0.2
    )


@settings(max_examples=50, deadline=None)
@given(text=st.text(), dimensions=st.sampled_from([256, 512, 1024]))
def test_vectors_have_length_one_and_the_asked_size(text: str, dimensions: int) -> None:
    vector = embed(text, dimensions)
    assert len(vector) == dimensions
    assert math.isclose(sum(x * x for x in vector), 1.0, abs_tol=1e-9)
    assert vector == embed(text, dimensions)


def test_vectors_are_the_same_in_every_process() -> None:
    assert [(i, round(x, 6)) for i, x in enumerate(embed("hello", 256)) if x][:2] == [(18, -0.249136), (43, 0.249136)]


@pytest.mark.parametrize("dimensions", [256, 512, 1024])
def test_titan(dimensions: int) -> None:
    body, tokens = titan(
        TITAN, {"inputText": "hello world", "dimensions": dimensions, "embeddingTypes": ["float", "binary"]}
    )
    assert (len(body["embedding"]), body["inputTextTokenCount"], tokens) == (dimensions, 2, 2)
    assert set(body["embeddingsByType"]["binary"]) <= {0, 1}


def test_titan_without_normalisation_keeps_lengths() -> None:
    body, _ = titan(TITAN, {"inputText": "hello world", "normalize": False})
    assert sum(x * x for x in body["embedding"]) > 1.1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "required key"),
        ({"inputText": ""}, "required key"),
        ({"inputText": "x", "dimensions": 300}, "300 is not a valid enum value"),
        ({"inputText": "word " * 9_000}, "Too many input tokens"),
    ],
)
def test_fails_for_invalid_titan_requests(body: dict[str, Any], message: str) -> None:
    with pytest.raises(BedrockError, match=message):
        titan(TITAN, body)


def test_cohere() -> None:
    body, _ = cohere(COHERE, {"texts": ["a", "b"], "input_type": "search_document"})
    assert [len(vector) for vector in body["embeddings"]] == [1024, 1024]
    by_type, _ = cohere(COHERE, {"texts": ["a"], "input_type": "search_query", "embedding_types": ["float"]})
    assert by_type["embeddings"]["float"][0] == body["embeddings"][0]
    assert by_type["response_type"] == "embeddings_by_type"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"input_type": "search_query"}, "required key"),
        ({"texts": ["a"]}, "input_type"),
        ({"texts": ["a"] * 97, "input_type": "clustering"}, "maximum item count"),
        ({"texts": ["a" * 2_049], "input_type": "clustering"}, "maxLength"),
    ],
)
def test_fails_for_invalid_cohere_requests(body: dict[str, Any], message: str) -> None:
    with pytest.raises(BedrockError, match=message):
        cohere(COHERE, body)
