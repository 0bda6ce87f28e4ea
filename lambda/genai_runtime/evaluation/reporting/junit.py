"""JUnit XML, as CI systems read it: a suite for each candidate; a test for each gating metric, limit and failed case.

The structure is the one that the Ant task wrote first and Jenkins, GitLab and others read.
"""

from typing import Final
from xml.etree import ElementTree as Xml

from genai_runtime.evaluation.reporting.data import CandidateData, Outcome, RunData
from genai_runtime.evaluation.reporting.patterns import PATTERNS, pattern_of, worst_first
from genai_runtime.evaluation.reporting.result import failures_of, undecided_of
from genai_runtime.evaluation.reporting.text import clean, clip, one_line
from genai_runtime.evaluation.verdict import Decision

_MOST_CHARACTERS: Final = 1000
"""Of each text of a case: result.html and failed-cases.jsonl have them whole."""


def render_junit(data: RunData) -> bytes:
    """`junit.xml`. REJECT is a failure, HOLD is skipped, a case without an answer is an error."""
    root = Xml.Element("testsuites", {"name": f"evaluation {data.request.suite}"})
    for candidate in data.candidates:
        root.append(_suite(data, candidate))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    Xml.indent(root)
    body: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite(data: RunData, candidate: CandidateData) -> Xml.Element:
    suite = Xml.Element("testsuite", {"name": candidate.name, "timestamp": data.started_at.removesuffix("Z")})
    verdict = data.verdict(candidate.name)
    for metric in verdict.metrics:
        if metric.gating:
            suite.append(_decided(candidate, "metrics", metric.name, metric.decision, metric.reason))
    for limit in verdict.limits:
        suite.append(_decided(candidate, "limits", limit.name, limit.decision, limit.reason))
    failed = sorted(failures_of(data, candidate), key=worst_first)
    ids = {outcome.case.id for outcome in failed}
    for outcome in failed:
        suite.append(_case(candidate, outcome, "failure"))
    for outcome in sorted(undecided_of(candidate), key=worst_first):
        if outcome.case.id not in ids:
            suite.append(_case(candidate, outcome, "error"))
    tags = [child.tag for test in suite for child in test]
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(tags.count("failure")))
    suite.set("errors", str(tags.count("error")))
    suite.set("skipped", str(tags.count("skipped")))
    suite.set("time", "0")
    return suite


def _decided(candidate: CandidateData, group: str, name: str, decision: Decision, reason: str) -> Xml.Element:
    test = Xml.Element("testcase", {"classname": f"{candidate.name}.{group}", "name": name, "time": "0"})
    said = one_line(reason, _MOST_CHARACTERS)
    if decision == "REJECT":
        Xml.SubElement(test, "failure", {"type": "REJECT", "message": said}).text = clean(reason)
    elif decision == "HOLD":
        Xml.SubElement(test, "skipped", {"message": f"HOLD: {said}"})
    return test


def _case(candidate: CandidateData, outcome: Outcome, kind: str) -> Xml.Element:
    response = outcome.response
    seconds = (response.last_token_ms or 0.0) / 1000 if response else 0.0
    test = Xml.Element(
        "testcase", {"classname": f"{candidate.name}.cases", "name": outcome.case.id, "time": f"{seconds:.3f}"}
    )
    pattern = PATTERNS[pattern_of(outcome)].name
    failed = [score.metric for score in outcome.scores if score.passed is False]
    message = f"{pattern}: {', '.join(failed)}" if failed else pattern
    element = Xml.SubElement(
        test, kind, {"type": str(pattern_of(outcome)), "message": one_line(message, _MOST_CHARACTERS)}
    )
    element.text = "\n".join(_details(outcome))
    return test


def _details(outcome: Outcome) -> list[str]:
    case, response = outcome.case, outcome.response
    lines = [f"severity: {case.severity}"]
    lines += [f"{score.metric}: {score.detail}" for score in outcome.scores if score.passed is False and score.detail]
    prompt = case.prompt or "; ".join(f"{name}: {value}" for name, value in sorted((case.variables or {}).items()))
    lines.append(f"prompt: {prompt}")
    if response is None:
        lines.append("nothing came back")
    elif response.error is not None:
        lines.append(f"error: {response.error.error_class}: {response.error.code}: {response.error.message}")
    else:
        lines.append(f"answer: {response.answer}")
    lines += [f"reference: {case.right_answers[0]}"] if case.right_answers else []
    lines += [f"trace: {response.trace_id}"] if response and response.trace_id else []
    return [clean(clip(line, _MOST_CHARACTERS)) for line in lines]
