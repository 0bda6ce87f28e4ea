"""A change from its request to what AppConfig shows: once, whole, and told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from genai_runtime.live.activation import Activation, Report, narrows
from genai_runtime.live.appconfig import AppConfig
from genai_runtime.live.changes import Readiness, next_record
from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import SequenceTaken
from genai_runtime.live.reconcile import Reconciler
from genai_runtime.live.records import Document, LogRecord
from genai_runtime.live.requests import Change, Promote, ReleaseAll, Rollback, Stop
from tests.unit.live.fakes import FakeAppConfig, MemoryLog, client_error
from tests.unit.live.samples import MANIFEST, NOW, OTHER, USE_CASE, log_of, release, start, versions

BY = {"use_case": USE_CASE, "by": "jo@example.com"}


@dataclass
class Validator:
    """Refuses the documents of some use cases."""

    refuses: tuple[str, ...] = ()
    asked: list[Document] = field(default_factory=list)

    def check(self, document: Document) -> None:
        """As the real one."""
        self.asked.append(document)
        if document.use_case in self.refuses:
            raise LiveError("GF-LIVE-111", f"{document.use_case} can't go live")


class RacedLog(MemoryLog):
    """Another writer is faster, `times` times."""

    times = 1

    def append(self, record: LogRecord) -> None:
        """Whoever comes second decides again."""
        if self.times:
            self.times -= 1
            number = record.document.sequence
            super().append(log_of_raced(self, f"{number:02x}" * 32))
            raise SequenceTaken("GF-LIVE-101", "someone else")
        super().append(record)


def log_of_raced(log: MemoryLog, manifest: str) -> LogRecord:
    """What the other writer appends."""
    record = next_record(log.history(USE_CASE), release(manifest, 9, by="other"), now=NOW)
    assert record is not None
    return record


def activation(
    log: MemoryLog,
    fake: FakeAppConfig | None = None,
    *,
    validator: Validator | None = None,
    readiness: Callable[[str, str], Readiness | None] = lambda *_: None,
) -> Activation:
    """With a fake AppConfig."""
    seconds = [0.0]

    def sleep(given: float) -> None:
        seconds[0] += given

    appconfig = AppConfig(fake or FakeAppConfig(USE_CASE, "other"), application="a", environment="e", strategy="s")
    return Activation(
        log=log,
        validator=validator or Validator(),
        reconciler=Reconciler(log, appconfig, clock=lambda: seconds[0], sleep=sleep),
        readiness=readiness,
        now=lambda: NOW,
    )


def only(report: Report) -> dict[str, Any]:
    """The one use case of a report."""
    (found,) = report.use_cases
    return found.model_dump(exclude_none=True)


def test_a_release_is_recorded_and_shown() -> None:
    log = MemoryLog()
    report = activation(log).change(release())
    assert (report.complete, report.refused) == (True, False)
    assert only(report) == {
        "use_case": USE_CASE,
        "changed": True,
        "sequence": 1,
        "manifest": MANIFEST,
        "state": "shown",
    }
    assert len(log.records) == 1


def test_asked_again_nothing_changes() -> None:
    log, fake = MemoryLog(), FakeAppConfig(USE_CASE)
    activation(log, fake).change(release(execution="e"))
    report = activation(log, fake).change(release(execution="e"))
    assert report.complete
    assert (only(report)["changed"], len(log.records), len(fake.deployments)) == (False, 1, 1)


def test_decides_again_when_another_writer_was_faster() -> None:
    log = RacedLog()
    assert only(activation(log).change(release()))["sequence"] == 2
    assert [each.document.manifest for each in log.records] == ["01" * 32, MANIFEST]


def test_fails_when_something_else_was_expected_by_then() -> None:
    report = activation(RacedLog()).change(release(expected_sequence=0))
    assert report.refused
    assert only(report)["error"]["code"] == "GF-LIVE-101"


def test_fails_when_others_are_always_faster() -> None:
    log = RacedLog()
    log.times = 99
    report = activation(log).change(release())
    assert (report.refused, only(report)["error"]["code"]) == (True, "GF-LIVE-101")


ALL = ReleaseAll(manifest=MANIFEST, live={USE_CASE: versions(), "other": versions(2)}, by="pipeline", execution="e")


def test_a_release_of_all_use_cases_is_shown_for_each() -> None:
    log = MemoryLog()
    report = activation(log).change(ALL)
    assert report.complete
    assert [(each.use_case, each.sequence, each.state) for each in report.use_cases] == [
        (USE_CASE, 1, "shown"),
        ("other", 1, "shown"),
    ]


def test_fails_for_all_use_cases_when_one_is_refused() -> None:
    log = MemoryLog()
    report = activation(log, validator=Validator(("other",))).change(ALL)
    assert (report.complete, report.refused, log.records) == (False, True, [])
    assert [(each.use_case, each.state, each.error and each.error.code) for each in report.use_cases] == [
        (USE_CASE, "refused", None),
        ("other", "refused", "GF-LIVE-111"),
    ]


def test_a_release_that_was_interrupted_between_use_cases_is_completed() -> None:
    log = MemoryLog()
    first, _ = ALL.each()
    activation(log).change(first)
    report = activation(log).change(ALL)
    assert report.complete
    assert [each.changed for each in report.use_cases] == [False, True]


def test_fails_a_repeated_release_that_was_rolled_back_since() -> None:
    log, fake = MemoryLog(log_of(release())), FakeAppConfig(USE_CASE)
    activation(log, fake).change(release(OTHER, 2, execution="e"))
    activation(log, fake).change(Rollback(**BY, reason="worse"))
    report = activation(log, fake).change(release(OTHER, 2, execution="e"))
    assert report.refused
    assert only(report)["error"]["code"] == "GF-LIVE-114"
    assert "worse" in only(report)["error"]["message"]
    assert len(log.records) == 3


@pytest.mark.parametrize("operation", ["_list_configuration_profiles", "_list_deployments", "start_deployment"])
def test_fails_incomplete_while_appconfig_can_not_be_used(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """Whichever call fails: a change that is recorded is never told as a failure, or it would be asked for again."""
    log, fake = MemoryLog(), FakeAppConfig(USE_CASE)

    def down(**_: object) -> None:
        raise client_error("InternalServerException")

    monkeypatch.setattr(fake, operation, down)
    report = activation(log, fake).change(release())
    assert (report.complete, report.refused) == (False, False)
    assert (only(report)["state"], only(report)["error"]["code"]) == ("deploying", "GF-LIVE-124")
    assert len(log.records) == 1, "the record stays: the schedule shows it"


def test_fails_incomplete_while_appconfig_is_slow_or_refuses() -> None:
    slow = activation(MemoryLog(), FakeAppConfig(USE_CASE, steps=1000)).change(release())
    assert (slow.complete, only(slow)["state"]) == (False, "deploying")
    fake = FakeAppConfig(USE_CASE)
    fake.refuse = "validator"
    assert only(activation(MemoryLog(), fake).change(release()))["error"]["code"] == "GF-LIVE-122"


def test_a_promotion_asks_how_the_experiment_stands() -> None:
    asked: list[tuple[str, str]] = []

    def readiness(use_case: str, experiment: str) -> Readiness:
        asked.append((use_case, experiment))
        return Readiness(True, 5, "fine")

    log = MemoryLog(log_of(release(), start()))
    report = activation(log, readiness=readiness).change(Promote(**BY, experiment="canary-1"))
    assert report.complete
    assert asked == [(USE_CASE, "canary-1")]
    refused = activation(MemoryLog(log_of(release(), start()))).change(Promote(**BY, experiment="canary-1"))
    assert only(refused)["error"]["code"] == "GF-LIVE-109"


@pytest.mark.parametrize("request_", [Stop(**BY, experiment="canary-1"), Rollback(**BY, experiment="canary-1")])
def test_nothing_stands_in_the_way_of_ending_an_experiment(request_: Change) -> None:
    validator = Validator((USE_CASE,))
    log = MemoryLog(log_of(release(), start()))
    assert activation(log, validator=validator).change(request_).complete
    assert validator.asked == []


def test_what_goes_live_again_is_checked_again() -> None:
    validator = Validator()
    log = MemoryLog(log_of(release(), release(OTHER, 2)))
    activation(log, validator=validator).change(Rollback(**BY))
    assert [each.sequence for each in validator.asked] == [3]


def test_only_an_ended_experiment_narrows() -> None:
    first, begun = log_of(release(), start())
    ended = log_of(release(), start(), Stop(**BY, experiment="canary-1"))[-1]
    other = log_of(release(), start(), release(OTHER, 2))[-1]
    assert [narrows(ended, begun), narrows(begun, first), narrows(other, begun), narrows(first, None)] == [
        True,
        False,
        False,
        False,
    ]
