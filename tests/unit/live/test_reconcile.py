"""AppConfig shows the newest record, wherever a run ends."""

from collections.abc import Sequence

import pytest

from genai_runtime.live.appconfig import AppConfig, content, label
from genai_runtime.live.errors import LiveError
from genai_runtime.live.reconcile import Reconciler, Shown
from genai_runtime.live.records import LogRecord
from genai_runtime.live.requests import Rollback
from genai_runtime.live.rounds import show_all
from tests.unit.live.fakes import Crash, FakeAppConfig, MemoryLog, client_error
from tests.unit.live.samples import OTHER, USE_CASE, log_of, release, start

FIRST = log_of(release())
SECOND = log_of(release(), release(OTHER, 2))
ROLLED_BACK = log_of(release(), start(), Rollback(use_case=USE_CASE, by="observe", experiment="canary-1"))


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """No real time."""
        self.now += seconds


def reconciler(fake: FakeAppConfig, records: Sequence[LogRecord] | MemoryLog, patience: float = 20) -> Reconciler:
    """Against a fake AppConfig."""
    log = records if isinstance(records, MemoryLog) else MemoryLog(tuple(records))
    clock = Clock()
    appconfig = AppConfig(fake, application="app1", environment="env1", strategy="str1")
    return Reconciler(log, appconfig, patience=patience, clock=clock, sleep=clock.sleep)


def shown(fake: FakeAppConfig, records: Sequence[LogRecord]) -> FakeAppConfig:
    """AppConfig, showing the newest of these."""
    assert reconciler(fake, records).show(USE_CASE).state == "shown"
    return fake


def assert_shows(fake: FakeAppConfig, record: LogRecord) -> None:
    """What functions get is the record's document, deployed once."""
    assert fake.shown(USE_CASE) == content(record.document)
    labels = [each["VersionLabel"] for each in fake.deployments if each["State"] == "COMPLETE"]
    assert labels.count(label(record.document.sequence)) == 1
    versions = [name for name, _ in fake.versions["id-claims"].values()]
    assert len(versions) == len(set(versions)), "no record has two versions"


def test_shows_the_newest_record_and_then_does_nothing() -> None:
    fake = FakeAppConfig(USE_CASE)
    assert reconciler(fake, SECOND).show(USE_CASE) == Shown(USE_CASE, 2, "shown")
    assert_shows(fake, SECOND[-1])
    fake.calls.clear()
    reconciler(fake, SECOND).show(USE_CASE)
    assert fake.calls == ["list_profiles", "list_deployments"]


def test_shows_a_record_after_the_other() -> None:
    fake = shown(FakeAppConfig(USE_CASE), FIRST)
    shown(fake, SECOND)
    assert_shows(fake, SECOND[-1])


def test_nothing_is_shown_of_a_use_case_without_records() -> None:
    fake = FakeAppConfig(USE_CASE)
    assert reconciler(fake, ()).show(USE_CASE) == Shown(USE_CASE, 0, "nothing")
    assert fake.calls == []


def calls_of_a_run(records: tuple[LogRecord, ...], before: tuple[LogRecord, ...]) -> int:
    """How many calls an undisturbed run makes."""
    fake = shown(FakeAppConfig(USE_CASE), before) if before else FakeAppConfig(USE_CASE)
    fake.calls.clear()
    shown(fake, records)
    return len(fake.calls)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("before", "records"), [((), FIRST), (FIRST, SECOND), (ROLLED_BACK[:2], ROLLED_BACK)])
def test_a_run_that_ends_at_any_call_is_completed_by_the_next(
    before: tuple[LogRecord, ...], records: tuple[LogRecord, ...], after: bool
) -> None:
    count = calls_of_a_run(records, before)
    assert count > 4
    for number in range(1, count + 1):
        fake = shown(FakeAppConfig(USE_CASE), before) if before else FakeAppConfig(USE_CASE)
        fake.calls.clear()
        fake.crash = (number, after)
        with pytest.raises(Crash):
            reconciler(fake, records).show(USE_CASE)
        fake.crash = None
        shown(fake, records)
        assert_shows(fake, records[-1])


def test_a_record_that_is_appended_meanwhile_is_shown_too() -> None:
    fake, log = FakeAppConfig(USE_CASE), MemoryLog(FIRST)
    start_ = fake.start_deployment

    def started(**given: str) -> object:
        if len(log.records) == 1:
            log.append(SECOND[1])
        return start_(**given)

    fake.start_deployment = started  # type: ignore[method-assign]
    assert reconciler(fake, log).show(USE_CASE).sequence == 2
    assert_shows(fake, SECOND[-1])


def test_a_slower_run_that_deployed_an_older_record_shows_the_newest_in_the_end() -> None:
    fake, log = shown(FakeAppConfig(USE_CASE), SECOND), MemoryLog(SECOND)
    fake.versions["id-claims"][9] = (label(1), content(FIRST[0].document))
    fake.deploy(USE_CASE, 9, "COMPLETE")
    assert reconciler(fake, log).show(USE_CASE).state == "shown"
    assert fake.shown(USE_CASE) == content(SECOND[-1].document)


