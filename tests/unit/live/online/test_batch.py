"""From the stream's records to observations, and what is told about a batch; what ends an experiment."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import EndpointConnectionError

from genai_runtime.live.errors import LiveError
from genai_runtime.live.log import SequenceTaken
from genai_runtime.live.online.batch import observations, tell
from genai_runtime.live.online.ending import Ending
from genai_runtime.live.online.environment import ObserveEnvironment, ShadowEnvironment
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.harm import report
from genai_runtime.live.online.observation import observation
from genai_runtime.live.online.records import Feedback, Request
from genai_runtime.live.reconcile import Reconciler
from tests.unit.live.fakes import client_error
from tests.unit.live.online.toys import (
    FAILED,
    NOW,
    USE_CASE,
    MemoryCounts,
    MemoryLog,
    experiment,
    fresh,
    observer,
    request,
    running,
)  # fmt: skip

ROOT = Path(__file__).parents[4]
ITEM: dict[str, Any] = {
    "use_case": USE_CASE,
    "at": "2026-11-21T09:00:00.000001+00:00#r1",
    "environment": "dev",
    "user": "u1",
    "latency_ms": Decimal(812),
    "live_sequence": Decimal(2),
    "experiment": "e1",
    "arm": "candidate",
    "outcome": "answered",
}


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "GenAIFoundation")


def stream(*items: dict[str, Any]) -> DynamoDBStreamEvent:
    serialize = TypeSerializer().serialize
    images = [{name: serialize(value) for name, value in item.items()} for item in items]
    records = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": str(number)}}
        for number, image in enumerate(images)
    ]
    return DynamoDBStreamEvent({"Records": records})


def metrics() -> Metrics:
    made = Metrics(namespace="GenAIFoundation", service="live-observe")
    made.clear_metrics()
    return made


def test_an_audit_item_is_an_observation() -> None:
    found = observation(ITEM)
    assert isinstance(found, Request)
    assert (found.at, found.key) == ("2026-11-21T09:00:00.000001+00:00", ITEM["at"])
    assert (found.latency_ms, found.user, found.error_code) == (812.0, "u1", None)
    rated = observation(ITEM | {"kind": "feedback", "rating": "down", "at": f"{ITEM['at']}#feedback"})
    assert isinstance(rated, Feedback)
    assert (rated.rating, rated.at) == ("down", found.at)
    assert observation({name: value for name, value in ITEM.items() if name != "experiment"}) is None


def test_fails_for_an_item_of_another_release_without_repeating_its_values() -> None:
    with pytest.raises(OnlineError, match=r"GF-LIVE-200.*outcome: Input should be") as caught:
        observation(ITEM | {"outcome": "secret-text"})
    assert "secret-text" not in str(caught.value)
    with pytest.raises(OnlineError, match="GF-LIVE-200"):
        observation(ITEM | {"kind": "other"})


def test_an_item_that_cannot_be_read_is_told_and_holds_up_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    made = metrics()
    found = observations(stream(ITEM, ITEM | {"arm": "none"}, ITEM | {"at": "x#2"}).records, made)
    assert [each.key for each in found] == [ITEM["at"], "x#2"]
    made.flush_metrics()
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["ObservationInvalid"] == [1.0]


def test_a_batch_is_metered_by_use_case_and_arm(capsys: pytest.CaptureFixture[str]) -> None:
    made, log, counts = metrics(), running(experiment()), MemoryCounts()
    watching = observer(log, counts)
    tell(watching.observe([request(number, "failed") for number in range(9)]), made, "live-observe")
    tell(watching.observe([request(20), request(21, arm="stable", experiment="e9")]), made, "live-observe")
    made.flush_metrics()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    by_arm = [each for each in told if "Observed" in each]
    assert [(each["Observed"], each["arm"], each["use_case"]) for each in by_arm] == [
        ([9.0], "candidate", USE_CASE),
        ([1.0], "candidate", USE_CASE),
    ]
    assert [each["ObservedLate"] for each in told if "ObservedLate" in each] == [[6.0], [1.0]]
    assert (told[-1]["ExperimentBreached"], told[-1]["ObservationInvalid"]) == ([1.0], [1.0])


class Shows:
    """Reconciles, or can't."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.fault: Exception | None = None

    def show(self, use_case: str) -> None:
        if self.fault:
            raise self.fault
        self.shown.append(use_case)


def ending(log: MemoryLog, shows: Shows) -> Ending:
    return Ending(log, cast(Reconciler, shows), lambda: NOW.isoformat())


def test_a_rollback_is_recorded_once_and_shown() -> None:
    log, shows = running(experiment()), Shows()
    for _ in range(2):
        ending(log, shows).rollback(USE_CASE, "e1", "too many failed")
    last = log.records[-1]
    assert log.actions == ["release", "experiment", "rollback"]
    assert (last.by, last.reason, last.document.experiment) == ("observe", "too many failed", None)
    assert last.document.stable == log.records[0].document.stable
    assert shows.shown == [USE_CASE, USE_CASE]


@pytest.mark.parametrize(
    "fault",
    [
        LiveError("GF-LIVE-122", "refused"),
        client_error("InternalServerException"),
        EndpointConnectionError(endpoint_url="appconfig"),
    ],
)
def test_a_rollback_that_cannot_be_shown_is_recorded_all_the_same(fault: Exception) -> None:
    log, shows = running(experiment()), Shows()
    shows.fault = fault
    ending(log, shows).rollback(USE_CASE, "e1", "too many failed")
    assert log.actions[-1] == "rollback"


def test_fails_when_others_are_always_faster_to_record() -> None:
    class Busy(MemoryLog):
        def append(self, record: object) -> None:  # noqa: ARG002
            raise SequenceTaken("GF-LIVE-101", "taken")

    log = Busy(running(experiment()).records)
    with pytest.raises(SequenceTaken):
        ending(log, Shows()).rollback(USE_CASE, "e1", "too many failed")


def test_harm_is_what_went_wrong_and_what_would_not_have() -> None:
    log, counts = running(experiment()), MemoryCounts()
    watching = observer(log, counts)
    watching.observe([request(number, "answered" if number % 10 else "failed", "stable") for number in range(100)])
    watching.observe([request(1000 + number, "failed" if number % 2 else "answered") for number in range(40)])
    state = counts.state(USE_CASE, "e1")
    assert state is not None
    assert state.breach is not None
    (harm,) = report(state)
    assert harm.limit == FAILED
    assert harm.harmed == 20
    assert (harm.detected.of, harm.detected.of + harm.late.of) == (state.breach.request, 40)
    assert harm.stable.share == pytest.approx(0.1)
    assert harm.beyond == pytest.approx(16)


def test_a_shadow_harms_nobody() -> None:
    assert report(fresh("shadow")) == ()


VARIABLES = {
    name: {"LIVE_MAX_AGE_SECONDS": "15", "PARAMETER_PREFIX": "/genai-foundation", "AUDIT_RETENTION_DAYS": "30"}.get(
        name, "INFO" if name == "LOG_LEVEL" else "given"
    )
    for name in ObserveEnvironment.variables() | ShadowEnvironment.variables()
}


@pytest.mark.parametrize("handler", ["observe", "shadow"])
def test_the_functions_start_with_the_base_layer_only(handler: str) -> None:
    """Without numpy and scipy, which only an A/B test's looks need."""
    code = (
        f"import sys\nimport genai_runtime.live.handlers.{handler}\n"
        "sys.exit(bool({'numpy', 'scipy'} & sys.modules.keys()))"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "lambda"), "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | VARIABLES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
