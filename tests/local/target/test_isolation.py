"""Accounts and Regions share a process and nothing else."""

from __future__ import annotations

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, PROD, RECOVERY, REGION, Resources, assume, deploy, role

pytestmark = pytest.mark.local

PARAMETER: Resources = {
    "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": "/where", "Value": {
        "Fn::Sub": "${AWS::AccountId}/${AWS::Region}"}}},
}  # fmt: skip


def test_the_same_stack_in_two_accounts_and_regions(target: Target) -> None:
    places = [(DEV, REGION), (DEV, RECOVERY), (PROD, REGION)]
    for account, region in places:
        assert deploy(target, "everywhere", PARAMETER, account=account, region=region).status == "CREATE_COMPLETE"
    for account, region in places:
        found = target.client("ssm", account, region).get_parameter(Name="/where")["Parameter"]
        assert found["Value"] == f"{account}/{region}"
    assert target.client("ssm", PROD, RECOVERY).get_parameters(Names=["/where"])["Parameters"] == []


def test_a_session_belongs_to_the_account_of_its_role(target: Target) -> None:
    trusted = {"AWS": f"arn:aws:iam::{DEV}:root"}
    made = deploy(target, "foreign-role", {"R": role(trusted=trusted)}, account=PROD, outputs={"Arn": {
        "Fn::GetAtt": ["R", "Arn"]}})  # fmt: skip
    identity = assume(target, made.outputs["Arn"], "sts", account=DEV).get_caller_identity()
    assert identity["Account"] == PROD


def test_fails_to_assume_a_role_whose_trust_names_another_account(target: Target) -> None:
    trusted = {"AWS": f"arn:aws:iam::{PROD}:root"}
    made = deploy(target, "own-role", {"R": role(trusted=trusted)}, account=PROD, outputs={"Arn": {
        "Fn::GetAtt": ["R", "Arn"]}})  # fmt: skip
    sts = target.client("sts", DEV, REGION)
    with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=made.outputs["Arn"], RoleSessionName="test")
