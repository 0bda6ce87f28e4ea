"""What a gate started, kept in the bucket of releases: a repeated step finds the same runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from genai_runtime.evaluation import layout as evaluation
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.release import layout
from genai_runtime.release.gate.errors import NO_REQUIREMENT, OTHER_COMMIT, STATE_INVALID, STATE_MISSING, GateBroken
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.resolve import fits
from genai_runtime.release.manifest import Manifest, Requirement
from genai_runtime.release.records import GateState, StartedRun


class Manifests(Protocol):
    """The bucket of releases."""

    def manifest(self, hash_: str) -> Manifest:
        """The manifest with this hash. Raises ReleaseRefused."""
        ...


@dataclass(frozen=True)
class States:
    """The gates' states in the bucket of releases."""

    store: Store

    def find(self, start: Start) -> GateState | None:
        """The gate's state; None before its runs were chosen. Raises GateBroken for one of another gate."""
        body = self.store.read(_key(start))
        if body is None:
            return None
        try:
            state = GateState.model_validate_json(body)
        except ValidationError as error:
            raise self._invalid(start, str(error.errors()[0]["msg"])) from None
        if (state.manifest, state.environment, state.purpose, state.execution) != _of(start):
            raise self._invalid(start, "it is another gate's")
        return state

    def get(self, start: Start) -> GateState:
        """The gate's state. Raises GateBroken where there is none."""
        if (found := self.find(start)) is None:
            raise GateBroken(
                STATE_MISSING,
                f"s3://{self.store.bucket}/{_key(start)} doesn't exist: the step Prepare writes it, retry the stage",
            )
        return found

    def keep(self, start: Start, runs: Sequence[StartedRun]) -> GateState:
        """The gate's state: this one, or what another invocation kept before."""
        made = GateState(
            manifest=start.manifest,
            environment=start.environment,
            purpose=start.purpose,
            execution=start.execution,
            runs=tuple(runs),
        )
        return made if self.store.write_once(_key(start), made) else self.get(start)

    def replace(self, start: Start, state: GateState) -> None:
        """Keep another execution of the same runs."""
        self.store.write(_key(start), state)

    def _invalid(self, start: Start, why: str) -> GateBroken:
        return GateBroken(
            STATE_INVALID,
            f"s3://{self.store.bucket}/{_key(start)} isn't this gate's state ({why}): somebody wrote there by hand, delete it "
            "and start a new execution of the pipeline",
        )


@dataclass(frozen=True)
class Asked:
    """A requirement, and the run that answers it; None where nothing was started for it.

    :param instead: the request of a run of the same suite that answers no requirement
    """

    requirement: Requirement
    run: StartedRun | None
    instead: RunRequest | None = None


def read_release(releases: Manifests, check_seal: Callable[[Start, Manifest], None], start: Start) -> Manifest:
    """The manifest, of the commit that the gate is about, and sealed unless it isn't merged yet. Raises ReleaseRefused."""
    manifest = releases.manifest(start.manifest)
    if manifest.commit != start.commit:
        raise GateBroken(
            OTHER_COMMIT,
            f"release {start.manifest} was built from commit {manifest.commit}, the gate is asked about {start.commit}: start "
            "a new execution of the pipeline",
        )
    if not start.is_pull_request:
        check_seal(start, manifest)
    return manifest


def requirements(manifest: Manifest, start: Start) -> tuple[Requirement, ...]:
    """What the manifest asks of this gate. Raises GateBroken where that is nothing: a gate that asks nothing proves nothing."""
    found = tuple(
        each for each in manifest.requirements if (each.environment, each.purpose) == (start.environment, start.purpose)
    )
    if not found:
        raise GateBroken(
            NO_REQUIREMENT,
            f"release {start.manifest} names no suite for the {start.purpose} of {start.environment}: name one in "
            f"release.gates.{start.environment} of config/platform.yaml and merge that",
        )
    return found


def pair(wanted: Sequence[Requirement], state: GateState, runs: Store) -> tuple[Asked, ...]:
    """Each requirement with the started run whose stored request is the requirement's; no run answers two."""
    left = [(each, runs.load(evaluation.request(each.run), RunRequest)) for each in state.runs]
    fitting: list[StartedRun | None] = []
    for requirement in wanted:
        found = next((each for each in left if fits(requirement, each[1])), None)
        if found is not None:
            left.remove(found)
        fitting.append(found[0] if found else None)
    others = {request.suite: request for _, request in left}
    return tuple(
        Asked(requirement, run, None if run else others.get(requirement.request.suite))
        for requirement, run in zip(wanted, fitting, strict=True)
    )


def _of(start: Start) -> tuple[str, str, str, str]:
    return start.manifest, start.environment, start.purpose, start.execution


def _key(start: Start) -> str:
    return layout.gate(*_of(start))
