"""Functions, state machines and the identities that they run under."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import json
from typing import Any

from tests.unit.readback.cases import EXTRA, KEY, OTHER_KEY, POLICY, WIDE, Case
from tests.unit.readback.cases_data import QUEUE_ARN

ROLE_ARN = "arn:aws:iam::222222222222:role/r"
MANAGED = "arn:aws:iam::222222222222:policy/p"

_FUNCTION = {
    "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE_ARN, "MemorySize": 256, "Timeout": 30, "Architectures": ["arm64"],
    "KMSKeyArn": KEY, "VpcConfig": {"SubnetIds": ["s-2", "s-1"], "SecurityGroupIds": ["sg-1"]}, "TracingConfig": {"Mode": "Active"},
    "DeadLetterConfig": {"TargetArn": QUEUE_ARN}, "Environment": {"Variables": {"A": "1"}}, "Layers": [{"Arn": "arn:l:1"}],
}  # fmt: skip
_F = ("lambda", "get_function_configuration")
_STATEMENT = {
    "Effect": "Allow", "Action": "lambda:InvokeFunction", "Principal": {"Service": "s3.amazonaws.com"},
    "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}, "StringEquals": {"AWS:SourceAccount": "222222222222"}},
}  # fmt: skip


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


COMPUTE = (
    Case(
        "AWS::Lambda::Function", "f",
        {
            **{k: v for k, v in _FUNCTION.items() if k not in ("KMSKeyArn", "Layers")}, "KmsKeyArn": KEY, "Layers": ["arn:l:1"],
            "ReservedConcurrentExecutions": 5, "VpcConfig": {"SubnetIds": ["s-1", "s-2"], "SecurityGroupIds": ["sg-1"]},
        },
        {_F: _FUNCTION, ("lambda", "get_function_concurrency"): {"ReservedConcurrentExecutions": 5}},
        (
            ((*_F, "KMSKeyArn"), OTHER_KEY, "KmsKeyArn"),
            ((*_F, "VpcConfig"), {}, "VpcConfig.SubnetIds"),
            ((*_F, "VpcConfig", "SecurityGroupIds"), ["sg-9"], "VpcConfig.SecurityGroupIds"),
            ((*_F, "Runtime"), "python3.9", "Runtime"),
            ((*_F, "TracingConfig", "Mode"), "PassThrough", "TracingConfig"),
            ((*_F, "DeadLetterConfig"), {}, "DeadLetterConfig"),
            ((*_F, "Role"), "arn:aws:iam::222222222222:role/admin", "Role"),
            ((*_F, "Environment", "Variables", "A"), "2", "Environment"),
            ((*_F, "Layers"), [], "Layers"),
            (("lambda", "get_function_concurrency"), {}, "ReservedConcurrentExecutions"),
        ),
    ),
    Case(
        "AWS::Lambda::Alias", "arn:a", {"Name": "live", "FunctionName": "f", "FunctionVersion": "$LATEST"},
        {("lambda", "get_alias"): {"FunctionVersion": "$LATEST"}, ("lambda", "get_provisioned_concurrency_config"): "ResourceNotFoundException"},
        ((("lambda", "get_alias", "FunctionVersion"), "3", "FunctionVersion"),),
    ),
    Case(
        "AWS::Lambda::Permission", "p",
        {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b",
         "SourceAccount": "222222222222"},
        {("lambda", "get_policy"): _policy(_STATEMENT)},
        (
            (("lambda", "get_policy"), _policy({k: v for k, v in _STATEMENT.items() if k != "Condition"}), "Statement"),
            (("lambda", "get_policy"), _policy({**_STATEMENT, "Principal": "*"}), "Statement"),
            (("lambda", "get_policy"), "ResourceNotFoundException", "Statement"),
        ),
    ),
    Case(
        "AWS::Lambda::LayerVersion", "arn:l:1", {"CompatibleRuntimes": ["python3.13"]},
        {("lambda", "get_layer_version_by_arn"): {"CompatibleRuntimes": ["python3.13"]}},
        ((("lambda", "get_layer_version_by_arn", "CompatibleRuntimes"), [], "CompatibleRuntimes"),),
    ),
    Case(
        "AWS::Lambda::EventSourceMapping", "u", {"EventSourceArn": QUEUE_ARN},
        {("lambda", "get_event_source_mapping"): {"EventSourceArn": QUEUE_ARN, "State": "Enabled"}},
        ((("lambda", "get_event_source_mapping", "State"), "Disabled", "Enabled"),),
    ),
    Case(
        "AWS::Lambda::EventInvokeConfig", "c",
        {"FunctionName": "f", "Qualifier": "live", "MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}}},
        {("lambda", "get_function_event_invoke_config"): {"MaximumRetryAttempts": 1, "DestinationConfig": {"OnFailure": {"Destination": QUEUE_ARN}}}},
        (
            (("lambda", "get_function_event_invoke_config", "DestinationConfig"), {}, "DestinationConfig.OnFailure"),
            (("lambda", "get_function_event_invoke_config", "MaximumRetryAttempts"), 2, "MaximumRetryAttempts"),
        ),
    ),
    Case(
        "AWS::StepFunctions::StateMachine", "arn:m",
        {"RoleArn": ROLE_ARN, "LoggingConfiguration": {"Level": "ALL"}, "TracingConfiguration": {"Enabled": True},
         "EncryptionConfiguration": {"KmsKeyId": KEY, "Type": "CUSTOMER_MANAGED_KMS_KEY"}},
        {
            ("stepfunctions", "describe_state_machine"): {
                "stateMachineArn": "arn:m", "name": "m", "definition": "{}", "roleArn": ROLE_ARN, "type": "STANDARD", "creationDate": 0,
                "loggingConfiguration": {"level": "ALL"}, "tracingConfiguration": {"enabled": True},
                "encryptionConfiguration": {"kmsKeyId": KEY, "type": "CUSTOMER_MANAGED_KMS_KEY"},
            }
        },
        (
            (("stepfunctions", "describe_state_machine", "loggingConfiguration", "level"), "OFF", "LoggingConfiguration.Level"),
            (("stepfunctions", "describe_state_machine", "tracingConfiguration", "enabled"), False, "TracingConfiguration"),
            (("stepfunctions", "describe_state_machine", "encryptionConfiguration", "kmsKeyId"), OTHER_KEY, "EncryptionConfiguration"),
        ),
    ),
)  # fmt: skip

_ROLE = {
    "Path": "/", "RoleName": "r", "RoleId": "AROA0000000000000000", "Arn": ROLE_ARN, "CreateDate": 0,
    "AssumeRolePolicyDocument": json.dumps(POLICY), "MaxSessionDuration": 3600,
}  # fmt: skip

IDENTITY = (
    Case(
        "AWS::IAM::Role", "r",
        {"AssumeRolePolicyDocument": POLICY, "Policies": [{"PolicyName": "own", "PolicyDocument": POLICY}]},
        {
            ("iam", "get_role"): {"Role": _ROLE},
            ("iam", "list_attached_role_policies"): {"AttachedPolicies": [{"PolicyArn": MANAGED}]},
            ("iam", "list_role_policies"): {"PolicyNames": ["own"]},
            ("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)},
        },
        (
            (("iam", "get_role", "Role", "AssumeRolePolicyDocument"), json.dumps(WIDE), "AssumeRolePolicyDocument"),
            (("iam", "list_attached_role_policies", "AttachedPolicies"),
             [{"PolicyArn": MANAGED}, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}], "ManagedPolicies"),
            (("iam", "list_role_policies", "PolicyNames"), ["own", "extra"], "InlinePolicies"),
            (("iam", "get_role_policy", "PolicyDocument"), json.dumps(WIDE), "Policy own"),
            (("iam", "get_role", "Role", "MaxSessionDuration"), 43200, "MaxSessionDuration"),
        ),
        (("AWS::IAM::ManagedPolicy", MANAGED, {"Roles": ["r"]}),),
    ),
    Case(
        "AWS::IAM::ManagedPolicy", MANAGED, {"PolicyDocument": POLICY},
        {
            ("iam", "get_policy"): {"Policy": {"DefaultVersionId": "v1"}},
            ("iam", "get_policy_version"): {"PolicyVersion": {"Document": json.dumps(POLICY)}},
        },
        ((("iam", "get_policy_version", "PolicyVersion", "Document"), json.dumps(EXTRA), "PolicyDocument"),),
    ),
    Case(
        "AWS::IAM::Policy", "p", {"PolicyName": "own", "Roles": ["r"], "PolicyDocument": POLICY},
        {("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)}},
        ((("iam", "get_role_policy", "PolicyDocument"), json.dumps(WIDE), "Policy own"),
         (("iam", "get_role_policy"), "NoSuchEntity", "Policy own")),
    ),
    Case(
        "AWS::IAM::RolePolicy", "p", {"PolicyName": "own", "RoleName": "r", "PolicyDocument": POLICY},
        {("iam", "get_role_policy"): {"RoleName": "r", "PolicyName": "own", "PolicyDocument": json.dumps(POLICY)}},
        ((("iam", "get_role_policy", "PolicyDocument"), json.dumps(EXTRA), "Policy own"),),
    ),
)  # fmt: skip
