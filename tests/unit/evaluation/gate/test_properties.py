"""What must hold for every input."""

import math
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.gate.data import CandidateData, GateInput
from genai_runtime.evaluation.gate.decide import decide
from genai_runtime.evaluation.records import Score
from genai_runtime.evaluation.verdict import GateResult
from tests.unit.evaluation.gate.runs import Vector, candidate_of, cases_of, gating, metric, suite_of, verdict

ORDER = {"REJECT": 0, "HOLD": 1, "PROMOTE": 2}
VALUES = st.one_of(
    st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=60),
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
    st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=60),
    st.tuples(st.floats(0, 1), st.integers(1, 60)).map(lambda pair: [pair[0]] * pair[1]),
)
THRESHOLDS = st.sampled_from([0.0, 0.3, 0.5, 0.8, 0.9, 1.0])
STRATA: tuple[dict[str, str], ...] = ({"language": "en"}, {"language": "de"}, {})
FEW = settings(max_examples=25, deadline=None)


@FEW
@given(VALUES, VALUES, THRESHOLDS, st.sampled_from([(1.0,), (0.4, 1.0)]))
def test_every_input_has_a_verdict(
    values: Vector, released: Vector, threshold: float, fractions: tuple[float, ...]
) -> None:
    suite = suite_of(gating("m", threshold, strata=("language",)), minimum_cases=1)
    run = {"fractions": fractions}
    result = verdict(suite, {"m": values}, {"m": released}, cases=cases_of(len(values), STRATA), run=run)
    found = metric(result, "m")
    assert found.interval is None or found.interval.low <= (found.estimate or 0.0) <= found.interval.high
    assert result.cases_needed is None or (result.decision == "HOLD" and result.cases_needed > 0)
    assert (found.decision == "PROMOTE") <= (found.interval is not None and found.interval.low >= threshold)
    assert (result.decision == "PROMOTE") <= all(each.decision == "PROMOTE" for each in found.strata)


@FEW
@given(VALUES, THRESHOLDS, st.randoms(use_true_random=False))
def test_the_order_of_cases_metrics_and_candidates_changes_no_byte(
    values: Vector, threshold: float, shuffle: random.Random
) -> None:
    specs = [gating("a", threshold), gating("b", 0.5)]
    data = candidate_of({"a": values, "b": values}, {"a": values})
    other = CandidateData(name="other", asked=data.asked, scores=data.scores)

    def shuffled(scores: dict[str, Score]) -> dict[str, Score]:
        items = list(scores.items())
        shuffle.shuffle(items)
        return dict(items)

    mixed = CandidateData(
        name=data.name, asked=data.asked, baseline=data.baseline,
        scores={name: shuffled(dict(scores)) for name, scores in reversed(list(data.scores.items()))},
    )  # fmt: skip
    cases = cases_of(len(values))
    first = decide(GateInput("run", suite_of(*specs), cases, (data, other)))
    second = decide(GateInput("run", suite_of(*reversed(specs)), cases, (other, mixed)))
    assert first.model_dump_json() == second.model_dump_json()
    assert GateResult.model_validate_json(first.model_dump_json()) == first


@FEW
@given(VALUES, THRESHOLDS, st.integers(0, 59))
def test_better_values_never_turn_promote_into_reject(values: Vector, threshold: float, from_case: int) -> None:
    suite = suite_of(gating("m", threshold), minimum_cases=1)
    better = [value if value is None or at < from_case else min(1.0, value + 0.2) for at, value in enumerate(values)]
    before, after = verdict(suite, {"m": values}).decision, verdict(suite, {"m": better}).decision
    assert not (before == "PROMOTE" and after == "REJECT")


@FEW
@given(st.integers(1, 200).flatmap(lambda cases: st.tuples(st.integers(0, cases - 1), st.just(cases))), THRESHOLDS)
def test_one_more_passed_case_never_worsens_a_rate(counts: tuple[int, int], threshold: float) -> None:
    passed, cases = counts
    suite = suite_of(gating("m", threshold), minimum_cases=1)
    fewer = verdict(suite, {"m": [1.0] * passed + [0.0] * (cases - passed)}).decision
    more = verdict(suite, {"m": [1.0] * (passed + 1) + [0.0] * (cases - passed - 1)}).decision
    assert ORDER[more] >= ORDER[fewer]


def test_values_that_are_no_numbers_decide_nothing() -> None:
    broken = Score.model_construct(metric="m", value=math.nan, passed=None, detail="")
    data = candidate_of({"m": [1.0] * 99})
    scores = {**data.scores["m"], "case-0099": broken}
    given = GateInput("run", suite_of(gating("m")), cases_of(100), (CandidateData("c", data.asked, {"m": scores}),))
    found = decide(given).candidates[0].metrics[0]
    assert (found.cases, found.undecided, found.decision) == (99, 1, "PROMOTE")


def test_three_equal_cases_do_not_promote() -> None:
    suite = suite_of(gating("m", 0.8), minimum_cases=1)
    for value in (0.9, 1.0):
        assert verdict(suite, {"m": [value] * 3}).decision == "HOLD"
    assert verdict(suite, {"m": [0.95]}).decision == "HOLD"


def test_the_seed_decides_the_resamples_and_nothing_else() -> None:
    values = list(np.random.default_rng(1).beta(8, 2, 100))
    one, same, other = (
        metric(verdict(suite_of(gating("m", 0.75), seed=seed), {"m": values}), "m") for seed in (1, 1, 2)
    )
    assert one == same
    assert one.estimate == other.estimate
    assert one.interval != other.interval
