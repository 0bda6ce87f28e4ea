"""Poll: when a gate's evaluations are over, and how long to wait for them."""

from typing import Any

import pytest

from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.poll import FIRST_SECONDS
from tests.unit.release.gate.world import World, ready


def poll(world: World) -> dict[str, Any]:
    found = world.poller.poll(world.start())
    assert found.pop("poll_seconds") > FIRST_SECONDS
    return found


def test_polls_until_every_run_has_a_result_or_failed() -> None:
    world = ready("answers", "safety")
    assert poll(world) == {"done": False, "running": 2, "finished": 0, "failed": 0}
    world.finish(world.asked()[0].run)
    assert poll(world) == {"done": False, "running": 1, "finished": 1, "failed": 0}
    world.fail(world.asked()[1].run)
    assert poll(world) == {"done": True, "running": 0, "finished": 1, "failed": 1}


def test_looks_become_rarer_up_to_the_longest_wait() -> None:
    world = ready("answers")
    waits = [FIRST_SECONDS]
    while len(waits) < 40:
        waits.append(world.poller.poll(world.start(), waits[-1])["poll_seconds"])
    assert waits == sorted(waits)
    assert waits[:4] == [5, 6, 8, 10]
    assert waits[-1] == world.poller.longest


def test_a_run_with_a_result_is_done_though_its_execution_still_tracks_it() -> None:
    world = ready()
    world.finish(world.asked()[0].run)
    world.states.status = dict.fromkeys(world.states.status, "RUNNING")
    assert poll(world)["done"]


def test_fails_to_poll_before_anything_was_prepared() -> None:
    with pytest.raises(ReleaseRefused, match=r"GF-REL-208: .*the step Prepare writes it"):
        poll(World())
