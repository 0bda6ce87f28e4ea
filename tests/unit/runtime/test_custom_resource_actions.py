"""The actions behind the custom resources, through their handler, over HTTP."""

from typing import Any

import pytest

from genai_runtime.custom_resources import handler as dispatch
from genai_runtime.custom_resources import invocation_logging
from genai_runtime.custom_resources.handler import handler
from genai_runtime.custom_resources.protocol import NEVER_CREATED
from tests.unit.runtime.fake_aws import FakeAws, Reply, aws_error
from tests.unit.runtime.stack_events import Context, answers, event

LOGGING = {
    "LogGroupName": "/genai-foundation/invocations",
    "RoleArn": "arn:aws:iam::222222222222:role/delivery",
    "BucketName": "bodies-bucket",
    "KeyPrefix": "bodies",
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for IAM without pauses."""
    monkeypatch.setattr(dispatch, "_PERMISSION_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(invocation_logging, "_PERMISSION_PAUSES", (0.0, 0.0))


@pytest.fixture
def stack(aws: FakeAws) -> FakeAws:
    """CloudFormation and the services."""
    aws.always("cloudformation:Response", Reply(""))
    return aws


def run(
    aws: FakeAws, kind: str, name: str, properties: dict[str, Any] | None = None, physical_id: str | None = None
) -> dict[str, Any]:
    """The answer to one event."""
    before = len(answers(aws))
    handler(event(aws, kind, f"Custom::{name}", properties, physical_id), Context())
    (answer,) = answers(aws)[before:]
    return answer


def test_fails_an_unknown_resource_type(stack: FakeAws) -> None:
    answer = run(stack, "Create", "Unheard")
    assert answer["Status"] == "FAILED"
    assert "Custom::PrimaryParameter" in answer["Reason"]


def test_waits_for_a_permission_that_iam_has_not_spread_yet(stack: FakeAws) -> None:
    stack.sequence("s3control:PutPublicAccessBlock", Reply(denied(), 403), Reply(denied(), 403), Reply(""))
    assert run(stack, "Create", "AccountPublicAccessBlock", {"AccountId": "222222222222"})["Status"] == "SUCCESS"


def test_fails_when_the_permission_never_comes(stack: FakeAws) -> None:
    stack.always("s3control:PutPublicAccessBlock", Reply(denied(), 403))
    answer = run(stack, "Create", "AccountPublicAccessBlock", {"AccountId": "222222222222"})
    assert (answer["Status"], "AccessDenied" in answer["Reason"]) == ("FAILED", True)
    assert len(stack.calls_of("s3control:PutPublicAccessBlock")) == 3


def denied() -> str:
    """An S3 error."""
    return "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


# ---- model invocation logging


def test_logging_is_put_on_create_and_on_update_under_one_identity(stack: FakeAws) -> None:
    stack.always("bedrock:PutLogging", Reply({}))
    created = run(stack, "Create", "ModelInvocationLogging", LOGGING)
    updated = run(stack, "Update", "ModelInvocationLogging", LOGGING | {"KeyPrefix": "new"}, "model-invocation-logging")
    assert [created["PhysicalResourceId"], updated["PhysicalResourceId"]] == ["model-invocation-logging"] * 2
    first, second = (call.body["loggingConfig"] for call in stack.calls_of("bedrock:PutLogging"))
    assert first == {
        "cloudWatchConfig": {
            "logGroupName": LOGGING["LogGroupName"],
            "roleArn": LOGGING["RoleArn"],
            "largeDataDeliveryS3Config": {"bucketName": "bodies-bucket", "keyPrefix": "bodies"},
        },
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": True,
        "embeddingDataDeliveryEnabled": True,
    }
    assert second["cloudWatchConfig"]["largeDataDeliveryS3Config"]["keyPrefix"] == "new"


def test_logging_waits_for_the_delivery_role(stack: FakeAws) -> None:
    unready = aws_error("ValidationException", "Failed to validate permissions for log group")
    stack.sequence("bedrock:PutLogging", unready, Reply({}))
    assert run(stack, "Create", "ModelInvocationLogging", LOGGING)["Status"] == "SUCCESS"


def test_fails_logging_when_the_delivery_role_never_works(stack: FakeAws) -> None:
    stack.always("bedrock:PutLogging", aws_error("ValidationException", "Failed to validate permissions"))
    answer = run(stack, "Create", "ModelInvocationLogging", LOGGING)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NEVER_CREATED)
    assert "GF-CRS-010" in answer["Reason"]


def test_fails_logging_at_once_for_another_error(stack: FakeAws) -> None:
    stack.always("bedrock:PutLogging", aws_error("ValidationException", "bad name"))
    assert "bad name" in run(stack, "Create", "ModelInvocationLogging", LOGGING)["Reason"]
    assert len(stack.calls_of("bedrock:PutLogging")) == 1


@pytest.mark.parametrize(("group", "deleted"), [(LOGGING["LogGroupName"], 1), ("/someone/elses", 0), (None, 0)])
def test_logging_is_removed_only_if_it_is_still_ours(stack: FakeAws, group: str | None, deleted: int) -> None:
    current = {"cloudWatchConfig": {"logGroupName": group, "roleArn": "arn:aws:iam::222222222222:role/x"}}
    stack.always("bedrock:GetLogging", Reply({"loggingConfig": current} if group else {}))
    stack.always("bedrock:DeleteLogging", Reply({}))
    answer = run(stack, "Delete", "ModelInvocationLogging", LOGGING, "model-invocation-logging")
    assert answer["Status"] == "SUCCESS"
    assert len(stack.calls_of("bedrock:DeleteLogging")) == deleted


def test_deleting_logging_that_was_never_created_touches_nothing(stack: FakeAws) -> None:
    assert run(stack, "Delete", "ModelInvocationLogging", {}, NEVER_CREATED)["Status"] == "SUCCESS"
    assert len(stack.calls) == 1


# ---- account-level public access block


def test_public_access_is_blocked_and_stays_so_on_delete(stack: FakeAws) -> None:
    stack.always("s3control:PutPublicAccessBlock", Reply(""))
    created = run(stack, "Create", "AccountPublicAccessBlock", {"AccountId": "222222222222"})
    deleted = run(stack, "Delete", "AccountPublicAccessBlock", {}, created["PhysicalResourceId"])
    assert [created["Status"], deleted["Status"]] == ["SUCCESS"] * 2
    (call,) = stack.calls_of("s3control:PutPublicAccessBlock")
    assert call.headers["x-amz-account-id"] == "222222222222"


# ---- parameter of the primary Region


def test_a_parameter_is_read_in_the_other_region_and_again_on_update(stack: FakeAws) -> None:
    def parameter(value: str) -> Reply:
        return Reply({"Parameter": {"Name": "/a/key", "Value": value}})

    stack.sequence("ssm:GetParameter", parameter("old"), parameter("new"))
    properties = {"Region": "eu-central-1", "Name": "/a/key"}
    created = run(stack, "Create", "PrimaryParameter", properties)
    updated = run(stack, "Update", "PrimaryParameter", properties | {"Nonce": "2"}, created["PhysicalResourceId"])
    assert [created["Data"], updated["Data"]] == [{"Value": "old"}, {"Value": "new"}]
    assert created["PhysicalResourceId"] == updated["PhysicalResourceId"] == "eu-central-1:/a/key"
    assert all("/eu-central-1/ssm/" in call.headers["authorization"] for call in stack.calls_of("ssm:GetParameter"))
    assert run(stack, "Delete", "PrimaryParameter", properties, "eu-central-1:/a/key")["Status"] == "SUCCESS"


@pytest.mark.parametrize(("region", "code"), [("eu-central-1", "GF-CRS-031"), ("evil.example.com/", "GF-CRS-030")])
def test_fails_for_a_parameter_or_a_region_that_does_not_exist(stack: FakeAws, region: str, code: str) -> None:
    stack.always("ssm:GetParameter", aws_error("ParameterNotFound"))
    answer = run(stack, "Create", "PrimaryParameter", {"Region": region, "Name": "/a/key"})
    assert (answer["Status"], code in answer["Reason"]) == ("FAILED", True)


# ---- default security group


def groups(*ids: str) -> Reply:
    """DescribeSecurityGroups."""
    items = "".join(f"<item><groupId>{each}</groupId><groupName>default</groupName></item>" for each in ids)
    return Reply(f"<R><securityGroupInfo>{items}</securityGroupInfo></R>")


def rules(*rules: tuple[str, str]) -> Reply:
    """DescribeSecurityGroupRules: (id, isEgress)."""
    items = "".join(
        f"<item><securityGroupRuleId>{each}</securityGroupRuleId><isEgress>{egress}</isEgress></item>"
        for each, egress in rules
    )
    return Reply(f"<R><securityGroupRuleSet>{items}</securityGroupRuleSet></R>")


def ec2_error(code: str) -> Reply:
    """An error of the EC2 query protocol."""
    return Reply(f"<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors></Response>", 400)


def test_a_default_security_group_loses_every_rule(stack: FakeAws) -> None:
    stack.always("ec2:DescribeSecurityGroups", groups("sg-1"))
    stack.always("ec2:DescribeSecurityGroupRules", rules(("sgr-in", "false"), ("sgr-out", "true")))
    stack.always("ec2:RevokeSecurityGroupIngress", Reply("<R><return>true</return></R>"))
    stack.always("ec2:RevokeSecurityGroupEgress", Reply("<R><return>true</return></R>"))
    answer = run(stack, "Create", "ClosedDefaultSecurityGroup", {"VpcId": "vpc-1"})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "default-security-group-vpc-1")
    for direction, rule in (("Ingress", "sgr-in"), ("Egress", "sgr-out")):
        (call,) = stack.calls_of(f"ec2:RevokeSecurityGroup{direction}")
        assert (call.body["GroupId"], call.body["SecurityGroupRuleId.1"]) == ("sg-1", rule)


def test_an_empty_default_security_group_is_left_alone_and_delete_restores_nothing(stack: FakeAws) -> None:
    stack.always("ec2:DescribeSecurityGroups", groups("sg-1"))
    stack.always("ec2:DescribeSecurityGroupRules", rules())
    assert run(stack, "Update", "ClosedDefaultSecurityGroup", {"VpcId": "vpc-1"}, "x")["Status"] == "SUCCESS"
    before = len(stack.calls)
    assert run(stack, "Delete", "ClosedDefaultSecurityGroup", {"VpcId": "vpc-1"}, "x")["PhysicalResourceId"] == "x"
    assert len(stack.calls) == before + 1


def test_rules_that_a_second_delivery_revoked_are_no_failure(stack: FakeAws) -> None:
    stack.always("ec2:DescribeSecurityGroups", groups("sg-1"))
    stack.always("ec2:DescribeSecurityGroupRules", rules(("sgr-in", "false"), ("sgr-out", "true")))
    stack.always("ec2:RevokeSecurityGroupIngress", ec2_error("InvalidSecurityGroupRuleId.NotFound"))
    stack.always("ec2:RevokeSecurityGroupEgress", Reply("<R><return>true</return></R>"))
    assert run(stack, "Create", "ClosedDefaultSecurityGroup", {"VpcId": "vpc-1"})["Status"] == "SUCCESS"
    assert len(stack.calls_of("ec2:RevokeSecurityGroupEgress")) == 1


def test_fails_for_a_vpc_without_a_default_security_group(stack: FakeAws) -> None:
    stack.always("ec2:DescribeSecurityGroups", groups())
    assert "GF-CRS-020" in run(stack, "Create", "ClosedDefaultSecurityGroup", {"VpcId": "vpc-1"})["Reason"]


# ---- prefix lists of the gateway endpoints


def prefix_lists(**ids: str) -> Reply:
    """DescribePrefixLists."""
    items = "".join(
        f"<item><prefixListId>{each}</prefixListId><prefixListName>com.amazonaws.eu-west-1.{service}</prefixListName></item>"
        for service, each in ids.items()
    )
    return Reply(f"<R><prefixListSet>{items}</prefixListSet></R>")


def test_prefix_lists_of_both_gateway_endpoints_are_found(stack: FakeAws) -> None:
    stack.always("ec2:DescribePrefixLists", prefix_lists(s3="pl-1", dynamodb="pl-2"))
    answer = run(stack, "Create", "GatewayPrefixLists", {"Region": "eu-west-1"})
    assert answer["Data"] == {"S3": "pl-1", "DynamoDb": "pl-2"}


def test_fails_when_a_prefix_list_is_missing(stack: FakeAws) -> None:
    stack.always("ec2:DescribePrefixLists", prefix_lists(s3="pl-1"))
    assert "DynamoDb: GF-CRS-040" in run(stack, "Create", "GatewayPrefixLists", {"Region": "eu-west-1"})["Reason"]
