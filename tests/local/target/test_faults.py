"""Injected faults hit whoever calls: tests, the control plane, and functions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from foundation.local.errors import LocalTargetError
from foundation.local.target import Target
from tests.local.target.deployment import DEV, PROD, RECOVERY, REGION, allow, deploy, function, invoke, role
from tests.local.target.test_endpoints import CODE
from tests.local.target.test_resource_types import KEY

pytestmark = pytest.mark.local


@pytest.fixture
def faulty(target: Target) -> Iterator[Target]:
    yield target
    target.call("DELETE", "/_foundation/faults")


def put(target: Target, *faults: dict[str, Any]) -> None:
    target.call("PUT", "/_foundation/faults", list(faults))


def code_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return str(error.value.response["Error"]["Code"])


def test_a_region_that_is_down_is_down_for_the_control_plane_too(faulty: Target) -> None:
    put(faulty, {"region": REGION})
    parameter = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/up", "Value": "1"}}}
    for service, operation in (("cloudformation", "list_stacks"), ("dynamodb", "list_tables"), ("s3", "list_buckets")):
        assert code_of(getattr(faulty.client(service, DEV, REGION), operation)) == "ServiceUnavailableException"
    assert deploy(faulty, "elsewhere", parameter, region=RECOVERY).status == "CREATE_COMPLETE"


def test_fails_to_deploy_what_needs_the_region_that_is_down(faulty: Target) -> None:
    primary = deploy(faulty, "key-of-a-lost-region", {"K": KEY}, outputs={"Arn": {"Fn::GetAtt": ["K", "Arn"]}})
    put(faulty, {"region": REGION})
    policy = KEY["Properties"]["KeyPolicy"]  # type: ignore[index]
    replica = {"Type": "AWS::KMS::ReplicaKey", "Properties": {
        "PrimaryKeyArn": primary.outputs["Arn"], "KeyPolicy": policy}}  # fmt: skip
    stack = deploy(faulty, "replica-of-a-lost-region", {"K": replica}, region=RECOVERY)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "injected fault" in " ".join(stack.reasons)


def test_a_throttled_operation_of_one_account(faulty: Target) -> None:
    put(
        faulty, {"accounts": [DEV], "actions": ["bedrock:Converse"], "status": 429, "error_code": "ThrottlingException"}
    )
    message = {"modelId": "eu.amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": [{"text": "hello"}]}]}
    assert code_of(faulty.client("bedrock-runtime", DEV, REGION).converse, **message) == "ThrottlingException"
    assert faulty.client("bedrock-runtime", PROD, REGION).converse(**message)["stopReason"]
    assert faulty.client("bedrock", DEV, REGION).list_guardrails()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_counted_fault_ends_by_itself_and_a_seeded_share_repeats(faulty: Target) -> None:
    sqs = faulty.client("sqs", DEV, RECOVERY)
    put(faulty, {"services": ["sqs"], "count": 2})
    assert code_of(sqs.list_queues) == "ServiceUnavailableException"
    assert sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200

    def hits() -> int:
        put(faulty, {"services": ["sns"], "probability": 0.5, "seed": 7, "status": 400, "error_code": "Unlucky"})
        sns = faulty.client("sns", DEV, RECOVERY)
        for _ in range(10):
            with contextlib.suppress(ClientError):
                sns.list_topics()
        return int(faulty.call("GET", "/_foundation/faults")[0]["hits"])

    first = hits()
    assert 0 < first < 10
    assert hits() == first


def test_a_delay_alone_and_a_dropped_connection(faulty: Target) -> None:
    put(faulty, {"services": ["sts"], "status": 0, "delay_ms": 300}, {"services": ["events"], "drop": True})
    started = time.monotonic()
    assert faulty.client("sts", DEV, REGION).get_caller_identity()["Account"] == DEV
    assert time.monotonic() - started >= 0.3
    with pytest.raises(HTTPClientError):
        faulty.client("events", DEV, REGION).list_rules()


def test_a_function_s_own_calls_meet_them(faulty: Target) -> None:
    stack = deploy(faulty, "caller", {"Role": role(allow("*")), "F": function(CODE)})
    event = {"service": "dynamodb", "operation": "list_tables"}
    assert invoke(faulty, stack.resources["F"], event) == "ok"
    put(faulty, {"services": ["dynamodb"], "accounts": [DEV], "status": 500, "error_code": "InternalServerError"})
    assert "InternalServerError" in invoke(faulty, stack.resources["F"], event)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"region": REGION}, "GF-LOCAL-030"),
        ([{"regio": REGION}], "GF-LOCAL-031"),
        ([{"status": "high"}], "GF-LOCAL-031"),
        ([3], "GF-LOCAL-031"),
    ],
)
def test_fails_on_a_fault_that_makes_no_sense(target: Target, body: Any, code: str) -> None:
    with pytest.raises(LocalTargetError, match=code):
        target.call("PUT", "/_foundation/faults", body)
    assert target.call("GET", "/_foundation/faults") == []
