"""Sessions in the workload accounts, at the wire."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from genai_runtime.release.accounts import Accounts, Credentials, parameter
from genai_runtime.release.errors import PARAMETER_MISSING, ROLE_DENIED
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import NOW
from tests.unit.runtime.fake_aws import FakeAws, Reply, aws_error, serving

ACCOUNTS = {"dev": "222222222222", "pre-prod": "333333333333", "prod": "444444444444"}
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>token-of-role</SessionToken>
<Expiration>2026-09-10T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def failure(code: str) -> Reply:
    return Reply(f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>", 403)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "111111111111")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        server.always("ec2:AssumeRole", Reply(ASSUMED))
        yield server


@pytest.fixture
def accounts(aws: FakeAws) -> Accounts:
    return Accounts(boto3.client("sts", region_name="eu-west-1"), ACCOUNTS, "eu-west-1")  # type: ignore[arg-type]


def test_a_role_of_the_environment_s_account_reads_what_is_published_there(aws: FakeAws, accounts: Accounts) -> None:
    aws.always("ssm:GetParameter", Reply({"Parameter": {"Name": "n", "Value": "runs-bucket"}}))
    session = accounts.session("pre-prod", "evaluator", "release-evidence")
    assert parameter(session, "/genai-foundation/evaluation/bucket") == "runs-bucket"
    asked = aws.calls_of("ec2:AssumeRole")[0].body
    assert asked["RoleArn"] == "arn:aws:iam::333333333333:role/genai-foundation-release-evaluator"
    assert asked["DurationSeconds"] == "900"
    assert asked.keys() == {"Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds"}
    assert aws.calls_of("ssm:GetParameter")[0].headers["x-amz-security-token"] == "token-of-role"


def test_tags_go_along_into_further_roles(aws: FakeAws, accounts: Accounts) -> None:
    made = accounts.assume("prod", "deployer", "x" * 80, seconds=3600, tags={"manifest": "m", "environment": "prod"})
    asked = aws.calls_of("ec2:AssumeRole")[0].body
    assert {key: value for key, value in asked.items() if key.startswith(("Tags", "Trans"))} == {
        "Tags.member.1.Key": "environment", "Tags.member.1.Value": "prod",
        "Tags.member.2.Key": "manifest", "Tags.member.2.Value": "m",
        "TransitiveTagKeys.member.1": "environment", "TransitiveTagKeys.member.2": "manifest",
    }  # fmt: skip
    assert len(asked["RoleSessionName"]) == 64
    assert made.access_key_id == "ASIAEXAMPLE"


def test_fails_when_a_role_can_not_be_assumed(aws: FakeAws, accounts: Accounts) -> None:
    aws.always("ec2:AssumeRole", failure("AccessDenied"))
    with refuses(ROLE_DENIED, "role/genai-foundation-release-activator", "ReleaseAccess of dev"):
        accounts.session("dev", "activator", "session")


def test_fails_otherwise_with_the_service_s_own_error(aws: FakeAws, accounts: Accounts) -> None:
    aws.always("ec2:AssumeRole", failure("ExpiredToken"))
    with pytest.raises(ClientError, match="ExpiredToken"):
        accounts.session("dev", "activator", "session")


def test_fails_when_a_stack_has_not_published_its_parameter(aws: FakeAws, accounts: Accounts) -> None:
    aws.always("ssm:GetParameter", aws_error("ParameterNotFound"))
    with refuses(PARAMETER_MISSING, "/genai-foundation/evaluation/bucket"):
        parameter(accounts.session("dev", "evaluator", "session"), "/genai-foundation/evaluation/bucket")


def test_credentials_do_not_show_in_texts() -> None:
    assert "secret-key" not in repr(Credentials("A", "secret-key", "t", NOW))
    assert "secret-key" not in str(Credentials("A", "secret-key", "t", NOW))
