"""From a use case's log and a request to the next record. Pure: who appends it decides again when another was faster."""

from collections.abc import Sequence
from dataclasses import dataclass

from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.live.records import Document, Experiment, LogRecord, digest
from genai_runtime.live.requests import Change, Promote, Release, Rollback, StartExperiment, Stop
from genai_runtime.live.versions import overlaid


@dataclass(frozen=True)
class Readiness:
    """Where a running experiment stands, for a promotion.

    :param ready: its minimum is reached, nothing is breached, and an A/B test's comparison is for the candidate
    :param reason: why it is or isn't, for the person who asks
    """

    ready: bool
    counted: int
    reason: str


def next_record(
    history: Sequence[LogRecord], request: Change, *, now: str, readiness: Readiness | None = None
) -> LogRecord | None:
    """The record to append, or None when the request is already fulfilled. Raises LiveError when it is refused.

    :param history: the whole log of the use case, oldest first
    :param now: ISO 8601, UTC
    :param readiness: of the running experiment, for a promotion; without it none is promoted
    """
    if _repeated(history, request):
        return None
    newest = history[-1] if history else None
    _check_sequence(newest, request)
    match request:
        case Release():
            document = _released(newest, request)
        case StartExperiment():
            document = _started(history, request, now)
        case Stop():
            document = _ended(history, request.use_case, request.experiment)
        case Promote():
            document = _promoted(history, request, readiness)
        case Rollback():
            document = _rolled_back(history, request)
    if document is None:
        return None
    return LogRecord(
        document=document,
        action=request.action,
        by=request.by,
        at=now,
        reason=_reason(newest, request),
        execution=request.execution,
        previous=digest(newest) if newest else None,
    )


def _repeated(history: Sequence[LogRecord], request: Change) -> bool:
    """Also when something else was recorded since: a late second delivery must not undo a rollback."""
    if request.execution is None:
        return False
    done = [each for each in history if each.execution == request.execution and each.action == request.action]
    if isinstance(request, Release) and any(each.document.manifest != request.manifest for each in done):
        raise LiveError(
            errors.OTHER_RELEASE,
            f"execution {request.execution!r} already released manifest {done[0].document.manifest} for "
            f"{request.use_case!r}, not {request.manifest}: an execution releases one manifest, start another one",
        )
    return bool(done)


def _check_sequence(newest: LogRecord | None, request: Change) -> None:
    found = newest.document.sequence if newest else 0
    if request.expected_sequence is not None and request.expected_sequence != found:
        raise LiveError(
            errors.OTHER_SEQUENCE,
            f"record {found} of {request.use_case!r} is live, the request expects {request.expected_sequence}: look at "
            "what is live now, and ask again",
        )


def _reason(newest: LogRecord | None, request: Change) -> str:
    running = newest.document.experiment if newest else None
    if not running or not (isinstance(request, Release) or (isinstance(request, Rollback) and not request.experiment)):
        return request.reason
    ended = f"ends experiment {running.id}: what it was compared with is replaced"
    return f"{request.reason}; {ended}" if request.reason else ended


def _released(newest: LogRecord | None, request: Release) -> Document | None:
    document = newest.document if newest else None
    if document and (document.manifest, document.stable) == (request.manifest, request.versions):
        return None  # an experiment beside it goes on
    return Document(
        use_case=request.use_case,
        sequence=document.sequence + 1 if document else 1,
        manifest=request.manifest,
        stable=request.versions,
    )


