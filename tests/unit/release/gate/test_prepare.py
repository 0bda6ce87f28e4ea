"""Prepare: complete requests, started once, whatever interrupts or repeats it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.executions import StartFailed
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.requests import baseline_key
from genai_runtime.evaluation.run import GuardrailId, OwnResponses, RunRequest, UseCaseEndpoint
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.event import parse
from genai_runtime.release.gate.workload import MODEL_ACCESS, guardrail_parameter
from genai_runtime.release.manifest import Requirement
from genai_runtime.release.records import StartedRun
from tests.unit.release.gate.world import COMMIT, LATER, World


def stored(world: World, run: str) -> RunRequest:
    return world.runs.load(layout.request(run), RunRequest)


def test_starts_every_suite_of_the_environment_with_what_is_deployed_there() -> None:
    world = World("answers", "safety")
    added = world.preparer.prepare(world.start())
    runs = world.asked()
    assert added == {
        "poll_seconds": 20,
        "asked": [{"suite": each.suite, "run": each.run} for each in runs],
        "left_out": [],
    }
    assert [each.suite for each in runs] == ["answers", "safety"]
    assert world.states.starts == [f"{each.run}-1" for each in runs]
    for each in runs:
        request = stored(world, each.run)
        deployed = GuardrailId(name="baseline", id="gr-1", version="3")
        assert request.run == each.run
        assert request.candidates[0].guardrail == request.safety_guardrail == deployed
        assert request.baseline is None
        assert request.labels == {
            "manifest": world.hash, "commit": COMMIT, "environment": "pre-prod", "execution": "e-1",
        }  # fmt: skip


def test_candidates_are_compared_with_the_released_run() -> None:
    world = World()
    world.runs.write(baseline_key("answers"), b'{"run": "answers-0", "candidate": "old"}')
    world.preparer.prepare(world.start())
    request = stored(world, world.asked()[0].run)
    assert (request.baseline, request.baseline_candidate) == ("answers-0", "old")


def test_a_suite_without_a_baseline_has_none() -> None:
    world = World(baseline="none")
    world.runs.write(baseline_key("answers"), b'{"run": "answers-0", "candidate": "old"}')
    world.preparer.prepare(world.start())
    assert stored(world, world.asked()[0].run).baseline is None


def test_dev_reads_the_redacted_suite() -> None:
    world = World(stage="redacted")
    version, redacted = world.versions["answers"], "d" * 64
    report = RedactionReport(suite="answers", version=version, redacted_version=redacted, cases=1, rounds=1)
    files = {
        name: world.datasets.objects.pop(key) for key in list(world.datasets.objects) for name in [key.split("/")[-1]]
    }
    world.datasets.write(layout.golden("redacted", "answers", version, FILE), report)
    for name, body in files.items():
        world.datasets.write(layout.golden("redacted", "answers", redacted, name), body)
    world.preparer.prepare(world.start("dev"))
    assert stored(world, world.asked("dev")[0].run).version == version


def test_repeated_it_starts_nothing_twice() -> None:
    world = World("answers", "safety")
    first = world.preparer.prepare(world.start())
    before = dict(world.runs.objects), dict(world.releases_store.objects)
    assert world.preparer.prepare(world.start()) == first
    assert len(world.states.starts) == 2
    assert (world.runs.objects, world.releases_store.objects) == before


def test_repeated_it_keeps_its_runs_though_another_one_was_released_meanwhile() -> None:
    world = World()
    world.preparer.prepare(world.start())
    before = world.asked()
    world.runs.write(baseline_key("answers"), b'{"run": "answers-0", "candidate": "old"}')
    world.preparer.prepare(world.start())
    assert world.asked() == before


@pytest.mark.parametrize("down", [1, 2])
def test_interrupted_between_writing_and_starting_it_goes_on(down: int) -> None:
    world = World("answers", "safety")
    world.states.down = 1
    if down == 2:  # the second start fails
        world.states.down = 0
        start_execution, calls = world.states.start_execution, []

        def second(**arguments: Any) -> dict[str, str]:
            calls.append(arguments)
            if len(calls) == 2:
                raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "StartExecution")
            return start_execution(**arguments)

        world.states.start_execution = second  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        world.preparer.prepare(world.start())
    world.preparer.prepare(world.start())
    assert sorted(world.states.starts) == sorted(f"{each.run}-1" for each in world.asked())
    assert len([key for key in world.runs.objects if key.endswith("/run.json")]) == 2


def test_interrupted_before_its_state_is_kept_it_finds_its_requests_again() -> None:
    world = World("answers", "safety")
    world.releases_store.write_once = lambda *_: (_ for _ in ()).throw(TimeoutError())  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        world.preparer.prepare(world.start("prod"))
    del world.releases_store.write_once
    assert world.states.starts == []
    world.preparer.prepare(world.start("prod"))
    assert len([key for key in world.runs.objects if key.endswith("/run.json")]) == 2
    assert len(world.states.starts) == 2


def test_of_two_at_once_one_keeps_its_runs_and_both_use_them() -> None:
    world = World()
    start = world.start()
    one, other = (StartedRun(suite="answers", version="0" * 64, run=run, execution="arn") for run in ("r-1", "r-2"))
    kept = world.kept.keep(start, [one])
    assert world.kept.keep(start, [other]) == kept


def test_a_failed_execution_is_taken_up_under_a_new_name() -> None:
    world = World()
    world.preparer.prepare(world.start())
    (run,) = world.asked()
    world.fail(run.run)
    world.preparer.prepare(world.start())
    assert world.states.starts == [f"{run.run}-1", f"{run.run}-2"]
    assert world.asked()[0].execution.endswith("-2")
    assert world.asked()[0].run == run.run


def test_fails_after_too_many_interruptions() -> None:
    world = World()
    world.preparer.prepare(world.start())
    (run,) = world.asked()
    for number in range(1, 100):
        world.states.status[f"{run.execution[:-2]}-{number}"] = "FAILED"
    with pytest.raises(StartFailed, match="GF-EVAL-422"):
        world.preparer.prepare(world.start())


def test_fails_without_a_seal_unless_it_is_a_pull_request() -> None:
    world = World()
    world.unsealed = True
    with pytest.raises(ReleaseRefused, match="GF-REL-118"):
        world.preparer.prepare(world.start())
    assert world.preparer.prepare(world.start("dev", pull_request=True))["asked"]


def test_fails_for_another_commit_than_the_manifests() -> None:
    world = World()
    with pytest.raises(ReleaseRefused, match=f"GF-REL-202: release {world.hash} was built from commit {COMMIT}"):
        world.preparer.prepare(world.start(commit="b" * 40))


def test_fails_for_a_gate_that_asks_nothing() -> None:
    world = World()
    world.use()
    with pytest.raises(ReleaseRefused, match=r"GF-REL-201: .*release\.gates\.pre-prod"):
        world.preparer.prepare(world.start())
    assert world.opened == 0


def test_fails_for_a_guardrail_that_is_not_deployed() -> None:
    world = World(guardrail=2)
    with pytest.raises(
        ReleaseRefused, match="GF-REL-203: guardrail `baseline` version 2 isn't deployed to pre-prod yet"
    ):
        world.preparer.prepare(world.start())
    assert world.states.starts == []


def test_a_pull_request_leaves_out_what_needs_a_guardrail_that_is_not_deployed_and_says_so() -> None:
    world = World("answers")
    world.files["safety"] = {
        layout.SUITE_FILE: b"name: safety" + World("x", guardrail=2).files["x"][layout.SUITE_FILE][len("name: x") :],
        layout.DATASET_FILE: b"{}",
    }
    world.versions["safety"] = layout.content_hash(world.files["safety"])
    world.publish("safety")
    world.manifest = world.made()
    added = world.preparer.prepare(world.start("dev", pull_request=True))
    assert [each["suite"] for each in added["asked"]] == ["answers"]
    (note,) = added["left_out"]
    assert note == (
        "Suite `safety` was not evaluated: guardrail `baseline` version 2 isn't deployed to dev yet. After the merge the "
        "release's own gate evaluates it, before the release goes any further."
    )
    world.parameters[guardrail_parameter("baseline", 2)] = '{"id": "gr-2", "version": "1"}'
    again = world.preparer.prepare(world.start("dev", pull_request=True))
    assert again["asked"] == added["asked"]
    assert "what it needs wasn't deployed to dev when the gate began" in again["left_out"][0]


def test_a_pull_request_leaves_out_a_dataset_that_is_not_published() -> None:
    world = World()
    world.datasets.objects.clear()
    added = world.preparer.prepare(world.start("dev", pull_request=True))
    assert added["asked"] == []
    assert "of its dataset isn't published for dev yet" in added["left_out"][0]
    with pytest.raises(ReleaseRefused, match=r"GF-REL-204: .*publish it with `foundation eval publish answers`"):
        world.preparer.prepare(world.start("dev", execution=LATER))


def requirement(world: World, **changes: Any) -> Requirement:
    request = world.request("answers", candidates=(world.candidate(**changes),))
    return Requirement(environment="pre-prod", purpose="gate", request=request)


def test_fails_for_a_release_that_brings_its_own_answers() -> None:
    world = World()
    world.use(requirement(world, target=OwnResponses(key="own-responses/1.jsonl")))
    with pytest.raises(ReleaseRefused, match="GF-REL-205"):
        world.preparer.prepare(world.start())


def test_fails_for_another_guardrail_than_the_suites() -> None:
    world = World()
    world.use(requirement(world, guardrail=GuardrailId(name="lenient", id="gr-9", version="1")))
    with pytest.raises(ReleaseRefused, match=r"GF-REL-210: .*with guardrail lenient, the suite itself names baseline"):
        world.preparer.prepare(world.start())


def test_an_id_that_the_manifest_names_itself_counts_for_nothing() -> None:
    world = World()
    world.use(requirement(world, guardrail=GuardrailId(name="baseline", id="gr-lenient", version="1")))
    world.preparer.prepare(world.start())
    guardrail = stored(world, world.asked()[0].run).candidates[0].guardrail
    assert guardrail is not None
    assert guardrail.id == "gr-1"


def test_a_use_case_is_asked_where_it_is_deployed() -> None:
    world = World()
    world.use(requirement(world, target=UseCaseEndpoint(function_arn="unresolved", use_case="claims")))
    with pytest.raises(ReleaseRefused, match="GF-REL-203: the use case `claims` isn't deployed to pre-prod yet"):
        world.preparer.prepare(world.start())
    world.parameters[MODEL_ACCESS] = "arn:function"
    world.preparer.prepare(world.start())
    target = stored(world, world.asked()[0].run).candidates[0].target
    assert isinstance(target, UseCaseEndpoint)
    assert target.function_arn == "arn:function:claims"


def test_fails_for_a_suite_that_can_not_be_read() -> None:
    world = World()
    world.datasets.write(layout.golden("golden", "answers", world.versions["answers"], layout.SUITE_FILE), b"name: [")
    with pytest.raises(ReleaseRefused, match="GF-REL-210: suite answers can't be read"):
        world.preparer.prepare(world.start())


def test_fails_for_a_state_that_is_another_gates() -> None:
    world = World()
    world.preparer.prepare(world.start())
    (key,) = world.releases_store.objects
    world.releases_store.objects[key] = world.releases_store.objects[key].replace(b'"pre-prod"', b'"dev"')
    with pytest.raises(ReleaseRefused, match=r"GF-REL-209: .*it is another gate's"):
        world.preparer.prepare(world.start())
    world.releases_store.objects[key] = b"{}"
    with pytest.raises(ReleaseRefused, match=r"GF-REL-209: .*Field required"):
        world.preparer.prepare(world.start())


@pytest.mark.parametrize(
    ("value", "found"),
    [(True, True), ("true", True), ("True", True), (False, False), ("false", False), ("", False), (7, 7), ("7", 7)],
)
def test_pull_requests_are_told_in_several_ways(value: object, found: object) -> None:
    start = World().start("dev", pull_request=value)
    assert start.pull_request is found or start.pull_request == found
    assert start.is_pull_request == (found is not False)


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": "a"}, {"environment": "shared"}, {"purpose": "other"}, {"execution": ""}, {"commit": "main"},
        {"pull_request": "maybe"}, {"pull_request": True, "environment": "prod"}, {"pull_request": True, "purpose": "smoke"},
    ],
)  # fmt: skip
def test_fails_for_an_input_that_is_none(change: dict[str, Any]) -> None:
    with pytest.raises(ReleaseRefused, match="GF-REL-200: the gate's input isn't what it needs"):
        parse(World().event("dev") | change)
