"""The verdict: what promotes, holds and rejects, and what it says."""

from typing import Any

import numpy as np
import pytest

from genai_runtime.evaluation.gate.data import GateInput
from genai_runtime.evaluation.gate.decide import decide
from genai_runtime.evaluation.gate.power import MOST_CASES
from genai_runtime.evaluation.suite import JudgeSpec, MetricSpec, Rubric
from tests.unit.evaluation.gate.runs import (
    candidate_of,
    cases_of,
    gating,
    ids,
    limit,
    metric,
    passes,
    suite_of,
    verdict,
)  # fmt: skip

RNG = np.random.default_rng(1)
GOOD = list(RNG.beta(18, 2, 300))
JUDGE = JudgeSpec(model="judge", rubric=Rubric(question="good?", levels={1: "no", 2: "yes"}), minimum_kappa=0.6)


@pytest.mark.parametrize(("passed", "decision"), [(380, "PROMOTE"), (362, "HOLD"), (345, "HOLD"), (300, "REJECT")])
def test_a_rate_is_decided_by_its_interval(passed: int, decision: str) -> None:
    result = verdict(suite_of(gating(threshold=0.88)), {"exact-match": passes(passed, 400)})
    assert (result.decision, metric(result).decision) == (decision, decision)
    interval = metric(result).interval
    assert interval is not None
    assert (interval.low >= 0.88, interval.high < 0.88) == (decision == "PROMOTE", decision == "REJECT")
    assert (interval.method, interval.confidence) == ("wilson", 0.95)


@pytest.mark.parametrize(("threshold", "decision"), [(0.87, "PROMOTE"), (0.9, "HOLD"), (0.95, "REJECT")])
def test_a_mean_is_decided_by_its_interval(threshold: float, decision: str) -> None:
    result = verdict(suite_of(gating("token-f1", threshold)), {"token-f1": GOOD})
    found = metric(result, "token-f1")
    assert (result.decision, found.kind) == (decision, "mean")
    assert found.interval is not None
    assert found.interval.method == "bca"


def test_nothing_is_decided_below_the_minimum_sample() -> None:
    for values in (passes(29, 29), passes(0, 29)):
        result = verdict(suite_of(gating(threshold=0.5)), {"exact-match": values})
        assert result.decision == "HOLD"
        assert "fewer than the 30 cases" in metric(result).reason
        assert result.cases_needed == 1


def test_every_gating_metric_has_to_hold_and_informative_ones_do_not_count() -> None:
    poor = MetricSpec(name="bleu", threshold=0.9)
    vectors = {"exact-match": passes(290, 300), "token-f1": GOOD, "bleu": [0.1, 0.2] * 150}
    good = suite_of(gating(), gating("token-f1", 0.85), poor)
    assert verdict(good, vectors).decision == "PROMOTE"
    assert metric(verdict(good, vectors), "bleu").decision == "REJECT"
    assert verdict(suite_of(gating(), gating("token-f1", 0.95)), vectors).decision == "REJECT"
    assert verdict(suite_of(gating(), gating("token-f1", 0.9)), vectors).decision == "HOLD"


def test_a_failed_severe_safety_case_rejects_and_is_named() -> None:
    cases = cases_of(100, kind="safety", severity="severe")
    result = verdict(suite_of(gating("refusal")), {"refusal": passes(99, 100)}, cases=cases)
    assert (result.decision, result.severe_failures) == ("REJECT", ("case-0099",))
    assert "case-0099" in result.reasons[0]


@pytest.mark.parametrize("further", [{"kind": "quality", "severity": "severe"}, {"kind": "safety", "severity": "high"}])
def test_other_failed_cases_are_named_without_rejecting(further: dict[str, Any]) -> None:
    result = verdict(suite_of(gating("refusal")), {"refusal": passes(99, 100)}, cases=cases_of(100, **further))
    assert (result.decision, result.severe_failures, result.failed_cases) == ("PROMOTE", (), ("case-0099",))


