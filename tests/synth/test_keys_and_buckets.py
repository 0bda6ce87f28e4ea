"""Encryption keys, buckets, queues, topics and tables (SEC-1)."""

from foundation.checks.assembly import Assembly, Resource
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from tests.synth.templates import every, policy_statements, stack, where

PUBLIC_ACCESS = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
CUSTOMER_KEYS = (
    "security/data-key-arn",
    "security/logs-key-arn",
    "LogsKey",
    "DataKey",
    "TrailArchiveKey",
    "GoldenDatasetsKey",
    "ReleaseBucketKey",
)
# Objects that are written once, and by which key each release is read.
RELEASES = "ReleaseBucket"


def is_customer_key(value: object) -> bool:
    """Whether a template value names one of the platform's own keys."""
    return any(name in text(value) for name in CUSTOMER_KEYS)


def test_every_key_rotates_and_is_retained_through_the_longest_waiting_period(assembly: Assembly) -> None:
    for key in every(assembly, "AWS::KMS::Key"):
        # KMS rotates neither HMAC nor asymmetric keys.
        fixed = key.properties.get("KeyUsage") in ("GENERATE_VERIFY_MAC", "SIGN_VERIFY")
        assert fixed or key.properties["EnableKeyRotation"] is True, where(key)
        assert key.properties["PendingWindowInDays"] == 30, where(key)
    for key in every(assembly, "AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        assert key.body["DeletionPolicy"].startswith("Retain"), where(key)
        assert key.body["UpdateReplacePolicy"] == "Retain", where(key)


def reads_a_prefix(statement: Statement) -> bool:
    """Whether it lets another account of the organisation decrypt objects of a prefix, through S3, and nothing else."""
    keys = {key for _, key, _ in statement.conditions}
    needed = {"aws:principalorgid", "kms:viaservice", "kms:encryptioncontext:aws:s3:arn"}
    return statement.actions == ["kms:Decrypt"] and needed <= keys


def test_no_key_policy_allows_everybody_or_another_account(assembly: Assembly) -> None:
    for key in every(assembly, "AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        for statement in policy_statements(key):
            own = f"arn:aws:iam::{key.stack.account}:root"
            read_elsewhere = key.logical_id.startswith(("GoldenDatasetsKey", "ReleaseBucketKey"))
            # tests/synth/test_pipeline_signing.py has who signs and verifies.
            signing = key.properties.get("KeyUsage") == "SIGN_VERIFY"
            assert signing or statement.principals in ([], [own]) or (read_elsewhere and reads_a_prefix(statement)), (
                where(key)
            )
            assert not any("*" in action for action in statement.actions), where(key)
            if statement.services:
                assert statement.conditions, f"{where(key)}: {statement.body['Sid']} has no confused-deputy condition"


def test_every_account_s_data_key_has_a_replica_in_the_recovery_region(assembly: Assembly) -> None:
    for stage in assembly.stages:
        primary = stack(assembly, f"{stage}/Security").template["Resources"]["DataKey"]
        replica = stack(assembly, f"{stage}/RecoverySecurity").template["Resources"]["DataKey"]
        assert primary["Properties"]["MultiRegion"] is True
        assert replica["Type"] == "AWS::KMS::ReplicaKey"
        assert text(replica["Properties"]["PrimaryKeyArn"]) == "<PrimaryDataKey.Value>"


def policy_of(bucket: Resource) -> Resource:
    """The bucket's policy, in the same stack."""
    (policy,) = [
        each
        for each in bucket.stack.of_type("AWS::S3::BucketPolicy")
        if each.properties["Bucket"] == {"Ref": bucket.logical_id}
    ]
    return policy


def test_every_bucket_is_private_versioned_and_encrypted(assembly: Assembly) -> None:
    for bucket in every(assembly, "AWS::S3::Bucket"):
        properties = bucket.properties
        assert {name for name in PUBLIC_ACCESS if properties["PublicAccessBlockConfiguration"][name]} == PUBLIC_ACCESS
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, where(bucket)
        assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}], where(bucket)
        assert "AccessControl" not in properties
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        if bucket.logical_id == "AccessLogs":
            # S3 delivers access logs to SSE-S3 buckets only.
            assert default == {"SSEAlgorithm": "AES256"}
        else:
            assert default["SSEAlgorithm"] == "aws:kms", where(bucket)
            assert is_customer_key(default["KMSMasterKeyID"]), where(bucket)