def _started(history: Sequence[LogRecord], request: StartExperiment, now: str) -> Document | None:
    document = _live(history, request.use_case)
    planned = request.experiment
    running = document.experiment
    if running and planned.model_dump(exclude={"started_at"}) == running.model_dump(exclude={"started_at"}):
        return None
    if running:
        raise LiveError(
            errors.EXPERIMENT_RUNS,
            f"experiment {running.id!r} of {request.use_case!r} runs since {running.started_at}: stop or promote it before "
            f"{planned.id!r} starts",
        )
    if any(each.document.experiment and each.document.experiment.id == planned.id for each in history):
        raise LiveError(
            errors.EXPERIMENT_USED,
            f"{request.use_case!r} has had an experiment {planned.id!r}, whose counts stay: give the new one another id",
        )
    experiment = Experiment.model_validate(planned.model_dump() | {"started_at": planned.started_at or now})
    return _following(document, experiment=experiment)


def _promoted(history: Sequence[LogRecord], request: Promote, readiness: Readiness | None) -> Document | None:
    document = _live(history, request.use_case)
    running = document.experiment
    if not running or running.id != request.experiment:
        if _last_end(history, request.experiment) == "promote":
            return None
        raise _not_running(request.use_case, request.experiment, running)
    counted = readiness.counted if readiness else 0
    if readiness is None or not readiness.ready or counted < running.minimum:
        raise LiveError(
            errors.NOT_READY,
            f"experiment {running.id!r} of {request.use_case!r} has counted {counted} of at least {running.minimum} "
            f"({readiness.reason if readiness else 'nothing is observed yet'}): wait, stop it, or release the candidate "
            "through the pipeline",
        )
    stable = overlaid(document.stable, running.candidate)
    return _following(document, stable=stable, manifest=running.manifest or document.manifest, experiment=None)


def _rolled_back(history: Sequence[LogRecord], request: Rollback) -> Document | None:
    if request.experiment:
        return _ended(history, request.use_case, request.experiment)
    document = _live(history, request.use_case)
    target = _earlier(history, request)
    if (target.manifest, target.stable) == (document.manifest, document.stable) and not document.experiment:
        return None
    return _following(document, stable=target.stable, manifest=target.manifest, experiment=None)


def _earlier(history: Sequence[LogRecord], request: Rollback) -> Document:
    """What to go back to: the record asked for, else what was live before the present versions first were."""
    if request.to is not None:
        if request.to > len(history):
            raise LiveError(
                errors.NO_EARLIER,
                f"{request.use_case!r} has records 1 to {len(history)}, not {request.to}: name one of them",
            )
        return history[request.to - 1].document
    states = [(each.document.manifest, each.document.stable) for each in history]
    first = states.index(states[-1])
    if first == 0:
        raise LiveError(
            errors.NO_EARLIER,
            f"{request.use_case!r} has had no other versions before the present ones: release others through the pipeline",
        )
    return history[first - 1].document


def _ended(history: Sequence[LogRecord], use_case: str, experiment: str) -> Document | None:
    document = _live(history, use_case)
    running = document.experiment
    if running and running.id == experiment:
        return _following(document, experiment=None)
    if _last_end(history, experiment):
        return None
    raise _not_running(use_case, experiment, running)


def _last_end(history: Sequence[LogRecord], experiment: str) -> str | None:
    """The action that ended an experiment of the past."""
    ran = [number for number, each in enumerate(history) if _id(each) == experiment]
    return history[ran[-1] + 1].action if ran and ran[-1] + 1 < len(history) else None


def _id(record: LogRecord) -> str | None:
    return record.document.experiment.id if record.document.experiment else None


def _live(history: Sequence[LogRecord], use_case: str) -> Document:
    if not history:
        raise LiveError(
            errors.NOTHING_LIVE,
            f"{use_case!r} has no release, so nothing to compare with or to go back to: release a manifest first",
        )
    return history[-1].document


def _following(document: Document, **changes: object) -> Document:
    return document.model_copy(update={"sequence": document.sequence + 1, **changes})


def _not_running(use_case: str, experiment: str, running: Experiment | None) -> LiveError:
    what = f"experiment {running.id!r} does" if running else "none does"
    return LiveError(
        errors.NO_EXPERIMENT,
        f"experiment {experiment!r} of {use_case!r} doesn't run ({what}): look at what is live now",
    )
