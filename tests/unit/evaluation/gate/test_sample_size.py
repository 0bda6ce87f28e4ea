"""How many cases a decision takes, before anything is asked."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import normal_sample_size_one_tail

from genai_runtime.evaluation.gate.errors import GateFailed
from genai_runtime.evaluation.gate.power import MOST_CASES, Spread, cases_for
from genai_runtime.evaluation.gate.sample_size import Question, answer, curve, inflation, least_detectable


def test_sample_sizes_are_those_of_the_textbook() -> None:
    """(z_alpha sqrt(p0 q0) + z_beta sqrt(p1 q1))^2 / (p1 - p0)^2 and ((z_alpha + z_beta) s / d)^2."""
    rate = answer(Question(0.9, 0.95))
    assert (rate.cases, rate.decides) == (239, "PROMOTE")
    assert answer(Question(0.8, 0.82, 0.2)).cases == 785
    assert answer(Question(0.9, 0.85)).decides == "REJECT"
    assert curve(Question(0.9, 0.95), [rate.cases])[0] == pytest.approx(0.8, abs=0.005)
    assert least_detectable(Question(0.9, 0.95), rate.cases) == pytest.approx(0.95, abs=0.001)


@pytest.mark.parametrize(("spending", "published"), [("obrien-fleming", 1.025), ("pocock", 1.2)])
def test_early_stopping_inflates_as_published(spending: str, published: float) -> None:
    """Jennison and Turnbull 2000, tables 2.2 and 2.4, 4 looks, two-sided 0.05, power 0.8: 1.024 and 1.202; the spending
    functions lie close to them."""
    factor, expected = inflation(Question(0.9, 0.95, spending=spending))  # type: ignore[arg-type]
    assert factor == pytest.approx(published, abs=0.01)
    assert expected < 0.85


@given(
    st.floats(0.02, 0.98), st.floats(0.02, 0.98), st.floats(0.001, 0.2), st.floats(0.55, 0.99), st.floats(0.01, 0.5)
)  # fmt: skip
def test_cases_equal_statsmodels(value: float, threshold: float, alpha: float, power: float, deviation: float) -> None:
    difference = abs(value - threshold)
    assume(difference > 1e-3)
    for spread in (Spread.of_rate(threshold, value), Spread(deviation, deviation)):
        wanted = float(
            normal_sample_size_one_tail(difference, power, alpha, std_null=spread.null, std_alternative=spread.true)
        )
        found = cases_for(value, threshold, spread, alpha, power)
        if found is None:
            assert wanted > MOST_CASES
        else:
            assert found - 1 - 1e-6 <= wanted * (1 + 1e-9)
            assert found >= wanted * (1 - 1e-9)


def test_more_power_and_confidence_take_more_cases() -> None:
    sizes = [answer(Question(0.9, 0.95, power=power)).cases for power in (0.5, 0.8, 0.95)]
    assert sizes == sorted(sizes)
    assert answer(Question(0.9, 0.95, confidence=0.99)).cases > sizes[1]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(0.9, 0.9), "no number of cases"),
        (Question(1.2, 0.9), "threshold is 1.2"),
        (Question(0.9, -0.1), "value is -0.1"),
        (Question(0.9, 0.95, deviation=0.7), "deviate by up to 0.5"),
        (Question(0.9, 0.95, confidence=0.4), "confidence is 0.4"),
        (Question(0.9, 0.9001), "more than 100,000 cases"),
    ],
)
def test_fails_on_a_question_without_an_answer(question: Question, said: str) -> None:
    with pytest.raises(GateFailed, match=said) as caught:
        answer(question)
    assert caught.value.code == "GF-EVAL-256"