def test_a_severe_failure_rejects_below_the_minimum_sample_too() -> None:
    cases = cases_of(5, kind="safety", severity="severe")
    assert verdict(suite_of(gating("refusal")), {"refusal": passes(4, 5)}, cases=cases).decision == "REJECT"


def test_an_undecided_severe_case_does_not_reject() -> None:
    cases = cases_of(100, kind="safety", severity="severe")
    result = verdict(suite_of(gating("refusal")), {"refusal": [None, *passes(99, 99)]}, cases=cases)
    assert (result.decision, result.severe_failures) == ("PROMOTE", ())


def test_nothing_is_promoted_before_every_severe_safety_case_was_asked() -> None:
    """An early look of a sequential run holds its share of them, and no number of others speaks for the rest."""
    suite = suite_of(gating("refusal"), confidence=0.9)
    cases = cases_of(400, kind="safety")
    cases |= {case: cases[case].model_copy(update={"severity": "severe"}) for case in ids(400)[398:]}
    run = {"look": 1, "fractions": (0.5, 1.0)}
    open_ones = {**run, "upcoming": ids(400)[200:]}
    result = verdict(suite, {"refusal": passes(200, 200)}, cases=cases, run=open_ones)
    assert (result.decision, result.cases_needed, metric(result, "refusal").decision) == ("HOLD", 200, "PROMOTE")
    assert result.reasons == (
        "every gating metric is at or above its threshold, but not all severe safety cases were asked yet",
    )
    asked = {**run, "upcoming": ids(400)[200:398]}
    assert verdict(suite, {"refusal": passes(200, 200)}, cases=cases, run=asked).decision == "PROMOTE"
    assert verdict(suite, {"refusal": passes(100, 200)}, cases=cases, run=open_ones).decision == "REJECT"


def test_a_regression_beyond_the_allowed_one_holds() -> None:
    vectors, released = {"exact-match": passes(270, 300)}, {"exact-match": passes(290, 300)}
    held = verdict(suite_of(gating(threshold=0.8)), vectors, released)
    comparison = metric(held).comparison
    assert comparison is not None
    assert (held.decision, comparison.significant, comparison.interval.method) == ("HOLD", True, "score")
    assert comparison.difference == pytest.approx(-20 / 300)
    assert "worse by more than 0" in held.reasons[0]
    assert held.cases_needed is None
    allowed = verdict(suite_of(gating(threshold=0.8, allowed_regression=0.1)), vectors, released)
    assert allowed.decision == "PROMOTE"


def test_paired_means_see_what_intervals_of_both_would_not() -> None:
    released = list(RNG.beta(9, 2, 200))
    vectors = {"token-f1": [max(0.0, value - 0.01) for value in released]}
    result = verdict(suite_of(gating("token-f1", 0.7)), vectors, {"token-f1": released})
    found = metric(result, "token-f1")
    assert found.interval is not None
    assert found.interval.low < np.mean(released) < found.interval.high
    assert found.comparison is not None
    assert found.comparison.significant


def test_only_common_decided_cases_are_compared() -> None:
    result = verdict(
        suite_of(gating()), {"exact-match": [None, *passes(99, 99)]}, {"exact-match": [*passes(49, 49), None]}
    )
    comparison = metric(result).comparison
    assert comparison is not None
    assert comparison.cases == 48


def test_the_same_answers_as_the_baseline_are_no_regression() -> None:
    result = verdict(suite_of(gating("token-f1", 0.85)), {"token-f1": GOOD}, {"token-f1": GOOD})
    comparison = metric(result, "token-f1").comparison
    assert comparison is not None
    assert (comparison.difference, comparison.significant, comparison.interval.method) == (0.0, False, "exact")
    assert comparison.interval.low < 0 < comparison.interval.high
    assert result.decision == "PROMOTE"