def test_waits_for_a_deployment_of_another_use_case() -> None:
    fake = FakeAppConfig(USE_CASE, "other", steps=3)
    fake.versions["id-other"][1] = ("record-1", b"")
    fake.deploy("other", 1)
    shown(fake, FIRST)
    assert [each["State"] for each in fake.deployments] == ["COMPLETE", "COMPLETE"]
    assert fake.calls.count("start") == 1, "it waits, and doesn't try"


def test_a_rollback_stops_the_deployment_of_what_it_takes_back() -> None:
    fake = shown(FakeAppConfig(USE_CASE), FIRST)
    fake.steps = 1000
    assert reconciler(fake, ROLLED_BACK[:2], patience=2).show(USE_CASE) == Shown(USE_CASE, 2, "deploying")
    assert reconciler(fake, ROLLED_BACK, patience=2).show(USE_CASE).state == "deploying"
    states = [(each["VersionLabel"], each["State"]) for each in fake.deployments]
    assert states == [("record-1", "COMPLETE"), ("record-2", "ROLLED_BACK"), ("record-3", "DEPLOYING")]
    fake.steps = 0
    shown(fake, ROLLED_BACK)
    assert_shows(fake, ROLLED_BACK[-1])


def test_a_release_waits_for_the_one_before() -> None:
    fake = FakeAppConfig(USE_CASE, steps=4)
    reconciler(fake, FIRST, patience=0.4).show(USE_CASE)
    shown(fake, SECOND)
    assert "stop" not in fake.calls
    assert [each["State"] for each in fake.deployments] == ["COMPLETE", "COMPLETE"]


def test_stopping_what_has_just_ended_is_no_fault() -> None:
    fake = FakeAppConfig(USE_CASE)
    fake.versions["id-claims"][1] = ("record-1", b"")
    fake.deploy(USE_CASE, 1, "COMPLETE")
    AppConfig(fake, application="a", environment="e", strategy="s").stop(1)


def test_a_version_made_by_another_process_in_between_is_used() -> None:
    fake = FakeAppConfig(USE_CASE)
    create = fake.create_hosted_configuration_version

    def raced(**given: object) -> object:
        fake.create_hosted_configuration_version = create  # type: ignore[method-assign]
        create(**given)  # type: ignore[arg-type]
        return create(**given)  # type: ignore[arg-type]

    fake.create_hosted_configuration_version = raced  # type: ignore[method-assign]
    shown(fake, FIRST)
    assert_shows(fake, FIRST[-1])


def test_fails_without_a_profile() -> None:
    with pytest.raises(LiveError) as caught:
        reconciler(FakeAppConfig("other"), FIRST).show(USE_CASE)
    assert caught.value.code == "GF-LIVE-120"


def test_fails_when_a_label_is_on_something_else() -> None:
    fake = FakeAppConfig(USE_CASE)
    fake.versions["id-claims"][1] = (label(1), b"{}")
    with pytest.raises(LiveError) as caught:
        reconciler(fake, FIRST).show(USE_CASE)
    assert caught.value.code == "GF-LIVE-121"
    assert fake.deployments == []


def test_fails_when_appconfig_refuses_the_document() -> None:
    fake = FakeAppConfig(USE_CASE)
    fake.refuse = "validator"
    with pytest.raises(LiveError) as caught:
        reconciler(fake, FIRST).show(USE_CASE)
    assert caught.value.code == "GF-LIVE-122"


def test_fails_when_appconfig_shows_what_the_log_does_not_have() -> None:
    fake = shown(FakeAppConfig(USE_CASE), SECOND)
    with pytest.raises(LiveError) as caught:
        reconciler(fake, FIRST).show(USE_CASE)
    assert caught.value.code == "GF-LIVE-123"


def test_something_deployed_by_hand_is_replaced() -> None:
    fake = shown(FakeAppConfig(USE_CASE), FIRST)
    fake.versions["id-claims"][7] = ("by-hand", b"{}")
    fake.deploy(USE_CASE, 7, "COMPLETE")
    reconciler(fake, FIRST).show(USE_CASE)
    assert fake.shown(USE_CASE) == content(FIRST[0].document)


def test_a_round_shows_every_use_case_whatever_becomes_of_the_others() -> None:
    other = tuple(
        each.model_copy(update={"document": each.document.model_copy(update={"use_case": "other"})}) for each in FIRST
    )
    fake = FakeAppConfig("aaa", USE_CASE, "other")
    fake.versions["id-other"][1] = (label(1), b"{}")
    done = show_all(reconciler(fake, MemoryLog((*FIRST, *other))), lambda: 100)
    assert done == {"shown": [USE_CASE], "deploying": [], "failed": ["other"], "left": []}


def test_a_round_leaves_to_the_next_what_it_has_no_time_for() -> None:
    done = show_all(reconciler(FakeAppConfig(USE_CASE), FIRST), lambda: 10)
    assert done == {"shown": [], "deploying": [], "failed": [], "left": [USE_CASE]}


def test_a_round_counts_an_appconfig_that_can_not_be_used_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeAppConfig(USE_CASE)

    def denied(**_: object) -> None:
        raise client_error("AccessDeniedException")

    monkeypatch.setattr(fake, "_list_deployments", denied)
    assert show_all(reconciler(fake, FIRST), lambda: 100)["failed"] == [USE_CASE]
