"""Buckets and tables: every property that protects data is kept."""

from __future__ import annotations

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, RECOVERY, REGION, Resources, delete, deploy
from tests.local.target.test_survival import KEY_POLICY

pytestmark = pytest.mark.local

KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY, "MultiRegion": True}}


def test_a_bucket_keeps_encryption_lock_logging_lifecycle_and_replication(target: Target) -> None:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    resources: Resources = {
        "Key": KEY,
        "Logs": {"Type": "AWS::S3::Bucket"},
        "Copy": {"Type": "AWS::S3::Bucket", "Properties": versioned},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "B": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                **versioned,
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [{
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "Key"}},
                }]},
                "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "b/"},
                "ObjectLockEnabled": True,
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled",
                    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
                },
                "LifecycleConfiguration": {"Rules": [
                    {"Id": "old", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}},
                ]},
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": True},
                "ReplicationConfiguration": {
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Rules": [{
                        "Id": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
                        "DeleteMarkerReplication": {"Status": "Enabled"},
                        "Destination": {"Bucket": {"Fn::GetAtt": ["Copy", "Arn"]}},
                    }],
                },
                "Tags": [{"Key": "cost-centre", "Value": "42"}],
            },
        },
    }  # fmt: skip
    stack = deploy(target, "bucket", resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    s3, name = target.client("s3", DEV, REGION), stack.resources["B"]
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": stack.resources["Key"]
    }  # fmt: skip
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetPrefix"] == "b/"
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}
    (aged,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (aged["ID"], aged["NoncurrentVersionExpiration"]["NoncurrentDays"]) == ("old", 90)
    assert s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"][0]["ID"] == "all"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] is True
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "cost-centre", "Value": "42"}]
    written = s3.put_object(Bucket=name, Key="x", Body=b"1", ServerSideEncryption="aws:kms")
    assert written["SSEKMSKeyId"] == stack.resources["Key"]
    del resources["B"]["Properties"]["BucketEncryption"]
    assert deploy(target, "bucket", resources).status == "UPDATE_COMPLETE"
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_aws_kms_without_a_key_means_the_managed_key(target: Target) -> None:
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    bucket = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": encryption}}}
    name = deploy(target, "managed", bucket).resources["B"]
    s3 = target.client("s3", DEV, REGION)
    written = s3.put_object(Bucket=name, Key="x", Body=b"1", ServerSideEncryption="aws:kms")
    assert written["SSEKMSKeyId"].endswith("alias/aws/s3")


def test_a_global_table_has_its_replica_with_key_recovery_and_expiry(target: Target) -> None:
    key = {"SSESpecification": {"KMSMasterKeyId": {"Ref": "K"}}}
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    table = {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires_at"},
            "Replicas": [{"Region": REGION, **key, **recovery}, {"Region": RECOVERY, **key, **recovery}],
        },
    }
    stack = deploy(target, "global-table", {"K": KEY, "T": table})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    name = stack.resources["T"]
    for region in (REGION, RECOVERY):
        api = target.client("dynamodb", DEV, region)
        described = api.describe_table(TableName=name)["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == stack.resources["K"]
        backups = api.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        ttl = api.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    target.client("dynamodb", DEV, REGION).put_item(TableName=name, Item={"id": {"S": "1"}})
    assert target.client("dynamodb", DEV, RECOVERY).get_item(TableName=name, Key={"id": {"S": "1"}})["Item"]
    assert delete(target, "global-table") == "DELETE_COMPLETE"
    assert name not in target.client("dynamodb", DEV, RECOVERY).list_tables()["TableNames"]
