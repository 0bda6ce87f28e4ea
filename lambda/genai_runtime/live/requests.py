"""Events of the function Activate, and what `observe` and the CLI build to ask for a change."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from genai_runtime.base import Name, Record, Sha256, Text
from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.live.records import Experiment, Versions


class _Request(Record):
    by: Text
    """Person, pipeline or function that asks."""
    reason: str = ""
    execution: Text | None = None
    """Asking again for the same action under the same execution changes nothing."""
    expected_sequence: Annotated[int, Field(ge=0)] | None = None
    """Refused when the newest record has another sequence (0: none yet)."""


class Release(_Request):
    """Make a manifest's versions what is live for a use case. Ends a running experiment."""

    action: Literal["release"] = "release"
    use_case: Name
    manifest: Sha256
    versions: Versions


class ReleaseAll(_Request):
    """Release a manifest for each of its use cases."""

    action: Literal["release"] = "release"
    expected_sequence: None = None
    """Each use case has its own."""
    manifest: Sha256
    live: dict[Name, Versions] = Field(min_length=1)

    def each(self) -> tuple[Release, ...]:
        """One request for each use case."""
        return tuple(
            Release(
                use_case=use_case,
                manifest=self.manifest,
                versions=versions,
                by=self.by,
                reason=self.reason,
                execution=self.execution,
            )
            for use_case, versions in sorted(self.live.items())
        )


class PlannedExperiment(Experiment):
    """An experiment that starts when its record is written."""

    started_at: str = ""


class StartExperiment(_Request):
    """Put a candidate beside what is live."""

    action: Literal["experiment"] = "experiment"
    use_case: Name
    experiment: PlannedExperiment


class Stop(_Request):
    """End an experiment without its candidate."""

    action: Literal["stop"] = "stop"
    use_case: Name
    experiment: Name


class Promote(_Request):
    """Make an experiment's candidate what is live."""

    action: Literal["promote"] = "promote"
    use_case: Name
    experiment: Name


class Rollback(_Request):
    """Automatic: `experiment` is dropped. By hand: back to the record `to`, or to what was live before the present versions."""

    action: Literal["rollback"] = "rollback"
    use_case: Name
    experiment: Name | None = None
    to: Annotated[int, Field(ge=1)] | None = None


Change = Release | StartExperiment | Stop | Promote | Rollback
_CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="action")])


def parse(event: object) -> Change | ReleaseAll:
    """The request of an event. Raises LiveError naming every key that is wrong."""
    try:
        if isinstance(event, dict) and "live" in event:
            return ReleaseAll.model_validate(event)
        return _CHANGE.validate_python(event)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False)]
        raise LiveError(
            errors.REQUEST_INVALID,
            f"the event is no change of what is live: {'; '.join(found)}: send action, use_case (or live), by, and what "
            "the action needs",
        ) from None
