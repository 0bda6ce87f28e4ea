"""A release, an environment and the bucket of releases, in memory, with a clock that stands until it is moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from genai_runtime.evaluation import layout as evaluation
from genai_runtime.evaluation.executions import Executions
from genai_runtime.evaluation.run import Candidate, GuardrailId, PromptText, RunRequest
from genai_runtime.evaluation.verdict import CandidateResult, Decision, GateResult, LimitResult, MetricResult, RunResult
from genai_runtime.live.records import GuardrailVersion, Versions
from genai_runtime.release.errors import NOT_SEALED, ReleaseRefused
from genai_runtime.release.evidence import Evaluations
from genai_runtime.release.gate.decide import Decider
from genai_runtime.release.gate.event import Start, parse
from genai_runtime.release.gate.poll import Poller
from genai_runtime.release.gate.prepare import Preparer
from genai_runtime.release.gate.state import States
from genai_runtime.release.gate.workload import STATE_MACHINE, Workload, guardrail_parameter
from genai_runtime.release.manifest import UNRESOLVED, Environment, Manifest, Requirement, manifest_hash
from genai_runtime.release.records import StartedRun
from tests.unit.release.gate.memory import MemoryLedger, StampedStore, StepFunctions

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
COMMIT = "a" * 40
EXECUTION, LATER = "e-1", "e-2"
DATASET = b'{"id": "c-1"}\n'
MACHINE = "arn:aws:states:eu-west-1:222222222222:stateMachine:evaluation"
GUARDRAIL = GuardrailId(name="baseline", id=UNRESOLVED, version=UNRESOLVED)


def suite_file(name: str, *, baseline: str = "released", guardrail: int = 1) -> bytes:
    return (
        f"name: {name}\ndescription: Answers.\nprompt: {{name: answer, version: 1}}\nmodels: [m]\n"
        f"guardrail: {{name: baseline, version: {guardrail}}}\nbaseline: {baseline}\n"
        "metrics: [{name: token-f1, gating: true, threshold: 0.8}]\n"
    ).encode()


class World:
    """One release that asks for suites in every environment, and the account of the environment."""

    def __init__(self, *suites: str, stage: str = "golden", **suite: Any) -> None:
        self.now = NOW
        clock: Callable[[], datetime] = lambda: self.now  # noqa: E731
        self.clock = clock
        self.releases_store = StampedStore("releases", clock)
        self.runs = StampedStore("evaluation", clock)
        self.datasets = StampedStore("golden", clock)
        self.stage = stage
        self.states = StepFunctions()
        self.ledger = MemoryLedger()
        self.parameters = {
            STATE_MACHINE: MACHINE,
            guardrail_parameter("baseline", 1): '{"id": "gr-1", "arn": "arn", "version": "3"}',
        }
        self.files = {
            name: {evaluation.SUITE_FILE: suite_file(name, **suite), evaluation.DATASET_FILE: DATASET}
            for name in suites or ("answers",)
        }
        self.versions = {name: evaluation.content_hash(files) for name, files in self.files.items()}
        for name in self.files:
            self.publish(name)
        self.manifest = self.made()
        self.unsealed = False
        self.opened = 0

    def made(self, **changes: Any) -> Manifest:
        requirements = [
            Requirement(environment=environment, purpose=purpose, request=self.request(name))
            for environment, purpose in (("dev", "gate"), ("pre-prod", "gate"), ("prod", "smoke"))
            for name in self.files
        ]
        given: dict[str, Any] = {
            "commit": COMMIT,
            "author": "author@example.com",
            "subject": "Answers",
            "committed_at": "2026-09-09T08:00:00+00:00",
            "items": (),
            "requirements": tuple(requirements),
            "live": {
                "dev": {"claims": Versions(prompts={"answer": 1}, guardrail=GuardrailVersion(name="b", version=1))}
            },
            "files": {},
            "evidence_days": 7,
        }
        return Manifest(**given | changes)

    def request(self, suite: str, **changes: Any) -> RunRequest:
        given: dict[str, Any] = {
            "run": UNRESOLVED,
            "suite": suite,
            "version": self.versions[suite],
            "candidates": (self.candidate(),),
            "safety_guardrail": GUARDRAIL,
        }
        return RunRequest(**given | changes)

    def candidate(self, **changes: Any) -> Candidate:
        prompt = PromptText(name="answer", version=1, template="{{q}}", max_tokens=100)
        given: dict[str, Any] = {
            "name": "answer-v1-m", "prompt": prompt, "model": "m", "model_id": "eu.m", "guardrail": GUARDRAIL,
        }  # fmt: skip
        return Candidate(**given | changes)

    def publish(self, suite: str) -> None:
        for name, body in self.files[suite].items():
            self.datasets.write(evaluation.golden(self.stage, suite, self.versions[suite], name), body)

    def use(self, *requirements: Requirement) -> None:
        """Ask for these only."""
        self.manifest = self.made(requirements=requirements)

    @property
    def hash(self) -> str:
        return manifest_hash(self.manifest)

    def event(self, environment: Environment = "pre-prod", **changes: Any) -> dict[str, Any]:
        purpose = "smoke" if environment == "prod" else "gate"
        given = {
            "manifest": self.hash, "environment": environment, "purpose": purpose, "execution": EXECUTION,
            "commit": COMMIT, "pull_request": False,
        }  # fmt: skip
        return given | changes

    def start(self, environment: Environment = "pre-prod", **changes: Any) -> Start:
        return parse(self.event(environment, **changes))

    # ---- what the steps need
    def open(self, _start: Start) -> Workload:
        self.opened += 1
        stage: Any = self.stage
        states = cast("SFNClient", self.states)
        return Workload(
            Evaluations(self.runs, self.datasets, stage), self.parameters.get, Executions(states, MACHINE, self.runs)
        )

    def check_seal(self, _start: Start, _manifest: Manifest) -> None:
        if self.unsealed:
            raise ReleaseRefused(NOT_SEALED, "not sealed")

    @property
    def kept(self) -> States:
        return States(self.releases_store)

    @property
    def preparer(self) -> Preparer:
        return Preparer(_Manifests(self), self.check_seal, self.kept, self.open, 20, self.clock)

    @property
    def poller(self) -> Poller:
        return Poller(self.kept, self.open)

    @property
    def decider(self) -> Decider:
        return Decider(_Manifests(self), self.check_seal, self.kept, self.open, self.ledger, self.clock)

    # ---- what happens in the environment
    def asked(self, environment: Environment = "pre-prod", **changes: Any) -> tuple[StartedRun, ...]:
        """Runs of the gate that was prepared."""
        return self.kept.get(self.start(environment, **changes)).runs

    def finish(self, run: str, decision: Decision = "PROMOTE", **changes: Any) -> RunResult:
        """An execution brings its result."""
        request = self.runs.load(evaluation.request(run), RunRequest)
        made = self.result(request, decision, **changes)
        for name, body in self.files[request.suite].items():
            self.runs.write(evaluation.suite(run, name), body)
        self.runs.write(evaluation.gate(run, 1), made.gate)
        self.runs.write(
            evaluation.result(run, "comment.md"), f"## {decision}\n\n- `c-1` failed {request.suite}\n".encode()
        )
        self.runs.write(evaluation.result(run), made)
        for arn in self.states.status:
            if f":{run}-" in arn and self.states.status[arn] == "RUNNING":
                self.states.status[arn] = "SUCCEEDED"
        return made

    def result(
        self,
        request: RunRequest,
        decision: Decision,
        *,
        undecided: bool = False,
        metrics: tuple[MetricResult, ...] = (),
    ) -> RunResult:
        limit = LimitResult(
            name="undecided-share", limit=0.01, cases=1, estimate=0.0, interval=None,
            decision="HOLD" if undecided else "PROMOTE", reason="",
        )  # fmt: skip
        candidates = tuple(
            CandidateResult(
                candidate=each.name, decision=decision, reasons=(f"token-f1 is {decision}",), metrics=metrics, limits=(limit,),
                cases=1,
            )
            for each in request.candidates
        )  # fmt: skip
        gate = GateResult(run=request.run, look=1, looks=1, final=True, decision=decision, candidates=candidates)
        return RunResult(
            run=request.run, suite=request.suite, version=request.version, decision=decision, gate=gate,
            started_at=self.iso(), ended_at=self.iso(), calls=1, throttled_calls=0, cost_usd=None,
        )  # fmt: skip

    def fail(self, run: str, status: str = "FAILED", cause: str = "the model is away") -> None:
        """The newest execution of a run ends without a result."""
        arn = [each for each in self.states.status if f":{run}-" in each][-1]
        self.states.status[arn], self.states.causes[arn] = status, cause

    def iso(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def whole(
        self, decisions: Sequence[Decision] = ("PROMOTE",), environment: Environment = "pre-prod", **changes: Any
    ) -> Any:
        """Prepare, finish each run with its decision, decide."""
        start = self.start(environment, **changes)
        self.preparer.prepare(start)
        for run, decision in zip(self.asked(environment, **changes), decisions, strict=True):
            self.finish(run.run, decision)
        return self.decider.decide(start)


@dataclass(frozen=True)
class _Manifests:
    world: World

    def manifest(self, hash_: str) -> Manifest:
        assert hash_ == self.world.hash
        return self.world.manifest


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


def decide(world: World, **changes: Any) -> dict[str, Any]:
    return world.decider.decide(world.start(**changes))
