"""What the jobs of the target measure: the pipeline's own metrics in place of Bedrock's.

A judge's number is a metric of words here, not a model's opinion; docs/adr/0014-managed-evaluation-jobs.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genai_runtime.evaluation.case import Case, Passage
from genai_runtime.evaluation.metrics import Context, Services
from genai_runtime.evaluation.metrics.context import MetricValue
from genai_runtime.evaluation.metrics.refusal import declines
from genai_runtime.evaluation.metrics.registry import find
from genai_runtime.evaluation.records import Response

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A row of a dataset, whatever its format."""

    prompt: str
    reference: str
    passages: tuple[str, ...]
    answer: str | None
    """None where the job asks the model."""
    source: str
    """Label of the given answers."""


def asked(row: Row) -> Asked:
    """Reads a row. Raises KeyError, IndexError or TypeError for one of no format."""
    if "conversationTurns" not in row:
        given = (row.get("modelResponses") or [{}])[0]
        reference = str(row.get("referenceResponse", ""))
        return Asked(str(row["prompt"]), reference, (), given.get("response"), str(given.get("modelIdentifier", "")))
    turn = row["conversationTurns"][0]
    output = turn["output"]
    found = output.get("retrievedPassages") or output["retrievedResults"]
    references = turn.get("referenceResponses") or [{"content": [{"text": ""}]}]
    return Asked(
        prompt=turn["prompt"]["content"][0]["text"],
        reference=references[0]["content"][0]["text"],
        passages=tuple(each["content"]["text"] for each in found["retrievalResults"]),
        answer=output.get("text", ""),
        source=output["knowledgeBaseIdentifier"],
    )


def measure(builtin: str, task: str, row: Asked, answer: str) -> float:
    """The number of one answer, from 0 to 1."""
    return _MEASURES[builtin, task if builtin == "Builtin.Accuracy" else ""](row, answer)


def is_known(builtin: str, task: str) -> bool:
    """Whether the target measures this."""
    return (builtin, task if builtin == "Builtin.Accuracy" else "") in _MEASURES


def known() -> str:
    """All that it measures, for a message."""
    return ", ".join(sorted({f"{builtin} ({task})" if task else builtin for builtin, task in _MEASURES}))


def _own(name: str, reference: str, answer: str, passages: tuple[str, ...] = ()) -> float:
    """One of the pipeline's metrics; 0 where the case doesn't hold what it needs."""
    case = Case(
        id="row",
        kind="quality",
        prompt="-",
        reference=reference or None,
        context=tuple(Passage(id=f"passage-{index}", text=text) for index, text in enumerate(passages) if text),
        origin="generated",
    )
    metric = find(name)
    if not metric.applies(case):
        return 0.0
    response = Response(case="row", candidate="job", answer=answer)
    given = metric.function(case, answer, Context(response, Services(), metric.options()))
    return given.value if isinstance(given, MetricValue) else float(given)


_MEASURES: Mapping[tuple[str, str], Callable[[Asked, str], float]] = {
    ("Builtin.Accuracy", "QuestionAndAnswer"): lambda row, answer: _own("token-f1", row.reference, answer),
    ("Builtin.Accuracy", "Classification"): lambda row, answer: _own("exact-match", row.reference, answer),
    ("Builtin.Accuracy", "Summarization"): lambda row, answer: _own("rouge-l", row.reference, answer),
    ("Builtin.Correctness", ""): lambda row, answer: _own("token-f1", row.reference, answer),
    ("Builtin.Completeness", ""): lambda row, answer: _own("token-recall", row.reference, answer),
    ("Builtin.Faithfulness", ""): lambda row, answer: _own(
        "source-attribution", "", answer, row.passages or (row.prompt,)
    ),
    ("Builtin.Refusal", ""): lambda _row, answer: float(
        declines(answer, Response(case="row", candidate="job", answer=answer))
    ),
    ("Builtin.ContextRelevance", ""): lambda row, _answer: _own("token-recall", row.prompt, "\n".join(row.passages)),
    ("Builtin.ContextCoverage", ""): lambda row, _answer: _own("token-recall", row.reference, "\n".join(row.passages)),
}
