"""Trails and their locked archive, threat detection, invocation logs, account-wide blocks (SEC-4)."""

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.intrinsics import text
from stacks.settings import Settings
from tests.synth.templates import TWINS, WORKLOADS, every, only, policy_statements, stack, where

SECURITY = [("Security", "eu-west-1"), ("RecoverySecurity", "eu-central-1")]


@pytest.mark.parametrize(("name", "region"), SECURITY)
def test_the_archive_is_locked_in_compliance_mode_for_the_configured_time(
    assembly: Assembly, settings: Settings, name: str, region: str
) -> None:
    archive = stack(assembly, f"shared/{name}").template["Resources"]["TrailArchiveBucketAECD7E52"]["Properties"]
    assert archive["BucketName"] == f"genai-foundation-trail-111111111111-{region}"
    assert archive["ObjectLockEnabled"] is True
    assert archive["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": settings.retention.trail_days}},
    }


@pytest.mark.parametrize(("name", "region"), SECURITY)
def test_the_archive_admits_the_trail_of_every_account_and_no_other(
    assembly: Assembly, settings: Settings, name: str, region: str
) -> None:
    shared = stack(assembly, f"shared/{name}")
    trails = {
        f"arn:aws:cloudtrail:{region}:{account.id}:trail/"
        + only(stack(assembly, f"{account.stage}/{name}").of_type("AWS::CloudTrail::Trail")).properties["TrailName"]
        for account in settings.accounts
    }
    assert len(trails) == len(settings.accounts)
    policy = only(p for p in shared.of_type("AWS::S3::BucketPolicy") if "TrailArchive" in p.logical_id)
    allowed = [each for each in policy_statements(policy) if each.allows]
    assert sorted(action for each in allowed for action in each.actions) == ["s3:GetBucketAcl", "s3:PutObject"]
    for each in allowed:
        assert each.services == ["cloudtrail.amazonaws.com"]
        sources = next(values for _, key, values in each.conditions if key == "aws:sourcearn")
        assert set(sources) == trails
    deliver = next(each for each in allowed if each.actions == ["s3:PutObject"])
    assert {path.rpartition("/AWSLogs/")[2] for path in deliver.resources} == {f"{a.id}/*" for a in settings.accounts}
    key = only(k for k in shared.of_type("AWS::KMS::Key") if "TrailArchive" in k.logical_id)
    encrypt = next(each for each in policy_statements(key) if "kms:GenerateDataKey" in each.actions and each.services)
    assert set(next(values for _, name_, values in encrypt.conditions if name_ == "aws:sourcearn")) == trails


def test_every_account_s_trail_delivers_to_the_shared_archive_of_its_region(assembly: Assembly) -> None:
    trails = every(assembly, "AWS::CloudTrail::Trail")
    assert len(trails) == 2 * len(assembly.stages)
    for trail in trails:
        region = trail.stack.region
        archive = stack(assembly, "shared/Security" if region == "eu-west-1" else "shared/RecoverySecurity")
        bucket = only(b for b in archive.of_type("AWS::S3::Bucket") if "TrailArchive" in b.logical_id)
        alias = only(a for a in archive.of_type("AWS::KMS::Alias") if "TrailArchive" in a.logical_id)
        assert text(trail.properties["S3BucketName"]) == bucket.properties["BucketName"]
        key = f"arn:aws:kms:{region}:111111111111:{alias.properties['AliasName']}"
        assert trail.properties["KMSKeyId"] == key, where(trail)


def test_trails_log_validated_management_and_data_events(assembly: Assembly) -> None:
    for trail in every(assembly, "AWS::CloudTrail::Trail"):
        properties = trail.properties
        assert properties["IsLogging"] is True
        assert properties["EnableLogFileValidation"] is True
        assert properties["IsMultiRegionTrail"] is (trail.stack.region == "eu-west-1")
        assert properties["IncludeGlobalServiceEvents"] is properties["IsMultiRegionTrail"]
        fields = [
            {field["Field"]: field["Equals"] for field in selector["FieldSelectors"] if "Equals" in field}
            for selector in properties["AdvancedEventSelectors"]
        ]
        assert {"eventCategory": ["Management"]} in fields
        logged = {each["resources.type"][0] for each in fields if "resources.type" in each}
        assert {"AWS::Bedrock::Model", "AWS::Bedrock::Guardrail", "AWS::S3::Object", "AWS::Lambda::Function"} <= logged
        assert properties["CloudWatchLogsLogGroupArn"]
        assert properties["CloudWatchLogsRoleArn"]


def test_no_two_trails_of_an_account_share_a_name(assembly: Assembly) -> None:
    """A multi-Region trail takes its name in every Region."""
    names = [
        (trail.stack.account, trail.properties["TrailName"]) for trail in every(assembly, "AWS::CloudTrail::Trail")
    ]
    assert len(names) == len(set(names))


def test_guardduty_and_access_analyzer_watch_every_account_and_region(assembly: Assembly) -> None:
    for stage in assembly.stages:
        for twin in TWINS:
            security = stack(assembly, f"{stage}/{twin}Security")
            detector = only(security.of_type("AWS::GuardDuty::Detector")).properties
            assert detector["Enable"] is True
            features = {each["Name"] for each in detector["Features"] if each["Status"] == "ENABLED"}
            assert {"S3_DATA_EVENTS", "LAMBDA_NETWORK_LOGS"} <= features
            assert only(security.of_type("AWS::AccessAnalyzer::Analyzer")).properties["Type"] == "ACCOUNT"


def test_public_access_is_blocked_once_for_each_account(assembly: Assembly) -> None:
    blocks = every(assembly, "Custom::AccountPublicAccessBlock")
    assert {(b.stack.path, b.properties["AccountId"]) for b in blocks} == {
        (f"{each.stage}/Security", each.account) for each in assembly.stacks
    }


def test_model_invocations_are_logged_in_every_workload_account_and_region(assembly: Assembly) -> None:
    found = every(assembly, "Custom::ModelInvocationLogging")
    assert {each.stack.path for each in found} == {f"{stage}/{twin}Security" for stage in WORKLOADS for twin in TWINS}
    for each in found:
        resources = each.stack.template["Resources"]
        group = resources[each.properties["LogGroupName"]["Ref"]]
        bucket = resources[each.properties["BucketName"]["Ref"]]
        assert (group["Type"], bucket["Type"]) == ("AWS::Logs::LogGroup", "AWS::S3::Bucket")
        role = resources[each.properties["RoleArn"]["Fn::GetAtt"][0]]["Properties"]["AssumeRolePolicyDocument"]
        (trust,) = role["Statement"]
        assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": each.stack.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:{each.stack.region}:{each.stack.account}:*"},
        }
        policy = only(
            p
            for p in each.stack.of_type("AWS::S3::BucketPolicy")
            if p.properties["Bucket"] == each.properties["BucketName"]
        )
        (deliver,) = [statement for statement in policy_statements(policy) if statement.allows]
        assert deliver.resources[0].endswith(
            f"/{each.properties['KeyPrefix']}/AWSLogs/{each.stack.account}/BedrockModelInvocationLogs/*"
        )
