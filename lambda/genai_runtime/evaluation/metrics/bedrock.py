"""Bedrock as embedding model (InvokeModel) and as guardrail (ApplyGuardrail), each text asked once."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.evaluation.metrics.errors import EMBEDDING_MODEL_UNKNOWN, SERVICE_FAILED, MetricError
from genai_runtime.evaluation.run import GuardrailId
from genai_runtime.model_access.findings import Finding, findings_of

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient

R = TypeVar("R")
Vector = Sequence[float]

# ApplyGuardrail takes 25 text units of 1,000 characters at once
# (https://aws.amazon.com/blogs/machine-learning/use-the-applyguardrail-api-with-long-context-inputs-and-streaming-outputs-in-amazon-bedrock/).
# Pieces overlap, so that an address or a number is whole in one of them.
_GUARDED_CHARACTERS = 24_000
_OVERLAP = 200


@dataclass(frozen=True)
class Shape:
    """How a family of models takes texts and gives vectors (Amazon Bedrock User Guide, Inference parameters)."""

    texts: int
    """Most texts in one call."""
    bytes: int
    """Longest text in UTF-8: a token is at least four bytes in most languages, three bytes in CJK."""
    request: Callable[[Sequence[str]], dict[str, Any]]
    vectors: Callable[[dict[str, Any]], list[Vector]]


def _cohere_vectors(answer: dict[str, Any]) -> list[Vector]:
    found = answer["embeddings"]
    vectors: list[Vector] = found["float"] if isinstance(found, dict) else found
    return vectors


def _cohere_request(texts: Sequence[str]) -> dict[str, Any]:
    # `clustering`: both sides alike, as `search_query` and `search_document` aren't. END: a piece that has more tokens
    # than its bytes promise is cut, not refused.
    return {"texts": list(texts), "input_type": "clustering", "truncate": "END"}


_SHAPES = {
    # 8,192 tokens, 50,000 characters
    "amazon.titan-embed-text": Shape(
        1, 24_000, lambda texts: {"inputText": texts[0]}, lambda answer: [answer["embedding"]]
    ),
    # 96 texts of 2,048 characters and 512 tokens
    "cohere.embed": Shape(96, 1_500, _cohere_request, _cohere_vectors),
}


def shape_of(model_id: str) -> Shape:
    """The shape for a model id, an inference profile or an ARN. Raises MetricError (GF-EVAL-155) for other models."""
    for family, shape in _SHAPES.items():
        if family in model_id:
            return shape
    raise MetricError(
        EMBEDDING_MODEL_UNKNOWN,
        f"embedding model {model_id!r} is of no known family: use one of {', '.join(_SHAPES)} (any version)",
    )


class BedrockEmbeddings:
    """Embeddings by one model. A text that is longer than the model takes is the mean of its pieces, weighed by length."""

    def __init__(self, client: "BedrockRuntimeClient", executor: Executor, model_id: str) -> None:
        self._client = client
        self._executor = executor
        self._model_id = model_id
        self._known: dict[str, tuple[Future[list[Vector]], int]] = {}
        """Piece -> its call and its place in it."""

    def fetch(self, texts: Iterable[str]) -> None:
        """Start the calls, as many texts in each as the model takes."""
        wanted = dict.fromkeys(piece for text in texts for piece in pieces(text, self._shape.bytes))
        new = [piece for piece in wanted if piece not in self._known]
        for start in range(0, len(new), self._shape.texts):
            together = new[start : start + self._shape.texts]
            call = self._executor.submit(self._ask, together)
            for index, piece in enumerate(together):
                self._known[piece] = (call, index)

    def wait(self) -> None:
        """Until all calls that were started have ended."""
        wait([call for call, _ in self._known.values()])

    def vector(self, text: str) -> Vector:
        """The embedding. Raises MetricError (GF-EVAL-155, GF-EVAL-157) when the model couldn't be asked."""
        parts = pieces(text, self._shape.bytes)
        self.fetch((text,))
        vectors = [call.result()[index] for call, index in map(self._known.__getitem__, parts)]
        if len(parts) == 1:
            return vectors[0]
        weights = [len(part) / sum(map(len, parts)) for part in parts]
        return [sum(w * x for w, x in zip(weights, column, strict=True)) for column in zip(*vectors, strict=True)]

    @property
    def _shape(self) -> Shape:
        return shape_of(self._model_id)

    def _ask(self, texts: Sequence[str]) -> list[Vector]:
        body = json.dumps(self._shape.request(texts))
        answer = _asked(
            f"embedding model {self._model_id}",
            lambda: self._client.invoke_model(
                modelId=self._model_id, body=body, contentType="application/json", accept="application/json"
            )["body"].read(),
        )
        return self._shape.vectors(json.loads(answer))


class BedrockGuardrail:
    """Findings of one guardrail in texts, as it would judge them on the way out."""

    def __init__(self, client: "BedrockRuntimeClient", executor: Executor, guardrail: GuardrailId) -> None:
        self._client = client
        self._executor = executor
        self._guardrail = guardrail
        self._known: dict[str, Future[tuple[Finding, ...]]] = {}

    def fetch(self, texts: Iterable[str]) -> None:
        """Start a call for each piece of each text."""
        for text in texts:
            for piece in overlapping(text):
                if piece not in self._known:
                    self._known[piece] = self._executor.submit(self._ask, piece)

    def wait(self) -> None:
        """Until all calls that were started have ended."""
        wait(self._known.values())

    def findings(self, text: str) -> tuple[Finding, ...]:
        """The findings. Raises MetricError (GF-EVAL-157) when the guardrail couldn't be asked."""
        self.fetch((text,))
        return tuple(dict.fromkeys(each for piece in overlapping(text) for each in self._known[piece].result()))

    def _ask(self, text: str) -> tuple[Finding, ...]:
        answer = _asked(
            f"guardrail {self._guardrail.name}",
            lambda: self._client.apply_guardrail(
                guardrailIdentifier=self._guardrail.id,
                guardrailVersion=self._guardrail.version,
                source="OUTPUT",
                content=[{"text": {"text": text}}],
            ),
        )
        return findings_of({"outputAssessments": {self._guardrail.id: answer["assessments"]}})


def pieces(text: str, most: int) -> tuple[str, ...]:
    """A text in pieces of at most `most` bytes of UTF-8, parted at spaces where there are some."""
    if len(text) * 4 <= most or len(text.encode()) <= most:
        return (text,)
    found, start = [], 0
    while start < len(text):
        piece = text[start : start + most].encode()[:most].decode(errors="ignore")
        space = piece.rfind(" ")
        if start + len(piece) < len(text) and space > len(piece) // 2:
            piece = piece[: space + 1]
        found.append(piece)
        start += len(piece)
    return tuple(piece for piece in found if piece.strip())


def overlapping(text: str) -> tuple[str, ...]:
    """A text in pieces that a guardrail takes."""
    step = _GUARDED_CHARACTERS - _OVERLAP
    return tuple(text[start : start + _GUARDED_CHARACTERS] for start in range(0, max(len(text) - _OVERLAP, 1), step))


def _asked(service: str, call: Callable[[], R]) -> R:
    try:
        return call()
    except ClientError as error:
        said = error.response["Error"]
        raise _failed(service, f"{said['Code']}: {said.get('Message', '')}") from error
    except BotoCoreError as error:
        raise _failed(service, type(error).__name__) from error


def _failed(service: str, why: str) -> MetricError:
    return MetricError(
        SERVICE_FAILED, f"{service} gave no verdict ({why}): resume the run when the service answers again"
    )
