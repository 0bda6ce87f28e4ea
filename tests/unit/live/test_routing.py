"""Routing: the same request goes the same way everywhere, and shares are what they say."""

import subprocess
import sys
from math import sqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.live.routing import Route, position, route
from tests.unit.live.samples import MANIFEST, OTHER, document, experiment, versions

units = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
shares = st.floats(0.001, 1)


def routed(
    kind: str, share: float, *, user: str | None = "u-1", request_id: str = "r-1", prompt: str = "answer"
) -> Route:
    """Where a request goes."""
    live = document(experiment=experiment(kind=kind, share=share, manifest=OTHER))
    return route(live, prompt=prompt, user=user, request_id=request_id)


@given(units, shares, st.lists(units, min_size=1, max_size=5))
def test_a_user_stays_in_an_arm_over_all_requests(user: str, share: float, requests: list[str]) -> None:
    for kind in ("ab", "canary"):
        assert len({routed(kind, share, user=user, request_id=each).arm for each in requests}) == 1


@given(units, shares, shares)
def test_a_larger_share_only_adds_units(user: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    if routed("ab", small, user=user).arm == "candidate":
        assert routed("ab", large, user=user).arm == "candidate"


@given(st.floats(0.02, 0.98), st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_share_of_candidates_is_within_binomial_bounds(share: float, seed: int) -> None:
    count = 2000
    found = sum(position("canary-1", f"{seed}-{number}") < share for number in range(count))
    assert abs(found - count * share) < 5 * sqrt(count * share * (1 - share))


def test_positions_of_two_experiments_are_independent() -> None:
    pairs = [(position("one", str(unit)) < 0.5, position("two", str(unit)) < 0.5) for unit in range(4000)]
    both = sum(one and two for one, two in pairs)
    assert abs(both - 1000) < 5 * sqrt(4000 * 0.25 * 0.75)


@given(units, units)
def test_positions_lie_in_the_unit_interval(id_: str, unit: str) -> None:
    assert 0 <= position(id_, unit) < 1


def test_another_process_gives_the_same_positions() -> None:
    program = "from genai_runtime.live.routing import position; print([position('x', str(n)) for n in range(20)])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "lambda", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str([position("x", str(number)) for number in range(20)])


def test_a_position_never_changes_with_a_version_of_the_code() -> None:
    assert [round(position("canary-1", each), 6) for each in ("u-1", "u-2", "ü")] == POSITIONS


POSITIONS = [0.05458, 0.397672, 0.949089]


def test_a_candidate_s_versions_are_laid_over_what_is_live() -> None:
    live = document(stable=versions(1, models={"answer": "m"}), experiment=experiment(share=1, manifest=OTHER))
    found = route(live, prompt="answer", user=None, request_id="r")
    assert found == Route(versions(2), OTHER, "candidate", "canary-1")


def test_without_an_experiment_what_is_live_answers() -> None:
    assert route(document(), prompt="answer", user="u", request_id="r") == Route(versions(), MANIFEST)


def test_a_canary_takes_requests_without_a_user_by_their_id() -> None:
    arms = {routed("canary", 0.5, user=None, request_id=str(number)).arm for number in range(50)}
    assert arms == {"stable", "candidate"}


def test_an_ab_test_leaves_requests_without_a_user_out() -> None:
    assert routed("ab", 1, user=None) == Route(versions(), MANIFEST)


def test_a_shadow_s_requests_are_answered_as_live_and_copied_by_their_share() -> None:
    found = [routed("shadow", 0.5, request_id=str(number)) for number in range(50)]
    copied = Route(versions(), MANIFEST, "stable", "canary-1", copied=True)
    assert copied in found
    assert Route(versions(), MANIFEST) in found
    assert all(each in (copied, Route(versions(), MANIFEST)) for each in found)


def test_a_request_with_its_own_model_takes_no_part() -> None:
    live = document(experiment=experiment(share=1))
    found = route(live, prompt="answer", user="u", request_id="r", chosen_model=True)
    assert found == Route(versions(), MANIFEST)


def test_prompts_that_a_candidate_does_not_name_take_no_part() -> None:
    assert routed("canary", 1, prompt="classify") == Route(versions(), MANIFEST)


def test_a_candidate_with_another_guardrail_is_about_all_prompts() -> None:
    live = document(experiment=experiment(share=1, candidate=versions(2, guardrail=2)))
    assert route(live, prompt="classify", user="u", request_id="r").arm == "candidate"