def test_strata_hold_on_their_own() -> None:
    tags = [{"language": "en"}, {"language": "en"}, {"language": "en"}, {"language": "de"}]
    spec = gating(threshold=0.8, strata=("language",))

    def judged(missing: int, count: int = 400) -> Any:
        """German cases fail, so many of them."""
        german = {case for case in ids(count) if case in ids(count)[3::4][:missing]}
        values = [0.0 if case in german else 1.0 for case in ids(count)]
        return verdict(suite_of(spec), {"exact-match": values}, cases=cases_of(count, tags))

    assert judged(5).decision == "PROMOTE"
    held = judged(18)
    assert held.decision == "HOLD"
    assert "language de is 0.82" in held.reasons[0]
    assert held.cases_needed is not None
    rejected = judged(40)
    assert rejected.decision == "REJECT"
    assert [(each.value, each.decision) for each in metric(rejected).strata] == [("de", "REJECT"), ("en", "PROMOTE")]
    whole = metric(rejected).interval
    assert whole is not None
    assert whole.low > 0.8


def test_a_small_stratum_holds_unless_its_interval_decides() -> None:
    tags = [{"topic": "billing"}] * 95 + [{"topic": "rare"}] * 5
    assert verdict(
        suite_of(gating(threshold=0.8, strata=("topic",))), {"exact-match": passes(100, 100)}, cases=cases_of(100, tags)
    ).decision == "HOLD"  # fmt: skip
    assert verdict(
        suite_of(gating(threshold=0.5, strata=("topic",))), {"exact-match": passes(100, 100)}, cases=cases_of(100, tags)
    ).decision == "PROMOTE"  # fmt: skip


def test_a_stratum_without_a_decided_case_holds() -> None:
    tags = [{"topic": "a"}] * 199 + [{"topic": "b"}]
    values = [*passes(199, 199), None]
    result = verdict(suite_of(gating(strata=("topic",))), {"exact-match": values}, cases=cases_of(200, tags))
    assert (result.decision, metric(result).strata[1].cases) == ("HOLD", 0)


def test_many_metrics_at_their_threshold_are_rejected_only_after_holm() -> None:
    single = {"exact-match": passes(264, 300)}
    suite = suite_of(gating(threshold=0.92))
    assert verdict(suite, single).decision == "REJECT"
    many = {f"m{number}": passes(280, 300) for number in range(20)} | single
    crowded = suite_of(gating(threshold=0.92), *(gating(f"m{number}", 0.9) for number in range(20)))
    result = verdict(crowded, many)
    assert result.decision == "HOLD"
    assert "not beyond doubt among this many comparisons" in metric(result).reason


@pytest.mark.parametrize(
    ("kappa", "refusal", "gates"),
    [(0.7, "", True), (0.6, "", True), (0.59, "", False), (None, "", False), (0.9, "too few labels", False)],
)
def test_a_judge_gates_only_when_it_agrees_with_people(kappa: float | None, refusal: str, gates: bool) -> None:
    suite = suite_of(gating("judge"), judge=JUDGE)
    run = {"judge_kappa": kappa, "judge_refusal": refusal}
    result = verdict(suite, {"judge": passes(300, 300)}, run=run)
    assert metric(result, "judge").gating is gates
    assert result.decision == ("PROMOTE" if gates else "HOLD")
    assert ("it can't gate" in metric(result, "judge").reason) is not gates
    beside = suite_of(gating("judge"), gating(), judge=JUDGE)
    both = {"judge": passes(100, 300), "exact-match": passes(300, 300)}
    assert verdict(beside, both, run=run).decision == ("REJECT" if gates else "PROMOTE")


def test_a_hold_says_how_many_cases_and_which() -> None:
    upcoming = tuple(f"next-{number}" for number in range(1000))
    result = verdict(suite_of(gating(threshold=0.9)), {"exact-match": passes(188, 200)}, run={"upcoming": upcoming})
    needed = result.cases_needed
    assert needed is not None
    assert 100 < needed < 1000
    assert result.next_cases == upcoming[:needed]
    short = verdict(suite_of(gating(threshold=0.9)), {"exact-match": passes(188, 200)}, run={"upcoming": upcoming[:10]})
    assert f"add {needed - 10}" in short.reasons[-1]


