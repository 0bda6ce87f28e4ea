"""For each checker: a resource, what the target answers for it, and tampered answers with the property that must differ."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

KEY = "arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("1111", "9999")
ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [ROOT]}
WIDE = {"Version": "2012-10-17", "Statement": [{**ROOT, "Principal": {"AWS": "*"}}]}
EXTRA = {"Version": "2012-10-17", "Statement": [ROOT, {**ROOT, "Principal": {"AWS": "*"}}]}
AT = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Case:
    type: str
    physical_id: str
    properties: dict[str, Any]
    answers: dict[tuple[str, str], Any]
    tampered: tuple[tuple[tuple[Any, ...], Any, str], ...]
    """(path into the answers, value, property that differs)."""
    others: tuple[tuple[str, str, dict[str, Any]], ...] = field(default=())
    """(type, physical id, properties) of other resources of the account."""


BLOCKS = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
_ENCRYPTION = ("s3", "get_bucket_encryption", "ServerSideEncryptionConfiguration", "Rules", 0)
_LOCK = ("s3", "get_object_lock_configuration", "ObjectLockConfiguration")

S3 = (
    Case(
        "AWS::S3::Bucket",
        "records",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
                ]
            },
            "PublicAccessBlockConfiguration": BLOCKS,
            "VersioningConfiguration": {"Status": "Enabled"},
            "ObjectLockEnabled": True,
            "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}},
            "LoggingConfiguration": {"DestinationBucketName": "logs", "LogFilePrefix": "records/"},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
        {
            ("s3", "get_bucket_encryption"): {
                "ServerSideEncryptionConfiguration": {
                    "Rules": [
                        {
                            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY.rpartition("/")[2]},
                            "BucketKeyEnabled": True,
                        }
                    ]
                }
            },
            ("s3", "get_public_access_block"): {"PublicAccessBlockConfiguration": BLOCKS},
            ("s3", "get_bucket_versioning"): {"Status": "Enabled"},
            ("s3", "get_object_lock_configuration"): {
                "ObjectLockConfiguration": {
                    "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}
                }
            },
            ("s3", "get_bucket_logging"): {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "records/"}},
            ("s3", "get_bucket_ownership_controls"): {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            ("s3", "get_bucket_policy"): "NoSuchBucketPolicy",
        },
        (
            (("s3", "get_bucket_encryption"), "ServerSideEncryptionConfigurationNotFoundError", "Encryption.Algorithm"),
            ((*_ENCRYPTION, "ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"), OTHER_KEY, "Encryption.Key"),
            ((*_ENCRYPTION, "BucketKeyEnabled"), False, "Encryption.BucketKey"),
            (("s3", "get_public_access_block"), "NoSuchPublicAccessBlockConfiguration", "PublicAccessBlock.BlockPublicAcls"),
            (("s3", "get_public_access_block", "PublicAccessBlockConfiguration", "BlockPublicPolicy"), False,
             "PublicAccessBlock.BlockPublicPolicy"),
            (("s3", "get_bucket_versioning", "Status"), "Suspended", "Versioning"),
            (("s3", "get_object_lock_configuration"), "ObjectLockConfigurationNotFoundError", "ObjectLock"),
            ((*_LOCK, "Rule", "DefaultRetention", "Days"), 1, "ObjectLock.Days"),
            (("s3", "get_bucket_logging"), {}, "Logging.Bucket"),
            (("s3", "get_bucket_ownership_controls"), "OwnershipControlsNotFoundError", "Ownership"),
            (("s3", "get_bucket_policy"), {"Policy": json.dumps(WIDE)}, "Policy"),
        ),
    ),
    Case(
        "AWS::S3::BucketPolicy",
        "records",
        {"Bucket": "records", "PolicyDocument": POLICY},
        {("s3", "get_bucket_policy"): {"Policy": json.dumps(POLICY)}},
        (
            (("s3", "get_bucket_policy"), {"Policy": json.dumps(WIDE)}, "PolicyDocument"),
            (("s3", "get_bucket_policy"), {"Policy": json.dumps(EXTRA)}, "PolicyDocument"),
            (("s3", "get_bucket_policy"), "NoSuchBucketPolicy", "PolicyDocument"),
        ),
    ),
)  # fmt: skip

_KEY_ANSWERS = {
    ("kms", "get_key_policy"): {"Policy": json.dumps(POLICY)},
    ("kms", "describe_key"): {
        "KeyMetadata": {
            "KeyId": "k", "Enabled": True, "MultiRegion": True, "KeySpec": "SYMMETRIC_DEFAULT",
            "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA", "PrimaryKey": {"Arn": KEY, "Region": "eu-west-1"}},
        }
    },
    ("kms", "get_key_rotation_status"): {"KeyRotationEnabled": True, "RotationPeriodInDays": 365},
}  # fmt: skip
KMS = (
    Case(
        "AWS::KMS::Key",
        "11111111-2222-3333-4444-555555555555",
        {"KeyPolicy": POLICY, "EnableKeyRotation": True, "RotationPeriodInDays": 365, "MultiRegion": True},
        _KEY_ANSWERS,
        (
            (("kms", "get_key_policy"), {"Policy": json.dumps(WIDE)}, "KeyPolicy"),
            (("kms", "get_key_policy"), {"Policy": json.dumps(EXTRA)}, "KeyPolicy"),
            (("kms", "get_key_rotation_status", "KeyRotationEnabled"), False, "EnableKeyRotation"),
            (("kms", "get_key_rotation_status", "RotationPeriodInDays"), 2000, "RotationPeriodInDays"),
            (("kms", "describe_key", "KeyMetadata", "Enabled"), False, "Enabled"),
            (("kms", "describe_key", "KeyMetadata", "MultiRegion"), False, "MultiRegion"),
        ),
    ),
    Case(
        "AWS::KMS::ReplicaKey",
        "mrk-1",
        {"KeyPolicy": POLICY, "PrimaryKeyArn": KEY},
        _KEY_ANSWERS,
        (
            (("kms", "get_key_policy"), {"Policy": json.dumps(WIDE)}, "KeyPolicy"),
            (
                ("kms", "describe_key", "KeyMetadata", "MultiRegionConfiguration", "PrimaryKey", "Arn"),
                OTHER_KEY,
                "PrimaryKeyArn",
            ),
        ),
    ),
    Case(
        "AWS::KMS::Alias",
        "alias/data",
        {"AliasName": "alias/data", "TargetKeyId": KEY},
        {("kms", "list_aliases"): {"Aliases": [{"AliasName": "alias/data", "TargetKeyId": KEY.rpartition("/")[2]}]}},
        ((("kms", "list_aliases", "Aliases", 0, "TargetKeyId"), "other", "TargetKeyId"),),
    ),
)

_PERMISSION = {
    "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}], "UserIdGroupPairs": [],
    "Ipv6Ranges": [], "PrefixListIds": [],
}  # fmt: skip
_ANYWHERE = {**_PERMISSION, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_GROUP = {"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": [_PERMISSION], "IpPermissionsEgress": []}
_ROUTES = {
    "RouteTableId": "rtb-1",
    "Routes": [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
    ],
    "Associations": [{"SubnetId": "subnet-1"}],
}
_ENDPOINT = {
    "VpcEndpointId": "vpce-1", "PolicyDocument": json.dumps(POLICY), "ServiceName": "com.amazonaws.eu-west-1.bedrock-runtime",
    "VpcId": "vpc-1", "VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": ["subnet-2", "subnet-1"],
    "Groups": [{"GroupId": "sg-1"}], "RouteTableIds": [],
}  # fmt: skip
_E = ("ec2", "describe_vpc_endpoints", "VpcEndpoints", 0)


def _vpc_attribute(request: dict[str, Any]) -> dict[str, Any]:
    name = request["Attribute"]
    return {name[0].upper() + name[1:]: {"Value": True}}


NETWORK = (
    Case(
        "AWS::EC2::VPC",
        "vpc-1",
        {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True},
        {
            ("ec2", "describe_vpcs"): {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]},
            ("ec2", "describe_vpc_attribute"): _vpc_attribute,
            ("ec2", "describe_internet_gateways"): {"InternetGateways": []},
        },
        (
            (("ec2", "describe_vpcs", "Vpcs", 0, "CidrBlock"), "10.9.0.0/16", "CidrBlock"),
            (("ec2", "describe_internet_gateways"), {"InternetGateways": [{"InternetGatewayId": "igw-1"}]}, "InternetGateways"),
            (("ec2", "describe_vpc_attribute"), lambda r: {r["Attribute"][0].upper() + r["Attribute"][1:]: {"Value": False}}, "EnableDnsSupport"),
        ),
    ),
    Case(
        "AWS::EC2::Subnet",
        "subnet-1",
        {"CidrBlock": "10.0.0.0/24", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "MapPublicIpOnLaunch": False},
        {
            ("ec2", "describe_subnets"): {
                "Subnets": [{"CidrBlock": "10.0.0.0/24", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "MapPublicIpOnLaunch": False}]
            }
        },
        (
            (("ec2", "describe_subnets", "Subnets", 0, "MapPublicIpOnLaunch"), True, "MapPublicIpOnLaunch"),
            (("ec2", "describe_subnets", "Subnets", 0, "VpcId"), "vpc-9", "VpcId"),
        ),
    ),
    Case(
        "AWS::EC2::RouteTable",
        "rtb-1",
        {"VpcId": "vpc-1"},
        {("ec2", "describe_route_tables"): {"RouteTables": [_ROUTES]}},
        (
            (("ec2", "describe_route_tables", "RouteTables", 0, "Routes", 1),
             {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}, "Routes"),
            (("ec2", "describe_route_tables", "RouteTables", 0, "Associations"), [], "Subnets"),
        ),
        (("AWS::EC2::SubnetRouteTableAssociation", "assoc-1", {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"}),),
    ),
    Case(
        "AWS::EC2::SecurityGroup",
        "sg-1",
        {
            "VpcId": "vpc-1",
            "SecurityGroupEgress": [],
        },
        {("ec2", "describe_security_groups"): {"SecurityGroups": [_GROUP]}},
        (
            (("ec2", "describe_security_groups", "SecurityGroups", 0, "IpPermissions"), [_ANYWHERE], "Ingress"),
            (("ec2", "describe_security_groups", "SecurityGroups", 0, "IpPermissions"), [_PERMISSION, _ANYWHERE], "Ingress"),
            (("ec2", "describe_security_groups", "SecurityGroups", 0, "IpPermissionsEgress"), [_ANYWHERE], "Egress"),
        ),
        (("AWS::EC2::SecurityGroupIngress", "sgr-1",
          {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": "443", "ToPort": 443, "CidrIp": "10.0.0.0/16"}),),
    ),
    Case(
        "Custom::ClosedDefaultSecurityGroup",
        "default-security-group-vpc-1",
        {"VpcId": "vpc-1"},
        {("ec2", "describe_security_groups"): {"SecurityGroups": [{**_GROUP, "IpPermissions": []}]}},
        ((("ec2", "describe_security_groups", "SecurityGroups", 0, "IpPermissions"), [_ANYWHERE], "Rules"),),
    ),
    Case(
        "AWS::EC2::VPCEndpoint",
        "vpce-1",
        {
            "PolicyDocument": POLICY, "ServiceName": "com.amazonaws.eu-west-1.bedrock-runtime", "VpcId": "vpc-1",
            "VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"],
        },
        {("ec2", "describe_vpc_endpoints"): {"VpcEndpoints": [_ENDPOINT]}},
        (
            ((*_E, "PolicyDocument"), json.dumps(WIDE), "PolicyDocument"),
            ((*_E, "PolicyDocument"), json.dumps(EXTRA), "PolicyDocument"),
            ((*_E, "PrivateDnsEnabled"), False, "PrivateDnsEnabled"),
            ((*_E, "SubnetIds"), ["subnet-1"], "SubnetIds"),
            ((*_E, "Groups"), [{"GroupId": "sg-9"}], "SecurityGroupIds"),
        ),
    ),
    Case(
        "AWS::EC2::FlowLog",
        "fl-1",
        {"ResourceId": "vpc-1", "ResourceType": "VPC", "TrafficType": "ALL", "LogDestination": "arn:aws:logs:eu-west-1:222222222222:log-group:flow:*"},
        {
            ("ec2", "describe_flow_logs"): {
                "FlowLogs": [{"ResourceId": "vpc-1", "TrafficType": "ALL", "LogDestination": "arn:aws:logs:eu-west-1:222222222222:log-group:flow"}]
            }
        },
        (
            (("ec2", "describe_flow_logs", "FlowLogs", 0, "TrafficType"), "REJECT", "TrafficType"),
            (("ec2", "describe_flow_logs", "FlowLogs"), [], "ResourceId"),
        ),
    ),
)  # fmt: skip
