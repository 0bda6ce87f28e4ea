"""Poll and Decide: what counts as evidence, what passes, what is signed."""

from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import Decision, RunResult
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.poll import FIRST_SECONDS
from genai_runtime.release.gate.workload import guardrail_parameter
from genai_runtime.release.records import Promoted, Refused
from tests.unit.release.gate.world import EXECUTION, World


def ready(*suites: str, **suite: Any) -> World:
    """Prepared for pre-prod, nothing finished."""
    world = World(*suites, **suite)
    world.preparer.prepare(world.start())
    return world


def finished(*decisions: Decision) -> World:
    names = ("answers", "safety")[: len(decisions)]
    world = ready(*names)
    for run, decision in zip(world.asked(), decisions, strict=True):
        world.finish(run.run, decision)
    return world


def poll(world: World) -> dict[str, Any]:
    found = world.poller.poll(world.start())
    assert found.pop("poll_seconds") > FIRST_SECONDS
    return found


def decide(world: World, **changes: Any) -> dict[str, Any]:
    return world.decider.decide(world.start(**changes))


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


def test_all_promoted_passes_and_is_signed_with_its_evidence() -> None:
    world = finished("PROMOTE", "PROMOTE")
    verdict = decide(world)
    runs = world.asked()
    assert verdict == {
        "passed": True,
        "decision": "PROMOTE",
        "reasons": [],
        "cause": "",
        "runs": [
            {"suite": each.suite, "version": each.version, "run": each.run, "decision": "PROMOTE"} for each in runs
        ],
        "left_out": [],
    }
    (entry,) = world.ledger.entries.values()
    assert entry.entry == f"promoted#pre-prod#{EXECUTION}"
    promoted = entry.statement
    assert isinstance(promoted, Promoted)
    assert [each.run for each in promoted.evidence] == [each.run for each in runs]
    assert (promoted.manifest, promoted.environment, promoted.purpose) == (world.hash, "pre-prod", "gate")


@pytest.mark.parametrize("decision", ["REJECT", "HOLD"])
def test_anything_else_refuses_and_names_the_suite_and_why(decision: Decision) -> None:
    world = finished("PROMOTE", decision)
    verdict = decide(world)
    assert (verdict["passed"], verdict["decision"]) == (False, decision)
    assert verdict["reasons"] == [f"GF-REL-225: suite safety, answer-v1-m: {decision} (token-f1 is {decision})"]
    assert verdict["cause"] == verdict["reasons"][0]
    (entry,) = world.ledger.entries.values()
    assert entry.entry == f"refused#pre-prod#{EXECUTION}"
    assert isinstance(entry.statement, Refused)
    assert list(entry.statement.reasons) == verdict["reasons"]
    assert len(entry.statement.evidence) == 2


@pytest.mark.parametrize("decisions", [("PROMOTE", "PROMOTE"), ("PROMOTE", "REJECT")])
def test_deciding_again_says_and_signs_the_same(decisions: tuple[Decision, ...]) -> None:
    world = finished(*decisions)
    first = decide(world)
    before = dict(world.ledger.entries)
    world.later(hours=1)
    assert decide(world) == first
    assert world.ledger.entries == before


def test_a_signed_refusal_stands_for_its_execution() -> None:
    world = finished("REJECT")
    first = decide(world)
    world.finish(world.asked()[0].run, "PROMOTE")
    assert decide(world) == first


@pytest.mark.parametrize(
    ("decision", "undecided", "passed", "code"),
    [
        ("PROMOTE", False, True, ""),
        ("HOLD", False, True, ""),
        ("REJECT", False, False, "GF-REL-226"),
        ("HOLD", True, False, "GF-REL-227"),
    ],
)
def test_a_smoke_evaluation_is_failed_by_a_rejection_or_by_too_few_answers(
    decision: Decision, undecided: bool, passed: bool, code: str
) -> None:
    world = World()
    world.preparer.prepare(world.start("prod"))
    world.finish(world.asked("prod")[0].run, decision, undecided=undecided)
    verdict = world.decider.decide(world.start("prod"))
    assert (verdict["passed"], verdict["decision"]) == (passed, decision)
    assert verdict["cause"].startswith(code)
    assert list(world.ledger.entries) == [f"{'promoted' if passed else 'refused'}#prod#{EXECUTION}"]


