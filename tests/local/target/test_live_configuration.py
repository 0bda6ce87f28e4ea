"""What is live through the real adapters: the log in DynamoDB, AppConfig's two sides, ratings; over more than one page."""

from __future__ import annotations

import time

import boto3
import pytest

from foundation.local.target import Target
from genai_runtime.live.appconfig import AppConfig
from genai_runtime.live.errors import LiveError
from genai_runtime.live.feedback import AuditRecords, Feedback
from genai_runtime.live.log import LogTable, SequenceTaken, entry
from genai_runtime.live.reconcile import Reconciler, Shown
from genai_runtime.live.records import LogRecord
from genai_runtime.live.requests import Rollback
from genai_runtime.live.source import PatientProvider, Reading, Source
from tests.local.target.deployment import DEV, REGION
from tests.unit.live.samples import CONTRACT, USE_CASE, log_of, release, start

pytestmark = pytest.mark.local

MANY = log_of(*(release(f"{number:02x}" * 32, number) for number in range(1, 56)))


def table(target: Target, name: str, sort_key: str) -> None:
    """Keys as the templates have them."""
    target.client("dynamodb", DEV, REGION).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("use_case", sort_key)],
        KeySchema=[
            {"AttributeName": "use_case", "KeyType": "HASH"},
            {"AttributeName": sort_key, "KeyType": "RANGE"},
        ],
    )


def log_table(target: Target, name: str, *records: LogRecord) -> LogTable:
    """A log with records."""
    table(target, name, "entry")
    log = LogTable(target.client("dynamodb", DEV, REGION), name)
    for each in records:
        log.append(each)
    return log


class Configured:
    """An application with a profile for the use case."""

    def __init__(self, target: Target, name: str) -> None:
        control = target.client("appconfig", DEV, REGION)
        self.control = control
        self.application = control.create_application(Name=name)["Id"]
        self.environment = control.create_environment(ApplicationId=self.application, Name="live")["Id"]
        self.profile = control.create_configuration_profile(
            ApplicationId=self.application, Name=USE_CASE, LocationUri="hosted"
        )["Id"]
        strategy = control.create_deployment_strategy(
            Name=name, DeploymentDurationInMinutes=0, GrowthFactor=100, FinalBakeTimeInMinutes=0, ReplicateTo="NONE"
        )
        self.appconfig = AppConfig(
            control, application=self.application, environment=self.environment, strategy=strategy["Id"]
        )

    def source(self, target: Target) -> Source:
        """As a new Lambda environment has it."""
        client = target.client("appconfigdata", DEV, REGION)
        return Source(PatientProvider(client, application=self.application, environment=self.environment), max_age=15)


def test_the_log_keeps_more_than_a_page_and_one_record_for_each_sequence(target: Target) -> None:
    log = log_table(target, "live-log", *MANY)
    assert log.history(USE_CASE) == MANY
    assert log.newest(USE_CASE) == MANY[-1]
    log.append(MANY[-1])  # the SDK tried again
    with pytest.raises(SequenceTaken):
        log.append(MANY[-1].model_copy(update={"by": "someone else"}))


def test_fails_a_log_that_somebody_changed(target: Target) -> None:
    log = log_table(target, "changed-log", *MANY[:3])
    changed = MANY[1].model_copy(update={"by": "someone else"})
    target.client("dynamodb", DEV, REGION).update_item(
        TableName="changed-log",
        Key={"use_case": {"S": USE_CASE}, "entry": {"S": entry(2)}},
        UpdateExpression="SET #record = :record",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":record": {"S": changed.model_dump_json()}},
    )
    with pytest.raises(LiveError, match="record 3 of 'claims' is broken"):
        log.history(USE_CASE)


def test_what_is_recorded_is_what_functions_read(target: Target) -> None:
    log, live = log_table(target, "shown-log"), Configured(target, "shown")
    reconciler = Reconciler(log, live.appconfig)
    assert reconciler.show(USE_CASE) == Shown(USE_CASE, 0, "nothing")
    assert live.source(target).read(CONTRACT) == Reading(None)
    history = log_of(release(), start(), Rollback(use_case=USE_CASE, by="observe", experiment="canary-1"))
    for number, record in enumerate(history, start=1):
        log.append(record)
        assert reconciler.show(USE_CASE) == Shown(USE_CASE, number, "shown")
        assert live.source(target).read(CONTRACT) == Reading(record.document)
    before = len(live.control.list_deployments(ApplicationId=live.application, EnvironmentId=live.environment)["Items"])
    reconciler.show(USE_CASE)
    after = live.control.list_deployments(ApplicationId=live.application, EnvironmentId=live.environment)["Items"]
    assert before == len(after) == 3


def test_the_newest_of_many_deployments_is_found(target: Target) -> None:
    log, live = log_table(target, "many-log"), Configured(target, "many")
    for record in MANY[:52]:
        log.append(record)
        quick = Reconciler(log, live.appconfig, sleep=lambda _: time.sleep(0.01))
        assert quick.show(USE_CASE).state == "shown"
    assert live.source(target).read(CONTRACT) == Reading(MANY[51].document)


def test_an_answer_is_rated_once(target: Target) -> None:
    table(target, "rated-audit", "at")
    at = "2026-07-30T10:00:00.000000+00:00#request-1"
    ratings = boto3.resource(
        "dynamodb",
        endpoint_url=target.url,
        region_name=REGION,
        aws_access_key_id=DEV,
        aws_secret_access_key="test",
    ).Table("rated-audit")
    ratings.put_item(Item={"use_case": USE_CASE, "at": at, "outcome": "answered", "experiment": "x", "arm": "stable"})
    feedback = Feedback(AuditRecords(ratings), retention_days=30)
    arn = f"arn:aws:lambda:{REGION}:{DEV}:function:feedback:{USE_CASE}"
    given = [feedback.take({"record": at, "rating": each}, arn) for each in ("down", "up")]
    assert [(each.outcome, each.given) for each in given] == [("recorded", "down"), ("already-rated", "down")]