def test_every_bucket_denies_plain_http_and_old_tls_for_all_its_objects(assembly: Assembly) -> None:
    for bucket in every(assembly, "AWS::S3::Bucket"):
        denies = [each for each in policy_statements(policy_of(bucket)) if not each.allows]
        arn = f"<{bucket.logical_id}.Arn>"
        if bucket.logical_id.startswith(RELEASES):  # see tests/synth/test_pipeline_store.py
            denies = [each for each in denies if each.resources != [f"{arn}/releases/*"]]
        assert sorted(each.conditions[0] for each in denies) == [
            ("bool", "aws:securetransport", ["false"]),
            ("numericlessthan", "s3:tlsversion", ["1.2"]),
        ], where(bucket)
        for each in denies:
            assert each.principals == ["*"]
            assert each.actions == ["s3:*"]
            assert each.resources == [arn, f"{arn}/*"], where(bucket)


def test_no_bucket_policy_lets_in_but_services_of_known_accounts_and_readers_of_golden_datasets(
    assembly: Assembly,
) -> None:
    for bucket in every(assembly, "AWS::S3::Bucket"):
        for each in policy_statements(policy_of(bucket)):
            keys = {key for _, key, _ in each.conditions}
            if each.allows and bucket.logical_id.startswith(("GoldenDatasets", RELEASES)):
                assert "aws:principalorgid" in keys, f"{where(bucket)}: {each.body['Sid']}"
                assert set(each.actions) <= {"s3:GetObject", "s3:ListBucket"}, f"{where(bucket)}: {each.body['Sid']}"
            elif each.allows:
                assert each.principals == [], where(bucket)
                assert keys & {"aws:sourceaccount", "aws:sourcearn"}, f"{where(bucket)}: {each.body['Sid']}"


def test_every_bucket_but_the_log_bucket_logs_its_access(assembly: Assembly) -> None:
    for bucket in every(assembly, "AWS::S3::Bucket"):
        logging = bucket.properties.get("LoggingConfiguration")
        if bucket.logical_id == "AccessLogs":
            assert logging is None
            continue
        assert logging is not None, where(bucket)
        assert text(logging["DestinationBucketName"]) in (
            "<AccessLogs>",
            "{{resolve:ssm:/genai-foundation/security/access-log-bucket}}",
            "<SecurityAccessLogBucket>",
        ), where(bucket)
        assert logging["LogFilePrefix"].endswith("/")


def test_access_logs_of_two_buckets_never_share_a_prefix(assembly: Assembly) -> None:
    prefixes: set[tuple[str, str, str]] = set()
    for bucket in every(assembly, "AWS::S3::Bucket"):
        if "LoggingConfiguration" in bucket.properties:
            prefix = bucket.properties["LoggingConfiguration"]["LogFilePrefix"]
            entry = (bucket.stack.account, bucket.stack.region, prefix)
            assert entry not in prefixes
            prefixes.add(entry)


def test_the_governance_and_producer_accounts_have_their_data_buckets(assembly: Assembly) -> None:
    def buckets(path: str) -> set[str]:
        return {each.logical_id for each in stack(assembly, path).of_type("AWS::S3::Bucket")}

    assert buckets("data-governance/Data") == {"Documents", "GoldenDatasets", "Lineage"}
    assert buckets("data-producer-crm/Data") == {"Sources"}


def test_queues_and_topics_are_encrypted_and_closed_to_plain_http(assembly: Assembly) -> None:
    for resource in every(assembly, "AWS::SQS::Queue", "AWS::SNS::Topic"):
        assert is_customer_key(resource.properties["KmsMasterKeyId"]), where(resource)
    for policy in every(assembly, "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        denies = [each for each in policy_statements(policy) if not each.allows]
        assert [each.conditions for each in denies] == [[("bool", "aws:securetransport", ["false"])]], where(policy)
        assert all(not each.principals for each in policy_statements(policy) if each.allows), where(policy)


def test_every_table_is_encrypted_recoverable_and_protected(assembly: Assembly) -> None:
    tables = every(assembly, "AWS::DynamoDB::GlobalTable")
    assert {table.stack.path for table in tables} == {
        *(f"{stage}/{twin}ModelAccess" for stage in ("dev", "pre-prod", "prod") for twin in ("", "Recovery")),
        *(f"{stage}/{name}" for stage in ("dev", "pre-prod", "prod") for name in ("Evaluation", "Live")),
        "shared/Pipeline",
    }
    for table in tables:
        assert table.properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        ledger = table.stack.path == "shared/Pipeline"  # what happened to a release stays
        expiry = None if ledger else {"AttributeName": "expires_at", "Enabled": True}
        assert table.properties.get("TimeToLiveSpecification") == expiry, where(table)
        (replica,) = table.properties["Replicas"]
        assert replica["Region"] == table.stack.region
        assert replica["DeletionProtectionEnabled"] is True
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert is_customer_key(replica["SSESpecification"]["KMSMasterKeyId"])
