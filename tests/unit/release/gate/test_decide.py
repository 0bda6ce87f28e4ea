"""Decide: what passes, what is signed."""

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.requests import baseline_key
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import Decision
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import Requirement
from genai_runtime.release.records import Promoted, Refused
from tests.unit.release.gate.world import EXECUTION, World, decide, finished, ready


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
    assert world.poller.poll(world.start())["done"]
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
    assert world.poller.poll(world.start())["failed"] == 1
    assert "was never started" in decide(world)["cause"]


def test_fails_to_decide_before_a_run_is_over() -> None:
    with pytest.raises(ReleaseRefused, match="GF-REL-211: run answers-"):
        decide(ready())


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


def test_what_was_compared_with_the_release_before_counts_though_another_was_released_since() -> None:
    world = World()
    world.runs.write(baseline_key("answers"), b'{"run": "answers-0", "candidate": "old"}')
    world.preparer.prepare(world.start())
    world.finish(world.asked()[0].run)
    world.runs.write(baseline_key("answers"), b'{"run": "answers-1", "candidate": "newer"}')
    assert decide(world)["passed"]


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


def test_a_pull_request_of_which_a_part_was_evaluated_passes_without_a_promotion() -> None:
    world = World("answers", "safety", stage="redacted")
    key = layout.golden("redacted", "safety", world.versions["safety"], layout.SUITE_FILE)
    del world.datasets.objects[key]
    start = world.start("dev", pull_request=True)
    world.preparer.prepare(start)
    (run,) = world.asked("dev")
    world.finish(run.run)
    verdict = world.decider.decide(start)
    assert (verdict["passed"], verdict["decision"]) == (True, "HOLD")
    assert ([each["suite"] for each in verdict["runs"]], len(verdict["left_out"])) == (["answers"], 1)


def test_fails_for_a_pull_request_whose_run_was_asked_for_something_else() -> None:
    """It isn't left out: something was evaluated, and not what the pull request brings."""
    world = World(stage="redacted")
    start = world.start("dev", pull_request=True)
    world.preparer.prepare(start)
    (run,) = world.asked("dev")
    world.finish(run.run)
    request = world.runs.load(layout.request(run.run), RunRequest)
    world.runs.write(layout.request(run.run), request.model_copy(update={"cases": 1}))
    verdict = world.decider.decide(start)
    assert not verdict["passed"]
    assert verdict["cause"].startswith("GF-REL-222: ")


def test_a_gate_asks_for_no_smoke_evaluation_of_its_environment() -> None:
    world = World()
    gate = Requirement(environment="pre-prod", purpose="gate", request=world.request("answers"))
    world.use(gate, gate.model_copy(update={"purpose": "smoke"}))
    assert world.whole(("PROMOTE",))["passed"]
    assert len(world.asked()) == 1


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


def test_one_run_does_not_answer_the_same_question_twice() -> None:
    world = World()
    asked = Requirement(environment="pre-prod", purpose="gate", request=world.request("answers"))
    world.use(asked, asked)
    start = world.start()
    world.preparer.prepare(start)
    state = world.kept.get(start)
    world.kept.replace(start, state.model_copy(update={"runs": state.runs[:1]}))
    world.finish(state.runs[0].run)
    assert [each.split(":")[0] for each in decide(world)["reasons"]] == ["GF-REL-220"]


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
