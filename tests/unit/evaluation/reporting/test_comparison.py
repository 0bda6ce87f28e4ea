"""Runs side by side: the gate's paired differences, changed cases, and pages that stay deaf to the data."""

import dataclasses

import pytest

from genai_runtime.evaluation.reporting.comparison import Compared, compare
from genai_runtime.evaluation.reporting.comparison_page import difference_axis, render_comparison, render_markdown
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.errors import ReportFailed
from tests.unit.evaluation.reporting.builder import Plan, World, build
from tests.unit.evaluation.reporting.test_page import Tree


@pytest.fixture(scope="module")
def runs() -> tuple[RunData, RunData]:
    """A bad one, and a better one with another name for its candidate."""
    before = World(cases=200, run="before", plans=(Plan(quality=0.6),))
    after = World(cases=220, run="after", plans=(Plan(name="v3", quality=0.97), Plan(quality=0.6)))
    return build(before), build(after)


@pytest.fixture(scope="module")
def compared(runs: tuple[RunData, RunData]) -> Compared:
    return compare(runs)


def test_differences_are_of_the_common_cases(runs: tuple[RunData, RunData], compared: Compared) -> None:
    before, after = runs
    pair = compared.pairs[0]
    assert (pair.before_run, pair.after_run, pair.after, pair.cases) == ("before", "after", "v3", 200)
    for metric in pair.metrics:
        common = [
            (old, new)
            for case, outcome in before.candidates[0].by_case.items()
            if (old := outcome.value(metric.name)) is not None
            and (new := after.candidates[0].by_case[case].value(metric.name)) is not None
        ]
        assert metric.comparison.cases == len(common)
        assert metric.after - metric.before == pytest.approx(metric.comparison.difference, abs=1e-9)
        assert metric.before == pytest.approx(sum(old for old, _ in common) / len(common))
        assert metric.comparison.interval.low <= metric.comparison.difference <= metric.comparison.interval.high
    assert {metric.name: metric.change for metric in pair.metrics}["correctness"] == "better"


def test_the_counterpart_has_the_same_name_and_the_same_answers_differ_in_nothing(compared: Compared) -> None:
    same = compared.pairs[1]
    assert same.after == same.before
    assert same.fixed == same.broken == ()
    assert all(metric.comparison.difference == 0 and metric.change == "not shown" for metric in same.metrics)


def test_fixed_and_broken_cases_are_those_that_changed(runs: tuple[RunData, RunData], compared: Compared) -> None:
    before, after = runs[0].candidates[0], runs[1].candidates[0]
    pair = compared.pairs[0]
    assert pair.fixed
    for case in pair.fixed:
        assert before.passed(before.by_case[case]) is False
        assert after.passed(after.by_case[case]) is True
    for case in pair.broken:
        assert before.passed(before.by_case[case]) is True
        assert after.passed(after.by_case[case]) is False
    backwards = compare((runs[1], runs[0])).pairs[0]
    assert backwards.before == "grounded-answer-v2-nova-lite"


def test_a_case_that_was_rewritten_is_not_compared(runs: tuple[RunData, RunData]) -> None:
    """Under the same id another question may stand in another version of the suite."""
    before, after = runs
    candidate = after.candidates[0]
    first = dataclasses.replace(
        candidate.outcomes[0], case=candidate.outcomes[0].case.model_copy(update={"reference": "x"})
    )
    changed = dataclasses.replace(candidate, outcomes=(first, *candidate.outcomes[1:]))
    assert compare((before, dataclasses.replace(after, candidates=(changed,)))).pairs[0].cases == 199


def test_the_page_is_well_formed_deterministic_and_holds_everything(
    runs: tuple[RunData, RunData], compared: Compared
) -> None:
    page = render_comparison(runs, compared)
    assert page == render_comparison(runs, compared)
    tree = Tree(page)
    ids = [attrs["id"] for _, attrs in tree.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for case in (*compared.pairs[0].fixed[:200], *compared.pairs[0].broken[:200]):
        assert case in tree.text
    assert "v3 (after)" in tree.text
    markdown = render_markdown(compared)
    assert "## v3 (after) against grounded-answer-v2-nova-lite (before)" in markdown
    assert "| correctness |" in markdown


def test_hostile_data_stays_text() -> None:
    hostile = '"><script>alert(1)</script>\x00'
    runs = [
        build(World(cases=40, run=run, plans=(Plan(quality=quality),), hostile=hostile, baseline=False))
        for run, quality in (("before", 0.3), ("after", 0.7))
    ]
    tree = Tree(render_comparison(runs, compare(runs)))
    assert [tag for tag, _ in tree.tags].count("script") == 1


def test_a_comparison_survives_json(compared: Compared) -> None:
    assert Compared.model_validate_json(compared.model_dump_json()) == compared


@pytest.mark.parametrize("values", [[], [0.0], [0.003, -0.001], [0.4], [-1.0, 1.0], [3.0]])
def test_an_axis_of_differences_is_around_nothing(values: list[float]) -> None:
    axis = difference_axis(values)
    assert axis.low == -axis.high
    assert axis.at(0.0) == 50.0


def test_fails_with_one_run_or_with_one_twice(runs: tuple[RunData, RunData]) -> None:
    with pytest.raises(ReportFailed, match=r"GF-EVAL-334: 1 run to compare \(before\): name at least two"):
        compare(runs[:1])
    with pytest.raises(ReportFailed, match="GF-EVAL-336: run before is named more than once"):
        compare((runs[0], runs[0]))


def test_fails_without_a_common_case(runs: tuple[RunData, RunData], empty: RunData) -> None:
    with pytest.raises(ReportFailed, match=r"GF-EVAL-335: .*have no case in common"):
        compare((runs[0], empty))