def test_an_execution_that_failed_refuses_without_a_signature_and_may_be_taken_up() -> None:
    world = finished("PROMOTE")
    world = ready("answers", "safety")
    answers, safety = world.asked()
    world.finish(answers.run)
    world.fail(safety.run)
    assert poll(world)["done"]
    verdict = decide(world)
    assert (verdict["passed"], verdict["decision"]) == (False, "HOLD")
    assert verdict["reasons"] == [
        "GF-REL-221: the evaluation of suite safety ended as FAILED (States.Timeout the model is away): correct that and "
        f"retry the stage, which takes run {safety.run} up again"
    ]
    assert verdict["runs"][1] == {"suite": "safety", "version": safety.version, "run": safety.run, "decision": ""}
    assert world.ledger.entries == {}
    world.preparer.prepare(world.start())
    world.finish(safety.run)
    assert decide(world)["passed"]
    assert list(world.ledger.entries) == [f"promoted#pre-prod#{EXECUTION}"]


def test_an_execution_that_was_never_started_says_so() -> None:
    world = ready()
    world.states.status.clear()
    assert poll(world)["failed"] == 1
    assert "was never started" in decide(world)["cause"]


def test_fails_to_decide_before_a_run_is_over() -> None:
    with pytest.raises(ReleaseRefused, match="GF-REL-211: run answers-"):
        decide(ready())


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


def test_dev_is_judged_by_the_redacted_suite() -> None:
    world = World(stage="redacted")
    golden = world.versions["answers"]
    redacted = {**world.files["answers"], layout.DATASET_FILE: b'{"id": "redacted"}\n'}
    version = layout.content_hash(redacted)
    report = RedactionReport(suite="answers", version=golden, redacted_version=version, cases=1, rounds=1)
    world.datasets.write(layout.golden("redacted", "answers", golden, FILE), report)
    for name, body in redacted.items():
        world.datasets.write(layout.golden("redacted", "answers", version, name), body)
    world.files["answers"] = redacted
    assert world.whole(environment="dev")["passed"]


def test_of_a_pull_request_nothing_is_signed() -> None:
    world = World(stage="redacted")
    for decision in ("PROMOTE", "REJECT"):
        world.ledger.entries.clear()
        verdict = world.whole((decision,), "dev", pull_request=True, execution=f"pr-{decision}")
        assert verdict["passed"] == (decision == "PROMOTE")
        assert world.ledger.entries == {}
        world.later(days=10)


def test_a_pull_request_that_could_not_be_evaluated_passes_without_a_promotion() -> None:
    world = World(stage="redacted", guardrail=2)
    start = world.start("dev", pull_request=True)
    world.preparer.prepare(start)
    assert world.poller.poll(start)["done"]
    verdict = world.decider.decide(start)
    assert (verdict["passed"], verdict["decision"], verdict["runs"]) == (True, "HOLD", [])
    assert len(verdict["left_out"]) == 1
    assert world.ledger.entries == {}


def test_fails_when_a_release_was_not_asked_everything_that_it_needs() -> None:
    world = finished("PROMOTE", "PROMOTE")
    start = world.start()
    state = world.kept.get(start)
    world.kept.replace(start, state.model_copy(update={"runs": state.runs[:1]}))
    verdict = decide(world)
    assert not verdict["passed"]
    assert verdict["reasons"] == [
        "GF-REL-220: suite safety was not evaluated, which the release needs: start a new execution"
    ]


def test_one_run_answers_one_requirement() -> None:
    world = finished("PROMOTE", "PROMOTE")
    start = world.start()
    state = world.kept.get(start)
    world.kept.replace(start, state.model_copy(update={"runs": (state.runs[0], state.runs[0])}))
    assert not decide(world)["passed"]


def test_fails_without_a_seal() -> None:
    world = finished("PROMOTE")
    world.unsealed = True
    with pytest.raises(ReleaseRefused, match="GF-REL-118"):
        decide(world)
    assert world.ledger.entries == {}


def test_what_travels_through_the_machine_stays_small() -> None:
    world = World()
    long = "very long " * 500
    world.preparer.prepare(world.start())
    run = world.asked()[0].run
    result = world.finish(run, "REJECT")
    candidate = result.gate.candidates[0].model_copy(update={"reasons": (long,) * 50})
    gate = result.gate.model_copy(update={"candidates": (candidate,)})
    world.runs.write(layout.gate(run, 1), gate)
    world.runs.write(layout.result(run), result.model_copy(update={"gate": gate}))
    verdict = decide(world)
    assert len(verdict["cause"]) <= 1000
    assert len(verdict["reasons"][0]) <= 620
