"""Trails, networks, flow logs and alarms: described as they were made."""

from __future__ import annotations

import json

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, deploy
from tests.local.target.test_survival import KEY_POLICY

pytestmark = pytest.mark.local

KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}}


def test_a_trail_keeps_selectors_key_and_logging(target: Target) -> None:
    selector = {
        "Name": "objects",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ],
    }  # fmt: skip
    resources: Resources = {
        "Key": KEY,
        "B": {"Type": "AWS::S3::Bucket"},
        "Log": {"Type": "AWS::Logs::LogGroup"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "Properties": {
                "S3BucketName": {"Ref": "B"}, "IsLogging": True, "KMSKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
                "EnableLogFileValidation": True, "IsMultiRegionTrail": True, "AdvancedEventSelectors": [selector],
                "CloudWatchLogsLogGroupArn": {"Fn::GetAtt": ["Log", "Arn"]},
                "CloudWatchLogsRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    }  # fmt: skip
    stack = deploy(target, "trail", resources, outputs={"Arn": {"Fn::GetAtt": ["Trail", "Arn"]}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    trails, name = target.client("cloudtrail", DEV, REGION), stack.resources["Trail"]
    trail = trails.get_trail(Name=name)["Trail"]
    assert (trail["TrailARN"], trail["LogFileValidationEnabled"]) == (stack.outputs["Arn"], True)
    assert trail["KmsKeyId"].endswith(stack.resources["Key"])
    assert stack.resources["Log"] in trail["CloudWatchLogsLogGroupArn"]
    assert trail["CloudWatchLogsRoleArn"].endswith(stack.resources["Role"])
    assert trails.get_event_selectors(TrailName=name)["AdvancedEventSelectors"][0]["FieldSelectors"][1]["Equals"] == [
        "AWS::S3::Object"
    ]
    assert trails.get_trail_status(Name=name)["IsLogging"] is True
    resources["Trail"]["Properties"]["IsLogging"] = False
    assert deploy(target, "trail", resources).status == "UPDATE_COMPLETE"
    assert trails.get_trail_status(Name=name)["IsLogging"] is False


def test_a_network_is_described_as_it_was_made(target: Target) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    resources: Resources = {
        "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16", "EnableDnsHostnames": True}},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "V"}}},
        "S3": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcId": {"Ref": "V"}, "ServiceName": f"com.amazonaws.{REGION}.s3", "VpcEndpointType": "Gateway",
                "RouteTableIds": [{"Ref": "Table"}], "PolicyDocument": policy,
            },
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "V"}},
        },
        "Rule": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": {"Ref": "Group"}, "SourceSecurityGroupId": {"Ref": "Group"}, "IpProtocol": "tcp",
                "FromPort": 443, "ToPort": 443,
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}},
        "Flow": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "ResourceId": {"Ref": "V"}, "ResourceType": "VPC", "TrafficType": "ALL",
                "LogGroupName": {"Ref": "Log"}, "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "MaxAggregationInterval": 60,
            },
        },
    }  # fmt: skip
    stack = deploy(target, "network", resources, outputs={"Cidr": {"Fn::GetAtt": ["V", "CidrBlock"]}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack.outputs["Cidr"] == "10.1.0.0/16"
    ec2 = target.client("ec2", DEV, REGION)
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[stack.resources["S3"]])["VpcEndpoints"]
    assert json.loads(endpoint["PolicyDocument"]) == policy
    (flow,) = ec2.describe_flow_logs(FlowLogIds=[stack.resources["Flow"]])["FlowLogs"]
    assert (flow["ResourceId"], flow["MaxAggregationInterval"]) == (stack.resources["V"], 60)
    (group,) = ec2.describe_security_groups(GroupIds=[stack.resources["Group"]])["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == stack.resources["Group"]
    del resources["Rule"]
    assert deploy(target, "network", resources).status == "UPDATE_COMPLETE"
    (group,) = ec2.describe_security_groups(GroupIds=[stack.resources["Group"]])["SecurityGroups"]
    assert group["IpPermissions"] == []


def test_alarms_topics_and_log_groups_keep_their_keys(target: Target) -> None:
    alarm = {
        "Namespace": "AWS/Bedrock", "MetricName": "InvocationThrottles", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }  # fmt: skip
    resources: Resources = {
        "Key": KEY,
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": {"Ref": "Key"}}},
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}, "RetentionInDays": 30},
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Both": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {
                "AlarmRule": {"Fn::Sub": "ALARM(\"${Alarm}\")"}, "AlarmActions": [{"Ref": "Topic"}],
                "Tags": [{"Key": "k", "Value": "v"}],
            },
        },
    }  # fmt: skip
    stack = deploy(target, "alarms", resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    topic = target.client("sns", DEV, REGION).get_topic_attributes(TopicArn=stack.resources["Topic"])["Attributes"]
    assert topic["KmsMasterKeyId"] == stack.resources["Key"]
    groups = target.client("logs", DEV, REGION).describe_log_groups(logGroupNamePrefix=stack.resources["Log"])
    assert groups["logGroups"][0]["kmsKeyId"].endswith(stack.resources["Key"])
    assert groups["logGroups"][0]["retentionInDays"] == 30
    cloudwatch = target.client("cloudwatch", DEV, REGION)
    found = cloudwatch.describe_alarms(AlarmNames=[stack.resources["Both"]], AlarmTypes=["CompositeAlarm"])
    assert found["CompositeAlarms"][0]["AlarmActions"] == [stack.resources["Topic"]]
