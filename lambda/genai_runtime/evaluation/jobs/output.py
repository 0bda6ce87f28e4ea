"""Reads a job's results.

Formats: Amazon Bedrock User Guide, "Understand how the results of your model evaluation job are saved in Amazon S3". Numbers
of automated jobs are from 0 to 1 ("Review metrics for RAG evaluations that use LLMs"); people rate from 1 to 5 or with a
thumb.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.evaluation.jobs.errors import OUTPUT_INVALID, JobFailed

SUFFIX: Final = "_output.jsonl"
_LIKERT_STEPS: Final = 4
"""From 1 to 5."""


@dataclass(frozen=True)
class Result:
    """One row of the dataset, judged."""

    prompt: str
    answer: str | None
    scores: Mapping[str, tuple[float | None, str]]
    """By Bedrock's metric name: the number, None where there is none, and the judge's explanation."""


def results(body: bytes, where: str) -> Iterator[Result]:
    """The rows of a file. Raises JobFailed (GF-EVAL-376) for a line of another form."""
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield _result(json.loads(line))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise JobFailed(
                OUTPUT_INVALID,
                f"line {number} of {where} is no result of an evaluation job ({error!r}): open the job in the console; "
                "the format that is read is in docs/adr/0014-managed-evaluation-jobs.md",
            ) from error


def _result(row: Mapping[str, Any]) -> Result:
    if "conversationTurns" in row:
        turn = row["conversationTurns"][0]
        asked = turn["inputRecord"]["prompt"]["content"][0]["text"]
        return Result(asked, turn.get("output", {}).get("text"), _automated(turn["results"]))
    prompt, answers = row["inputRecord"]["prompt"], row.get("modelResponses", [])
    answer = answers[0].get("response") if answers else None
    if "automatedEvaluationResult" in row:
        return Result(prompt, answer, _automated(row["automatedEvaluationResult"]["scores"]))
    human = row["humanEvaluationResult"]
    return Result(prompt, answer, _human(human if isinstance(human, list) else [human]))


def _automated(scores: list[Mapping[str, Any]]) -> dict[str, tuple[float | None, str]]:
    return {str(each["metricName"]): (_number(each.get("result")), _explanation(each)) for each in scores}


def _human(loops: list[Mapping[str, Any]]) -> dict[str, tuple[float | None, str]]:
    """The mean over all workers."""
    given: dict[str, list[float]] = {}
    for loop in loops:
        for answer in loop["humanAnswers"]:
            ratings = answer["answerContent"]["evaluationResults"]
            for each in ratings.get("individualLikertScale", ()):
                given.setdefault(str(each["metricName"]), []).append((float(each["result"]) - 1) / _LIKERT_STEPS)
            for each in ratings.get("thumbsUpDown", ()):
                given.setdefault(str(each["metricName"]), []).append(float(bool(each["result"])))
    return {name: (math.fsum(values) / len(values), f"mean of {len(values)} ratings") for name, values in given.items()}


def _number(value: Any) -> float | None:
    """None where the evaluator gave no number, which Bedrock tells as null or NaN."""
    if value is None or isinstance(value, str | bool):
        return None
    number = float(value)
    return min(max(number, 0.0), 1.0) if math.isfinite(number) else None


def _explanation(score: Mapping[str, Any]) -> str:
    details = score.get("evaluatorDetails") or [{}]
    return str(details[0].get("explanation", ""))
