"""GF-EVAL-023 to 025: what people and a judge say of answers, and whether anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError
from genai_runtime.evaluation.judging.calibration import read_calibration
from genai_runtime.evaluation.judging.scores import JUDGE, PREFERENCE
from genai_runtime.evaluation.layout import CALIBRATION_FILE
from genai_runtime.evaluation.review.sample import HUMAN_REVIEW


def check_calibration(found: ReadSuite) -> Iterator[ConfigError]:
    """Each line of calibration.jsonl against the judge's rubric."""
    body = found.files.get(CALIBRATION_FILE)
    if body is None or found.suite is None or found.suite.judge is None:
        return
    _, faults = read_calibration(body, found.suite.judge.rubric)
    for fault in faults:
        text = f"is no label of an answer ({fault.reason}): correct the line"
        yield found.error("GF-EVAL-023", fault.line, fault.key, text, file=CALIBRATION_FILE)


def check_use(found: ReadSuite) -> Iterator[ConfigError]:
    """Work of a judge or of reviewers that no metric looks at: it costs, and decides nothing."""
    if found.suite is None or found.tree is None:
        return
    used = {metric.registered for metric in found.suite.metrics}
    judge = found.suite.judge
    for key, metric, wasted in (
        (("judge",), JUDGE, judge is not None and not used & {JUDGE, PREFERENCE}),
        (("judge", "pairwise"), PREFERENCE, judge is not None and judge.pairwise and PREFERENCE not in used),
        (("review",), HUMAN_REVIEW, found.suite.review is not None and HUMAN_REVIEW not in used),
    ):
        place = found.tree.get(*key)
        if wasted and place is not None:
            text = f"gives what no metric looks at: add the metric {metric}, or drop it"
            yield ConfigError("GF-EVAL-024", place.file, place.line, ".".join(key), "", text)
    yield from _lone_preference(found, used)


def _lone_preference(found: ReadSuite, used: set[str]) -> Iterator[ConfigError]:
    judge = found.suite.judge if found.suite else None
    place = found.tree.get("judge") if found.tree else None
    if judge is not None and place is not None and PREFERENCE in used and not judge.pairwise:
        text = f"compares no pairs, so that metric {PREFERENCE} has no value: set pairwise, or drop the metric"
        yield ConfigError("GF-EVAL-025", place.file, place.line, "judge", "", text)