def test_no_number_of_cases_decides_at_the_threshold() -> None:
    result = verdict(suite_of(gating(threshold=0.9)), {"exact-match": passes(270, 300)})
    assert (result.decision, result.cases_needed, result.next_cases) == ("HOLD", None, ())
    nearly = verdict(suite_of(gating(threshold=0.9)), {"exact-match": passes(2701, 3000)})
    assert nearly.cases_needed is None
    assert MOST_CASES == 100_000


def test_a_metric_without_decided_cases_holds() -> None:
    for values in ([None] * 50, []):
        result = verdict(suite_of(gating()), {"exact-match": values})
        assert (result.decision, metric(result).estimate) == ("HOLD", None)


def test_a_metric_of_a_part_of_the_cases_asks_for_more_of_all() -> None:
    data = candidate_of({"exact-match": passes(400, 400)})
    part = dict(candidate_of({"refusal": passes(94, 100)}).scores["refusal"])
    both = GateInput(
        "run", suite_of(gating(), gating("refusal", 0.9)), cases_of(400),
        (type(data)(name="candidate", asked=data.asked, scores={**data.scores, "refusal": part}),),
    )  # fmt: skip
    result = decide(both).candidates[0]
    needed = metric(result, "refusal").cases_needed
    assert needed is not None
    assert result.cases_needed == 4 * needed


def test_an_early_look_goes_on_until_it_is_decided() -> None:
    quarters = (0.25, 0.5, 0.75, 1.0)

    def at(look: int, passed: int, cases: int) -> Any:
        data = candidate_of({"exact-match": passes(passed, cases)})
        return decide(GateInput("run", suite_of(gating()), cases_of(cases), (data,), look=look, fractions=quarters))

    assert (at(1, 93, 100).decision, at(1, 93, 100).final) == ("HOLD", False)
    assert (at(1, 100, 100).decision, at(1, 100, 100).final) == ("PROMOTE", True)
    assert (at(1, 50, 100).decision, at(1, 50, 100).final) == ("REJECT", True)
    assert (at(4, 330, 400).decision, at(4, 330, 400).final) == ("HOLD", True)
    early = metric(at(2, 190, 200).candidates[0]).interval
    assert early is not None
    assert early.confidence == pytest.approx(0.99695, abs=1e-4)


def test_an_early_look_of_a_mean_has_a_normal_interval() -> None:
    data = candidate_of({"token-f1": GOOD})
    given = GateInput(
        "run", suite_of(gating("token-f1", 0.85)), cases_of(300), (data,), look=2, fractions=(0.3, 0.6, 1.0)
    )
    found = metric(decide(given).candidates[0], "token-f1")
    assert found.interval is not None
    assert found.interval.method == "sequential-normal"
    assert found.interval.high - found.interval.low > 2 * 1.96 * np.std(GOOD) / np.sqrt(300)


def test_an_earlier_verdict_stands() -> None:
    given = GateInput("run", suite_of(gating()), cases_of(200), (candidate_of({"exact-match": passes(200, 200)}),))
    before = decide(given).candidates[0]
    now = GateInput(
        "run", suite_of(gating()), cases_of(200), (candidate_of({"exact-match": passes(100, 200)}),),
        look=2, fractions=(0.5, 1.0), decided={"candidate": before},
    )  # fmt: skip
    assert decide(now).candidates == (before,)


def test_the_worst_candidate_decides_the_run() -> None:
    good, bad = candidate_of({"exact-match": passes(200, 200)}), candidate_of({"exact-match": passes(100, 200)})
    renamed = type(bad)(name="other", asked=bad.asked, scores=bad.scores)
    result = decide(GateInput("run", suite_of(gating()), cases_of(200), (renamed, good)))
    assert [(each.candidate, each.decision) for each in result.candidates] == [
        ("candidate", "PROMOTE"),
        ("other", "REJECT"),
    ]
    assert result.decision == "REJECT"
    assert limit(result.candidates[0], "undecided-share").decision == "PROMOTE"
