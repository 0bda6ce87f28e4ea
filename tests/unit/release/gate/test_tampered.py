"""Decide: what was changed after it was evaluated is no evidence."""

from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import RunResult
from genai_runtime.release.gate.workload import guardrail_parameter
from genai_runtime.release.records import Refused
from tests.unit.release.gate.world import World, decide, finished


def tampered(world: World, **changes: Any) -> World:
    """result.json of the only run, changed by hand."""
    key = layout.result(world.asked()[0].run)
    result = world.runs.load(key, RunResult)
    world.runs.write(key, result.model_copy(update=changes))
    return world


def refuses(world: World, code: str, *parts: str) -> None:
    verdict = decide(world)
    assert not verdict["passed"]
    assert verdict["decision"] == "HOLD"
    (reason,) = verdict["reasons"]
    assert reason.startswith(f"{code}: "), reason
    for part in parts:
        assert part in reason
    (entry,) = world.ledger.entries.values()
    assert isinstance(entry.statement, Refused)
    assert entry.statement.evidence == ()


def test_fails_when_a_rejected_result_was_made_a_promoted_one() -> None:
    refuses(
        tampered(finished("REJECT"), decision="PROMOTE"), "GF-REL-223", "says PROMOTE and REJECT", "tell the security"
    )


def test_fails_when_the_whole_result_was_made_a_promoted_one() -> None:
    world = finished("REJECT")
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    world.runs.write(layout.result(run), world.result(request, "PROMOTE"))
    refuses(world, "GF-REL-223", "doesn't say what the evaluation's gate decided")


def test_fails_when_the_decision_of_a_candidate_was_left_as_it_was() -> None:
    world = finished("REJECT")
    run = world.asked()[0].run
    result = world.runs.load(layout.result(run), RunResult)
    gate = result.gate.model_copy(update={"decision": "PROMOTE"})
    world.runs.write(layout.gate(run, 1), gate)
    refuses(
        tampered(world, decision="PROMOTE", gate=gate),
        "GF-REL-223",
        "says PROMOTE of candidates of which one has REJECT",
    )


@pytest.mark.parametrize("changes", [{"suite": "other"}, {"version": "0" * 64}, {"run": "other-run"}])
def test_fails_for_the_result_of_something_else(changes: dict[str, str]) -> None:
    refuses(tampered(finished("PROMOTE"), **changes), "GF-REL-223", "is of ")


def test_fails_for_a_result_about_other_candidates() -> None:
    world = finished("PROMOTE")
    run = world.asked()[0].run
    result = world.runs.load(layout.result(run), RunResult)
    candidate = result.gate.candidates[0].model_copy(update={"candidate": "other"})
    gate = result.gate.model_copy(update={"candidates": (candidate,)})
    refuses(tampered(world, gate=gate), "GF-REL-223", "is about the candidates other")


def test_fails_for_a_result_that_is_not_final_or_none_at_all() -> None:
    world = finished("PROMOTE")
    gate = world.runs.load(layout.result(world.asked()[0].run), RunResult).gate.model_copy(update={"final": False})
    refuses(tampered(world, gate=gate), "GF-REL-223", "isn't final")
    world = finished("PROMOTE")
    world.runs.write(layout.result(world.asked()[0].run), b"{}")
    refuses(world, "GF-REL-223", "isn't a result")


def test_fails_when_the_gates_own_record_is_gone_or_unreadable() -> None:
    for body in (None, b"{}"):
        world = finished("PROMOTE")
        key = layout.gate(world.asked()[0].run, 1)
        world.runs.objects.pop(key)
        if body:
            world.runs.write(key, body)
        refuses(world, "GF-REL-223", "doesn't say what the evaluation's gate decided")


def test_fails_when_the_runs_request_was_changed_after_it_was_started() -> None:
    world = finished("PROMOTE")
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    weaker = request.model_copy(update={"cases": 1})
    world.runs.write(layout.request(run), weaker)
    refuses(world, "GF-REL-222", "was asked for something else than the release needs")


def test_fails_when_the_guardrail_was_deployed_anew_after_the_evaluation() -> None:
    world = finished("PROMOTE")
    world.parameters[guardrail_parameter("baseline", 1)] = '{"id": "gr-2", "version": "1"}'
    refuses(world, "GF-REL-222", "asked for other candidates and safety_guardrail than the release")


def test_fails_when_the_guardrail_is_gone() -> None:
    world = finished("PROMOTE")
    del world.parameters[guardrail_parameter("baseline", 1)]
    refuses(world, "GF-REL-203")


def test_fails_when_the_dataset_in_the_run_is_another_one() -> None:
    world = finished("PROMOTE")
    world.runs.write(layout.suite(world.asked()[0].run, layout.DATASET_FILE), b'{"id": "easy"}\n')
    refuses(world, "GF-REL-124", "the dataset changed after the evaluation")


def test_fails_when_the_published_dataset_was_changed() -> None:
    world = finished("PROMOTE")
    key = layout.golden("golden", "answers", world.versions["answers"], layout.DATASET_FILE)
    world.datasets.write(key, b'{"id": "easy"}\n')
    refuses(world, "GF-REL-124", "the dataset changed after the evaluation")


def test_fails_when_the_release_asks_for_another_version_than_was_evaluated() -> None:
    """The state names a run of another version: swapped in the bucket of releases."""
    world = finished("PROMOTE")
    run = world.asked()[0].run
    request = world.runs.load(layout.request(run), RunRequest)
    world.runs.write(layout.request(run), request.model_copy(update={"version": "0" * 64}))
    refuses(world, "GF-REL-224", "in version 000000000000", "the dataset isn't the release's")
