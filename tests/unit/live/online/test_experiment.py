"""What counts, what breaches, what is ready."""

import pytest

from genai_runtime.live.online.experiment import decide, observe, ways_to_end
from genai_runtime.live.online.records import ExperimentState, Observation
from genai_runtime.live.online.sequence import log_evidence
from tests.unit.live.online.toys import (
    DISAGREEING,
    DISLIKED,
    FAILED,
    SLOW,
    feedback,
    fresh,
    request,
    scored,
)  # fmt: skip


def after(state: ExperimentState, *observations: Observation, over: bool = False) -> ExperimentState:
    for each in observations:
        state = observe(state, each, over=over)
    return state


def test_a_request_counts_in_its_arm_and_its_ways() -> None:
    state = after(
        fresh("canary", FAILED, SLOW),
        request(1, latency_ms=4001),
        request(2, "blocked", latency_ms=9000),
        request(3, "failed", error_code="GF-RUN-030"),
        request(4, "masked", latency_ms=4000),
        request(5, arm="stable"),
    )
    found = state.counts("candidate")
    assert (found.requests, found.failed, found.blocked, found.slow) == (4, 1, 1, {"4000": 2})
    assert state.counts("stable").requests == 1


def test_a_caller_s_fault_is_nobody_s_and_the_candidate_s_own_limits_are_its_fault() -> None:
    state = after(
        fresh(),
        request(1, "rejected", error_code="GF-RUN-003"),
        request(2, "rejected", error_code="GF-RUN-007"),
        request(3, "rejected", error_code="GF-RUN-008"),
    )
    found = state.counts("candidate")
    assert (found.requests, found.rejected, found.failed) == (1, 2, 1)


def test_feedback_and_scores_have_their_own_denominators() -> None:
    state = after(fresh("canary", DISLIKED), request(1), request(2), feedback(1, "up"), feedback(2, "down"))
    found = state.counts("candidate")
    assert (found.requests, found.liked, found.disliked) == (2, 1, 1)
    shadow = after(fresh("shadow", DISAGREEING), scored(1, disagrees=True), scored(2, disagrees=False))
    assert (shadow.counts("shadow").scored, shadow.counts("shadow").disagreeing) == (2, 1)


def test_a_breach_is_noted_at_the_request_that_shows_it_and_no_later_one_changes_it() -> None:
    state = after(fresh(), request(0, arm="stable"), *(request(number) for number in range(1, 11)))
    number = 11
    while state.breach is None:
        state, number = after(state, request(number, "failed")), number + 1
    breach = state.breach
    assert (breach.bad, breach.of, breach.request) == (number - 11, number - 1, number - 1)
    assert log_evidence(breach.bad, breach.of - breach.bad, 0.05) >= 4.711 > log_evidence(breach.bad - 1, 10, 0.05)
    assert breach.bound > breach.limit == 0.05
    assert breach.at.endswith(f"{number - 1:06d}+00:00")
    assert "the limit is 5.0%; of the live versions' 1: 0" in breach.reason
    later = after(state, request(98, "failed"), request(99, arm="stable"))
    assert later.breach == breach
    assert later.arms == state.arms
    assert (later.late.requests, later.late.failed) == (1, 1)


def test_limits_and_the_comparison_share_alpha() -> None:
    one, three = fresh("canary", FAILED), fresh("canary", FAILED, SLOW, DISLIKED)
    assert [ways_to_end(each.experiment) for each in (one, three, fresh("ab"))] == [1, 3, 2]
    found = []
    for state in (one, three):
        number = 0
        while state.breach is None:
            state, number = after(state, request(number, "answered" if number % 5 else "failed")), number + 1
        found.append(number)
    assert found[0] < found[1]


def test_the_stable_arm_can_t_breach() -> None:
    state = after(fresh(), *(request(number, "failed", "stable") for number in range(60)))
    assert state.breach is None
    assert decide(state).state == "running"


def test_what_comes_after_the_end_is_late_and_decides_nothing() -> None:
    state = after(fresh(), *(request(number, "failed") for number in range(60)), over=True)
    assert (state.late.failed, state.counts("candidate").requests, state.breach) == (60, 0, None)


def test_a_canary_is_ready_at_its_minimum() -> None:
    state = after(fresh(minimum=20), *(request(number) for number in range(19)))
    assert (decide(state).state, decide(state).reason) == ("running", "19 of 20 are counted")
    standing = decide(after(state, request(19)))
    assert (standing.state, standing.counted) == ("ready", 20)
    assert standing.limits[0].low == 0
    assert 0.05 < standing.limits[0].high < 0.4


def test_a_breached_canary_is_never_ready() -> None:
    state = after(fresh(minimum=3), *(request(number, "failed") for number in range(20)))
    standing = decide(state)
    assert standing.state == "breached"
    assert standing.breach == state.breach
    assert standing.reason.startswith("3 of the candidate's 3 requests failed")


def test_a_shadow_is_never_ready() -> None:
    state = after(fresh("shadow", FAILED), *(request(number, arm="shadow") for number in range(100)))
    assert decide(state).state == "running"
    assert decide(state).counted == 100


@pytest.mark.parametrize("kind", ["canary", "shadow"])
def test_fails_only_in_the_arm_that_is_tested(kind: str) -> None:
    other = "candidate" if kind == "shadow" else "shadow"
    state = after(fresh(kind, FAILED), *(request(number, "failed", arm=other) for number in range(50)))  # type: ignore[arg-type]
    assert state.breach is None
