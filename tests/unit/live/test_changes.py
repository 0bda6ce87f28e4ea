"""Changes of what is live: which record follows, and which requests are refused."""

from typing import Any

import pytest

from genai_runtime.live.changes import Readiness, next_record
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import verify
from genai_runtime.live.records import Document, LogRecord, digest
from genai_runtime.live.requests import (
    Change,
    PlannedExperiment,
    Promote,
    Release,
    ReleaseAll,
    Rollback,
    StartExperiment,
    Stop,
    parse,
)
from tests.unit.live.samples import (
    MANIFEST,
    MODEL,
    NOW,
    OTHER,
    OTHER_MODEL,
    USE_CASE,
    experiment,
    log_of,
    release,
    start,
    versions,
)

READY = Readiness(True, 50, "no limit is breached")
BY = {"use_case": USE_CASE, "by": "jo@example.com"}


def following(history: tuple[LogRecord, ...], request: Change, readiness: Readiness | None = None) -> LogRecord:
    """The next record, which fits the log."""
    record = next_record(history, request, now=NOW, readiness=readiness)
    assert record is not None
    verify(USE_CASE, (*history, record))
    return record


def refused(history: tuple[LogRecord, ...], request: Change, readiness: Readiness | None = None) -> str:
    """The code of a refusal."""
    with pytest.raises(LiveError) as caught:
        next_record(history, request, now=NOW, readiness=readiness)
    assert caught.value.message[0].islower() or caught.value.message.startswith("'")
    return caught.value.code


def test_the_first_release_is_record_one() -> None:
    record = following((), release(reason="first", execution="e-1"))
    assert record == LogRecord(
        document=Document(use_case=USE_CASE, sequence=1, manifest=MANIFEST, stable=versions()),
        action="release",
        by="pipeline",
        at=NOW,
        reason="first",
        execution="e-1",
        previous=None,
    )


def test_a_release_follows_the_newest_record() -> None:
    (first,) = log_of(release())
    record = following((first,), release(OTHER, 2))
    assert (record.document.sequence, record.document.stable.prompts) == (2, {"answer": 2})
    assert record.previous == digest(first)


def test_a_release_ends_a_running_experiment_and_says_so() -> None:
    record = following(log_of(release(), start()), release(OTHER, 2, reason="fix"))
    assert record.document.experiment is None
    assert record.reason == "fix; ends experiment canary-1: what it was compared with is replaced"


def test_what_is_live_already_needs_no_record() -> None:
    assert next_record(log_of(release(execution="e-1")), release(execution="e-2"), now=NOW) is None
    assert next_record(log_of(release(), start()), release(), now=NOW) is None, "and the experiment goes on"


def test_a_repeated_execution_changes_nothing_even_after_a_rollback() -> None:
    history = log_of(release(), release(OTHER, 2, execution="e-2"), Rollback(**BY, to=1))
    assert next_record(history, release(OTHER, 2, execution="e-2"), now=NOW) is None


def test_an_execution_may_release_and_roll_back() -> None:
    history = log_of(release(), release(OTHER, 2, execution="e-2"))
    record = following(history, Rollback(**BY, execution="e-2"))
    assert record.document.manifest == MANIFEST


def test_fails_a_second_manifest_of_an_execution() -> None:
    assert refused(log_of(release(execution="e-1")), release(OTHER, execution="e-1")) == "GF-LIVE-104"


@pytest.mark.parametrize("expected", [0, 2])
def test_fails_when_something_else_is_live_than_expected(expected: int) -> None:
    assert refused(log_of(release()), release(OTHER, expected_sequence=expected)) == "GF-LIVE-102"


def test_what_was_expected_is_fulfilled() -> None:
    assert following((), release(expected_sequence=0)).document.sequence == 1
    history = log_of(release(expected_sequence=0, execution="e"))
    assert next_record(history, release(expected_sequence=0, execution="e"), now=NOW) is None


def test_an_experiment_starts_beside_what_is_live() -> None:
    document = following(log_of(release()), start(share=0.2)).document
    assert document.experiment == experiment(share=0.2)
    assert (document.stable, document.manifest) == (versions(), MANIFEST)


def test_the_start_of_the_running_experiment_needs_no_record() -> None:
    history = log_of(release(), start())
    assert next_record(history, start(), now="2027-01-01T00:00:00+00:00") is None


@pytest.mark.parametrize(
    ("history", "request_", "code"),
    [
        ((), start(), "GF-LIVE-105"),
        ((), Rollback(**BY), "GF-LIVE-105"),
        (log_of(release(), start()), start("canary-2"), "GF-LIVE-106"),
        (log_of(release(), start()), start(share=0.3), "GF-LIVE-106"),
        (log_of(release(), start(), Stop(**BY, experiment="canary-1")), start(), "GF-LIVE-107"),
        (log_of(release()), Stop(**BY, experiment="canary-1"), "GF-LIVE-108"),
        (log_of(release(), start()), Stop(**BY, experiment="canary-2"), "GF-LIVE-108"),
        (log_of(release(), start()), Rollback(**BY, experiment="canary-2"), "GF-LIVE-108"),
        (log_of(release()), Promote(**BY, experiment="canary-1"), "GF-LIVE-108"),
        (
            log_of(release(), start(), Stop(**BY, experiment="canary-1")),
            Promote(**BY, experiment="canary-1"),
            "GF-LIVE-108",
        ),
        (log_of(release()), Rollback(**BY), "GF-LIVE-110"),
        (log_of(release()), Rollback(**BY, to=2), "GF-LIVE-110"),
    ],
)
def test_fails_a_change_that_does_not_fit_what_is_live(
    history: tuple[LogRecord, ...], request_: Change, code: str
) -> None:
    assert refused(history, request_) == code


