"""A stack with one of most critical types, as CDK would synthesize it, in a cloud assembly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.local.bedrock.guarded import GUARDRAIL

KEY = {"Fn::GetAtt": ["Key", "Arn"]}
ROOT = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}


def pascal(value: Any) -> Any:
    """The API's member names as CloudFormation's."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: pascal(item) for key, item in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value


def allow(action: str, resource: Any, principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


RESOURCES: dict[str, Any] = {
    "Key": {
        "Type": "AWS::KMS::Key",
        "Properties": {"EnableKeyRotation": True, "KeyPolicy": allow("kms:*", "*", {"AWS": ROOT})},
    },
    "Bucket": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "BucketKeyEnabled": True,
                        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
                    }
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    },
    "BucketPolicy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*",
                        "Resource": [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    },
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365, "KmsKeyId": KEY}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": KEY}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": KEY}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
            }
        },
    },
    "Vpc": {
        "Type": "AWS::EC2::VPC",
        "Properties": {"CidrBlock": "10.7.0.0/16", "EnableDnsHostnames": True, "EnableDnsSupport": True},
    },
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.7.0.0/24", "AvailabilityZone": "eu-west-1a"},
    },
    "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Association": {
        "Type": "AWS::EC2::SubnetRouteTableAssociation",
        "Properties": {"RouteTableId": {"Ref": "Routes"}, "SubnetId": {"Ref": "Subnet"}},
    },
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": "endpoints", "VpcId": {"Ref": "Vpc"},
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.7.0.0/16"}],
            "SecurityGroupEgress": [{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}],
        },
    },
    "Endpoint": {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.bedrock-runtime"}, "VpcId": {"Ref": "Vpc"},
            "VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": [{"Ref": "Subnet"}],
            "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
            "PolicyDocument": allow("bedrock:InvokeModel", "*", {"AWS": ROOT}),
        },
    },
    "Guardrail": {
        "Type": "AWS::Bedrock::Guardrail",
        "Properties": {"Name": "readback", "KmsKeyArn": KEY, **pascal(GUARDRAIL)},
    },
    "GuardrailVersion": {
        "Type": "AWS::Bedrock::GuardrailVersion",
        "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
    },
    "Parameter": {
        "Type": "AWS::SSM::Parameter",
        "Properties": {
            "Name": "/readback/guardrail", "Type": "String",
            "Value": {"Fn::Sub": '{"id":"${Guardrail.GuardrailId}","version":"${GuardrailVersion.Version}"}'},
        },
    },
    "Application": {"Type": "AWS::AppConfig::Application", "Properties": {"Name": "readback"}},
    "Live": {
        "Type": "AWS::AppConfig::Environment",
        "Properties": {"Name": "live", "ApplicationId": {"Ref": "Application"}},
    },
    "AtOnce": {
        "Type": "AWS::AppConfig::DeploymentStrategy",
        "Properties": {
            "Name": "at-once", "DeploymentDurationInMinutes": 0, "FinalBakeTimeInMinutes": 0, "GrowthFactor": 100,
            "ReplicateTo": "NONE",
        },
    },
    "Profile": {
        "Type": "AWS::AppConfig::ConfigurationProfile",
        "Properties": {
            "Name": "claims", "ApplicationId": {"Ref": "Application"}, "LocationUri": "hosted", "KmsKeyIdentifier": KEY,
            "Validators": [{"Type": "JSON_SCHEMA", "Content": '{"type": "object"}'}],
        },
    },
    "Table": {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST", "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "Replicas": [
                {
                    "Region": {"Ref": "AWS::Region"}, "SSESpecification": {"KMSMasterKeyId": KEY},
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                }
            ],
        },
    },
}  # fmt: skip


def assembly(folder: Path, account: str, region: str) -> Path:
    """Write the cloud assembly of the stack `Readback`."""
    (folder / "app.template.json").write_text(json.dumps({"Resources": RESOURCES}), encoding="utf-8")
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{account}/{region}",
        "displayName": "Readback",
        "properties": {"templateFile": "app.template.json", "stackName": "Readback"},
    }
    (folder / "manifest.json").write_text(
        json.dumps({"version": "1", "artifacts": {"Readback": artifact}}), encoding="utf-8"
    )
    return folder
