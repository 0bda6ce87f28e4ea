"""The reviewer's section on the release pipeline: who may become its roles, and what they reach where."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from foundation.checks.assembly import Assembly, StackTemplate
from foundation.report.collect import Report, collect
from foundation.report.page import render
from foundation.report.pipeline import PipelineRole, pipeline_roles
from foundation.report.pipeline_write import COLUMNS, taken
from foundation.report.write import as_json, roles_as_csv, write

TODAY = date(2027, 1, 15)
SHARED, DEV = "111111111111", "222222222222"
TAG = "genai-release"


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def role(trust: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """A role's resource."""
    trusted = document({"Action": "sts:AssumeRole", **trust})
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusted, **properties}}


def policy(logical_id: str, *statements: Mapping[str, Any]) -> dict[str, Any]:
    """A managed policy of one role."""
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"Roles": [{"Ref": logical_id}], "PolicyDocument": document(*statements)},
    }


def stack(path: str, account: str, resources: Mapping[str, Any]) -> StackTemplate:
    """A stack with construct paths."""
    paths = {name: f"{path}/Release/{name}/Default" for name in resources}
    return StackTemplate(
        path, path.replace("/", "-"), account, "eu-west-1", f"{path}.json", {"Resources": resources}, paths
    )


HOME = {
    "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {}},
    "Service": role({"Principal": {"Service": "codepipeline.amazonaws.com"}}, Description="The pipeline"),
    "ServiceMay": policy(
        "Service", {"Sid": "Stage", "Action": "sts:AssumeRole", "Resource": [{"Fn::GetAtt": ["Stage", "Arn"]}]}
    ),
    "Stage": role({"Principal": {"AWS": {"Fn::GetAtt": ["Service", "Arn"]}}}),
    "Redeem": role(
        {
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": SHARED}},
        },
        Tags=[{"Key": TAG, "Value": "redeem-dev"}],
    ),
    "RedeemMay": policy(
        "Redeem",
        {
            "Sid": "Become",
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Resource": [f"arn:aws:iam::{DEV}:role/deployer", f"arn:aws:iam::{SHARED}:role/other"],
            "Condition": {"ArnEquals": {"codebuild:projectArn": "arn:aws:codebuild:eu-west-1:1:project/deploy"}},
        },
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    ),
}
AWAY = {
    "Deployer": role(
        {
            "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"},
            "Condition": {
                "StringEquals": {f"aws:PrincipalTag/{TAG}": ["redeem-dev"]},
                "StringLike": {"aws:RequestTag/manifest": "????"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["manifest"]},
            },
        },
        RoleName="deployer",
        Description="=HYPERLINK(1)<script>",
    ),
    "DeployerMay": policy(
        "Deployer",
        {
            "Sid": "Read",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::releases-of-us/${aws:PrincipalTag/manifest}/*",
        },
        {"Sid": "Golden", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::golden-{SHARED}-eu-west-1/x"},
        {"Sid": "Own", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}},
    ),
    # Trusts the other account too, but no tag of the pipeline's roles.
    "Stranger": role(
        {
            "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"},
            "Condition": {"StringEquals": {f"aws:PrincipalTag/{TAG}": "somebody"}},
        }
    ),
    "Caller": role({"Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}}),
}


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    """A pipeline in one account and what another lets it do."""
    home = {**HOME, "Releases": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "releases-of-us"}}}
    return Assembly(Path(), (stack("shared/Pipeline", SHARED, home), stack("dev/Access", DEV, AWAY)), 0)


@pytest.fixture(scope="module")
def found(assembly: Assembly) -> dict[str, PipelineRole]:
    """Roles by name."""
    return {each.name: each for each in pipeline_roles(assembly)}


def test_the_section_has_the_pipeline_s_roles_and_those_that_only_they_may_become(
    found: dict[str, PipelineRole],
) -> None:
    assert list(found) == ["Release/Service", "Release/Stage", "Release/Redeem", "deployer"]


def test_without_a_pipeline_there_is_none(clean: Assembly) -> None:
    assert pipeline_roles(clean) == ()


def test_a_trust_is_read_with_the_roles_that_carry_its_tag(found: dict[str, PipelineRole]) -> None:
    (taker,) = found["deployer"].takers
    assert taker.principal == "these roles of shared"
    assert taker.roles == ("Release/Redeem",)
    assert taker.conditions == (
        f"aws:PrincipalTag/{TAG} is redeem-dev",
        "aws:RequestTag/manifest is like ????",
        "each of aws:TagKeys is manifest",
    )
    assert list(taken(found["Release/Stage"])) == ["Release/Service"]
    assert list(taken(found["Release/Redeem"])) == [f"lambda.amazonaws.com if aws:SourceAccount is {SHARED}"]


def test_a_statement_is_split_by_the_accounts_of_its_resources(found: dict[str, PipelineRole]) -> None:
    reaches = {(each.account, each.statement): each for each in found["Release/Redeem"].reaches}
    assert set(reaches) == {("shared", "Become"), ("dev", "Become")}
    become = reaches["dev", "Become"]
    assert become.actions == ("sts:AssumeRole", "sts:TagSession")
    assert become.resources == (f"arn:aws:iam::{DEV}:role/deployer",)
    assert become.conditions == ("codebuild:projectArn is arn:aws:codebuild:eu-west-1:1:project/deploy",)


def test_a_bucket_is_found_by_its_name_or_the_account_in_it(found: dict[str, PipelineRole]) -> None:
    deployer = found["deployer"]
    assert {each.statement: each.account for each in deployer.reaches} == {
        "Own": "dev",
        "Read": "shared",
        "Golden": "shared",
    }
    # Its own account first.
    assert deployer.accounts == ("dev", "shared")


@pytest.fixture
def report(clean: Assembly, assembly: Assembly) -> Report:
    """A report with the section."""
    return replace(collect(clean, TODAY), roles=pipeline_roles(assembly))


def test_the_page_shows_each_role_as_text(report: Report) -> None:
    page = render(report)
    assert "What the release pipeline reaches" in page
    assert "=HYPERLINK(1)&lt;script&gt;" in page
    assert "=HYPERLINK(1)<script>" not in page
    assert "aws:PrincipalTag/genai-release is redeem-dev" in page


def test_tools_get_the_same_as_json_and_csv(report: Report) -> None:
    data = json.loads(as_json(report))["pipeline_roles"]
    rows = list(csv.DictReader(io.StringIO(roles_as_csv(report.roles))))
    assert list(rows[0]) == list(COLUMNS)
    assert [each["name"] for each in data] == [each.name for each in report.roles]
    assert len(rows) == sum(len(each["reaches"]) for each in data)
    # A spreadsheet would run it.
    assert {row["description"] for row in rows if row["role"] == "deployer"} == {"'=HYPERLINK(1)<script>"}


def test_accounts_have_their_own_roles_only(report: Report, clean: Assembly, folder: Path) -> None:
    names = {path.name for path in write(report, clean, folder)}
    assert {name for name in names if name.endswith("-roles.csv")} == {"index-roles.csv"}