@pytest.mark.parametrize("action", [Stop, Rollback])
def test_an_experiment_ends_without_its_candidate(action: Any) -> None:
    history = log_of(release(), start())
    record = following(history, action(**BY, experiment="canary-1", reason="too slow"))
    assert (record.document.experiment, record.document.stable, record.reason) == (None, versions(), "too slow")
    assert next_record((*history, record), action(**BY, experiment="canary-1"), now=NOW) is None


@pytest.mark.parametrize(
    "readiness",
    [None, Readiness(False, 50, "the comparison says HOLD"), Readiness(True, 9, "counted too early")],
)
def test_fails_to_promote_what_is_not_ready(readiness: Readiness | None) -> None:
    history = log_of(release(), start(minimum=10))
    assert refused(history, Promote(**BY, experiment="canary-1"), readiness) == "GF-LIVE-109"


def test_a_promoted_candidate_is_laid_over_what_is_live() -> None:
    both = versions().model_copy(
        update={"prompts": {"answer": 1, "classify": 4}, "models": {"answer": MODEL, "classify": OTHER_MODEL}}
    )
    history = log_of(release(versions=both.model_dump()), start(minimum=50, manifest=OTHER))
    document = following(history, Promote(**BY, experiment="canary-1"), READY).document
    assert document.stable.prompts == {"answer": 2, "classify": 4}
    assert document.stable.models == {"classify": OTHER_MODEL}, "the candidate's prompt has its own model"
    assert (document.manifest, document.experiment) == (OTHER, None)


def test_a_candidate_without_a_manifest_keeps_the_releases() -> None:
    document = following(log_of(release(), start()), Promote(**BY, experiment="canary-1"), READY).document
    assert document.manifest == MANIFEST


def test_a_promotion_is_made_once() -> None:
    history = log_of(release(), start())
    record = following(history, Promote(**BY, experiment="canary-1"), READY)
    assert next_record((*history, record), Promote(**BY, experiment="canary-1"), now=NOW, readiness=READY) is None


def test_rolls_back_to_a_record_that_is_named() -> None:
    history = log_of(release(), release(OTHER, 2), release("ef" * 32, 3), start())
    record = following(history, Rollback(**BY, to=2, reason="worse"))
    assert (record.document.manifest, record.document.stable, record.document.experiment) == (OTHER, versions(2), None)
    assert record.reason.startswith("worse; ends experiment canary-1")


def test_rolls_back_to_what_was_live_before_and_never_forward_again() -> None:
    history = log_of(release(), release(OTHER, 2), release("ef" * 32, 3))
    once = (*history, following(history, Rollback(**BY)))
    assert once[-1].document.manifest == OTHER
    twice = (*once, following(once, Rollback(**BY)))
    assert twice[-1].document.manifest == MANIFEST
    assert refused(twice, Rollback(**BY)) == "GF-LIVE-110"


def test_a_rollback_to_what_is_live_needs_no_record() -> None:
    history = log_of(release(), release(OTHER, 2))
    assert next_record(history, Rollback(**BY, to=2), now=NOW) is None


def test_reads_each_action_of_an_event() -> None:
    by = {"by": "jo"}
    one = {"use_case": USE_CASE, **by}
    planned = experiment().model_dump(mode="json", exclude={"started_at"})
    events: list[tuple[dict[str, Any], type]] = [
        ({"action": "release", "manifest": MANIFEST, "versions": versions().model_dump(), **one}, Release),
        ({"action": "release", "manifest": MANIFEST, "live": {USE_CASE: versions().model_dump()}, **by}, ReleaseAll),
        ({"action": "experiment", "experiment": planned, **one}, StartExperiment),
        ({"action": "stop", "experiment": "x", **one}, Stop),
        ({"action": "promote", "experiment": "x", **one}, Promote),
        ({"action": "rollback", "to": 3, **one}, Rollback),
    ]
    assert [type(parse(event)) for event, _ in events] == [kind for _, kind in events]


def test_a_release_of_all_use_cases_is_one_for_each() -> None:
    asked = ReleaseAll(manifest=MANIFEST, live={"b": versions(), "a": versions(2)}, by="jo", reason="r", execution="e")
    assert [(each.use_case, each.versions, each.execution, each.reason) for each in asked.each()] == [
        ("a", versions(2), "e", "r"),
        ("b", versions(), "e", "r"),
    ]


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (None, "no change"),
        ({}, "action"),
        ({"action": "explode"}, "action"),
        ({"action": "release", "use_case": "Claims!", "by": ""}, "use_case"),
        ({"action": "release", "live": {}, "manifest": MANIFEST, "by": "jo"}, "live"),
        (
            {"action": "release", "live": {"a": {}}, "manifest": MANIFEST, "by": "jo", "expected_sequence": 1},
            "expected",
        ),
        ({"action": "stop", "use_case": "a", "by": "jo", "experiment": "x", "more": 1}, "more"),
    ],
)
def test_fails_an_event_that_is_no_change(event: Any, named: str) -> None:
    with pytest.raises(LiveError) as caught:
        parse(event)
    assert caught.value.code == "GF-LIVE-103"
    assert named in caught.value.message


def test_an_experiment_may_say_when_it_began() -> None:
    planned = PlannedExperiment.model_validate(experiment().model_dump() | {"started_at": "2026-01-01T00:00:00+00:00"})
    record = following(log_of(release()), StartExperiment(**BY, experiment=planned))
    assert record.document.experiment is not None
    assert record.document.experiment.started_at == "2026-01-01T00:00:00+00:00"
