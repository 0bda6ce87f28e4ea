"""JUnit XML as CI systems read it, whatever the data holds."""

import dataclasses
from xml.etree import ElementTree as Xml

from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.reporting.junit import render_junit
from genai_runtime.evaluation.reporting.text import clean

SUITE_ATTRIBUTES = {"name", "timestamp", "tests", "failures", "errors", "skipped", "time"}
"""All are known to the schema that Jenkins' xUnit plug-in publishes."""


def parsed(data: RunData) -> Xml.Element:
    return Xml.fromstring(render_junit(data))  # noqa: S314 our own


def test_its_structure_is_the_common_one(each_run: RunData) -> None:
    root = parsed(each_run)
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == [each.name for each in each_run.candidates]
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == SUITE_ATTRIBUTES
        for test in suite:
            assert test.tag == "testcase"
            assert set(test.attrib) == {"name", "classname", "time"}
            assert float(test.attrib["time"]) >= 0
            assert [child.tag for child in test] in ([], ["failure"], ["error"], ["skipped"])
        names = [(test.get("classname"), test.get("name")) for test in suite]
        assert len(names) == len(set(names))
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.attrib["tests"]) == len(suite)
    for count in ("tests", "failures", "errors"):
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root)


def test_gating_metrics_limits_and_each_failed_case_have_their_test(each_run: RunData) -> None:
    root = parsed(each_run)
    for candidate, suite in zip(each_run.candidates, root, strict=True):
        verdict = each_run.verdict(candidate.name)
        found = {(test.attrib["classname"], test.attrib["name"]): [c.tag for c in test] for test in suite}
        ends = {"PROMOTE": [], "HOLD": ["skipped"], "REJECT": ["failure"]}
        metrics = {m.name: m for m in verdict.metrics if m.gating}
        assert {name for group, name in found if group.endswith(".metrics")} == metrics.keys()
        for name, metric in metrics.items():
            assert found[f"{candidate.name}.metrics", name] == ends[metric.decision]
        for limit in verdict.limits:
            assert found[f"{candidate.name}.limits", limit.name] == ends[limit.decision]
        cases = {name: tags for (group, name), tags in found.items() if group.endswith(".cases")}
        failed = set(verdict.failed_cases)
        undecided = {each.case.id for each in candidate.outcomes if candidate.undecided(each)} - failed
        assert cases == {case: ["failure"] for case in failed} | {case: ["error"] for case in undecided}


def test_a_failed_case_says_why(one: RunData) -> None:
    case = one.gate.candidates[0].failed_cases[0]
    test = next(each for each in parsed(one).iter("testcase") if each.get("name") == case)
    failure = test.find("failure")
    outcome = one.candidates[0].by_case[case]
    assert failure is not None
    assert failure.text is not None
    assert outcome.response is not None
    for part in ("severity: ", "prompt: ", f"answer: {outcome.response.answer}", f"trace: {outcome.response.trace_id}"):
        assert part in failure.text


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_unicode_gives_well_formed_xml(one: RunData, text: str) -> None:
    """Control characters, lone surrogates and noncharacters are no XML."""
    candidate = one.candidates[0]
    case = one.gate.candidates[0].failed_cases[0]
    outcomes = []
    for outcome in candidate.outcomes:
        if outcome.case.id == case and outcome.response is not None:
            scores = tuple(score.model_copy(update={"detail": text}) for score in outcome.scores)
            changed = outcome.case.model_copy(update={"reference": text, "variables": {"question": text}})
            response = outcome.response.model_copy(update={"answer": text, "trace_id": text})
            outcome = dataclasses.replace(outcome, case=changed, response=response, scores=scores)
        outcomes.append(outcome)
    hostile = CandidateData(candidate.candidate, tuple(outcomes), candidate.gating)
    root = parsed(dataclasses.replace(one, candidates=(hostile,)))
    test = next(each for each in root.iter("testcase") if each.get("name") == case)
    failure = test.find("failure")
    assert failure is not None
    assert f"answer: {clean(text)}" in (failure.text or "")
