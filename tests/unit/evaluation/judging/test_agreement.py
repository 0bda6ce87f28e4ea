"""Kappas equal independent computations, and a judge below the suite's minimum can't gate."""

import math
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genai_runtime.evaluation.judging.agreement import MINIMUM_ITEMS, judge_agreement, reviewer_agreement
from genai_runtime.evaluation.judging.records import Agreement, Calibration, Labelled
from genai_runtime.evaluation.suite import JudgeSpec
from tests.unit.evaluation.judging.judged_run import RUBRIC

LEVELS = (1, 2, 3, 4)
SPEC = JudgeSpec.model_validate({"model": "m", "rubric": RUBRIC, "minimum_kappa": 0.6})
PAIRS = st.lists(st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)), min_size=2, max_size=60)


def agreement(pairs: Sequence[tuple[int, int | None]], spec: JudgeSpec = SPEC) -> Agreement:
    items = tuple(Labelled(id=f"i{n}", people=(people,), judge=judge) for n, (people, judge) in enumerate(pairs))
    return judge_agreement(Calibration(run="r", model_id="m", items=items), spec)


def kappa(pairs: Sequence[tuple[object, object]]) -> float:
    """Cohen 1960, from the pairs themselves."""
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(one[level] * other[level] for level in one) / len(pairs) ** 2
    return (observed - chance) / (1 - chance)


def weighted(pairs: Sequence[tuple[int, int]]) -> float:
    """Cohen 1968 with squared differences: over all combinations of the two margins."""
    seen = sum((a - b) ** 2 for a, b in pairs) / len(pairs)
    chance = sum((a - b) ** 2 for a, _ in pairs for _, b in pairs) / len(pairs) ** 2
    return 1 - seen / chance


def fleiss(ratings: Sequence[Sequence[int]]) -> float:
    """Fleiss 1971, by counting pairs of raters."""
    raters = len(ratings[0])
    alike = [sum(a == b for i, a in enumerate(row) for j, b in enumerate(row) if i != j) for row in ratings]
    observed = sum(alike) / (len(ratings) * raters * (raters - 1))
    shares = Counter(level for row in ratings for level in row)
    chance = sum((count / (len(ratings) * raters)) ** 2 for count in shares.values())
    return (observed - chance) / (1 - chance)


@given(PAIRS)
def test_kappas_equal_their_definitions(pairs: list[tuple[int, int]]) -> None:
    assume(len({level for pair in pairs for level in pair}) > 1)
    found = agreement(pairs)
    assert found.kappa.estimate == pytest.approx(kappa(pairs), abs=1e-12)
    assert found.weighted.estimate == pytest.approx(weighted(pairs), abs=1e-12)
    assert found.observed == sum(a == b for a, b in pairs) / len(pairs)
    for each in (found.kappa, found.weighted):
        assert each.low is not None
        assert each.high is not None
        assert -1 <= each.low <= each.estimate <= each.high <= 1  # type: ignore[operator]


@given(st.lists(st.lists(st.sampled_from(LEVELS), min_size=3, max_size=3), min_size=2, max_size=40))
def test_agreement_of_several_reviewers_equals_its_definition(ratings: list[list[int]]) -> None:
    assume(len({level for row in ratings for level in row}) > 1)
    found = reviewer_agreement(ratings, LEVELS)
    assert found is not None
    assert (found.method, found.reviewers, found.items) == ("fleiss", 3, len(ratings))
    assert found.kappa.estimate == pytest.approx(fleiss(ratings), abs=1e-12)


def test_the_interval_equals_fleiss_cohen_and_everitt_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, chance 0.5, kappa 0.4; the variance term by term."""
    spec = JudgeSpec.model_validate({"model": "m", "rubric": {"question": "q", "levels": {0: "no", 1: "yes"}}})
    found = agreement([(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15, spec)
    assert found.kappa.estimate == pytest.approx(0.4)
    assert found.confusion == ((15, 10, 0), (5, 20, 0))
    cells = {(1, 1): 0.4, (1, 0): 0.1, (0, 1): 0.2, (0, 0): 0.3}
    rows, columns = {1: 0.5, 0: 0.5}, {1: 0.6, 0: 0.4}
    a = sum(cells[i, i] * (1 - (rows[i] + columns[i]) * 0.6) ** 2 for i in (0, 1))
    b = 0.6**2 * sum(cells[i, j] * (columns[i] + rows[j]) ** 2 for i, j in ((0, 1), (1, 0)))
    error = math.sqrt((a + b - (0.4 - 0.5 * 0.6) ** 2) / (50 * 0.5**2))
    assert found.kappa.low == pytest.approx(0.4 - 1.959963984540054 * error)
    assert found.kappa.high == pytest.approx(0.4 + 1.959963984540054 * error)


def test_the_interval_covers_the_true_kappa() -> None:
    """1,000 simulated calibrations of 100 items: a judge that agrees by knowledge in 70 %, by chance in the rest."""
    source = random.Random(5)  # noqa: S311
    covered = 0
    for _ in range(1000):
        people = [source.choice(LEVELS) for _ in range(100)]
        pairs = [(level, level if source.random() < 0.7 else source.choice(LEVELS)) for level in people]
        found = agreement(pairs).kappa
        covered += found.low <= 0.7 <= found.high  # type: ignore[operator]
    assert 925 <= covered <= 972


def test_a_judge_that_agrees_can_gate() -> None:
    found = agreement([(level, level) for level in LEVELS * 6])
    assert found.can_gate
    assert (found.kappa.estimate, found.items, found.unjudged, found.people) == (1.0, 24, 0, None)
    assert found.reason == "kappa 1.00 with people reaches the suite's 0.60"


def test_fails_to_gate_below_the_minimum() -> None:
    found = agreement([(level, level if number % 2 else 5 - level) for number, level in enumerate(LEVELS * 10)])
    assert not found.can_gate
    assert "is below the suite's 0.60" in found.reason


def test_fails_to_gate_with_few_items_or_without_any() -> None:
    few = [(level, level) for level in LEVELS * 5][: MINIMUM_ITEMS - 1]
    assert "19 calibration items are too few" in agreement(few).reason
    none = judge_agreement(None, SPEC)
    assert (none.can_gate, none.items, none.observed, none.kappa.estimate) == (False, 0, None, None)
    assert "wasn't calibrated" in none.reason


def test_fails_to_gate_where_one_level_leaves_kappa_undefined() -> None:
    found = agreement([(4, 4)] * 30)
    assert (found.can_gate, found.kappa.estimate, found.weighted.estimate, found.observed) == (False, None, None, 1.0)
    assert "one and the same level" in found.reason


def test_an_item_without_verdict_is_a_disagreement() -> None:
    pairs: list[tuple[int, int | None]] = [(level, level) for level in LEVELS * 10]
    with_failures = pairs + [(level, None) for level in LEVELS * 10]
    found = agreement(with_failures)
    assert (found.items, found.unjudged, found.weighted.estimate) == (80, 40, 1.0)
    assert found.kappa.estimate == pytest.approx(kappa(with_failures))
    assert not found.can_gate
    assert [row[-1] for row in found.confusion] == [10, 10, 10, 10]


def test_people_who_disagree_limit_what_a_judge_can_reach() -> None:
    items = [Labelled(id=f"i{n}", people=(1, 2, 4) if n % 2 else (3, 3, 3), judge=2 if n % 2 else 3) for n in range(40)]
    found = judge_agreement(Calibration(run="r", model_id="m", items=tuple(items)), SPEC)
    assert found.kappa.estimate == 1.0
    assert found.people == pytest.approx(fleiss([item.people for item in items]))
    assert found.people is not None
    assert found.people < 0.4


def test_two_reviewers_are_compared_by_cohens_kappa_and_one_is_not() -> None:
    rows = [(1, 1), (2, 2), (1, 2), (4, 4)]
    found = reviewer_agreement(rows, LEVELS)
    assert found is not None
    assert found.method == "cohen"
    assert found.kappa.estimate == pytest.approx(kappa(rows))
    assert reviewer_agreement([(1,), (2,)], LEVELS) is None
    assert reviewer_agreement([], LEVELS) is None
    same = reviewer_agreement([(4, 4, 4)] * 3, LEVELS)
    assert same is not None
    assert same.kappa.estimate is None
