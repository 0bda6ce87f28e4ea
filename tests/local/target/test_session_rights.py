"""Sessions whose rights hang on where they come from and on their tags: what a release's safety rests on."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.errors import LocalTargetError
from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Deployed, Resources, allow, deploy
from tests.local.target.release_pipeline import SHARED, service_role, trusted_role

pytestmark = pytest.mark.local

PROJECT = f"arn:aws:codebuild:{REGION}:{SHARED}:project/deploy-dev"
OTHER = f"arn:aws:codebuild:{REGION}:{SHARED}:project/other"
BUCKET = f"releases-{SHARED}"
ONE, TWO = "1" * 64, "2" * 64
TAG = "aws:PrincipalTag/genai-foundation-release"


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    assert error.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    return str(error.value)


def tagged(role: dict[str, Any], value: str) -> dict[str, Any]:
    role["Properties"]["Tags"] = [{"Key": "genai-foundation-release", "Value": value}]
    return role


@pytest.fixture(scope="module")
def shared(target: Target) -> Deployed:
    """Roles of the releasing account, and the bucket of releases."""
    into_dev = f"arn:aws:iam::{DEV}:role/*"
    both = allow(["sts:AssumeRole", "sts:TagSession"], into_dev)
    anyone = {"AWS": {"Ref": "AWS::AccountId"}}
    build = service_role(
        "codebuild.amazonaws.com", PROJECT,
        allow("ssm:GetParameter", "*", ArnEquals={"codebuild:projectArn": PROJECT}),
        allow("ssm:PutParameter", "*", ArnLike={"codebuild:buildArn": f"arn:aws:codebuild:{REGION}:*:build/deploy-dev:*"}),
    )  # fmt: skip
    # As if an administrator had opened it to the account: the conditions of its rights still hold.
    opened = {"Effect": "Allow", "Principal": anyone, "Action": "sts:AssumeRole"}
    build["Properties"]["AssumeRolePolicyDocument"]["Statement"].append(opened)
    resources: Resources = {
        "Build": build,
        "Redeem": tagged(trusted_role(anyone, {}, both), "redeem-dev"),
        "RedeemProd": tagged(trusted_role(anyone, {}, both), "redeem-prod"),
        "Untagging": tagged(trusted_role(anyone, {}, allow("sts:AssumeRole", into_dev)), "redeem-dev"),
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}},
        "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/rights", "Type": "String", "Value": "1"}},
    }  # fmt: skip
    policy = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{DEV}:root"}, "Action": "s3:GetObject",
              "Resource": f"arn:aws:s3:::{BUCKET}/*"}  # fmt: skip
    resources["Policy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]}},
    }
    names = ("Build", "Redeem", "RedeemProd", "Untagging")
    made = deploy(
        target, "rights", resources, account=SHARED, outputs={name: {"Fn::GetAtt": [name, "Arn"]} for name in names}
    )
    assert made.status == "CREATE_COMPLETE", made.reasons
    for manifest in (ONE, TWO):
        target.client("s3", SHARED, REGION).put_object(
            Bucket=BUCKET, Key=f"releases/{manifest}/files.zip", Body=b"bytes"
        )
    return made


@pytest.fixture(scope="module")
def deployer(target: Target) -> Deployed:
    """Roles of a workload account, as a release finds them."""
    condition = {
        "StringEquals": {TAG: "redeem-dev", "aws:RequestTag/environment": "dev"},
        "StringLike": {"aws:RequestTag/manifest": "?" * 64},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["manifest", "environment"]},
    }
    own = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/releases/${{aws:PrincipalTag/manifest}}/*")
    role = trusted_role(
        {"AWS": f"arn:aws:iam::{SHARED}:root"}, condition, own, allow(["sts:AssumeRole", "sts:TagSession"])
    )
    untagged = trusted_role({"AWS": f"arn:aws:iam::{SHARED}:root"}, {}, own)
    inner = trusted_role({"AWS": {"Ref": "AWS::AccountId"}}, {}, own)
    for each in (role, inner):
        trust = each["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        trust["Action"] = ["sts:AssumeRole", "sts:TagSession"]
    made = deploy(
        target, "deployer", {"Deployer": role, "Untagged": untagged, "Inner": inner},
        outputs={name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Deployer", "Untagged", "Inner")},
    )  # fmt: skip
    assert made.status == "CREATE_COMPLETE", made.reasons
    return made


def session(target: Target, credentials: Any, role: str, **given: Any) -> Any:
    sts = target.client_with("sts", REGION, credentials)
    return sts.assume_role(RoleArn=role, RoleSessionName="release", **given)["Credentials"]


def root(target: Target, role: str) -> Any:
    return target.client("sts", role.split(":")[4], REGION).assume_role(RoleArn=role, RoleSessionName="root")[
        "Credentials"
    ]


def build_session(target: Target, role: str, project: str) -> Any:
    context = {"codebuild:projectArn": project, "codebuild:buildArn": project.replace(":project/", ":build/") + ":1"}
    asked = {"service": "codebuild.amazonaws.com", "role": role, "source": project, "session": "b", "context": context}
    return target.call("POST", "/_foundation/sessions", asked)


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def test_a_build_s_role_works_in_its_project(target: Target, shared: Deployed) -> None:
    ssm = target.client_with("ssm", REGION, build_session(target, shared.outputs["Build"], PROJECT))
    assert ssm.get_parameter(Name="/rights")["Parameter"]["Value"] == "1"
    ssm.put_parameter(Name="/rights-build", Value="1", Type="String")


def test_fails_for_a_build_s_role_that_is_used_elsewhere(target: Target, shared: Deployed) -> None:
    """The same role, however else a person came by its credentials."""
    ssm = target.client_with("ssm", REGION, root(target, shared.outputs["Build"]))
    refused(ssm.get_parameter, Name="/rights")
    refused(ssm.put_parameter, Name="/rights-by-hand", Value="1", Type="String")


def test_fails_for_a_project_or_a_service_that_the_role_does_not_trust(target: Target, shared: Deployed) -> None:
    for role, project in ((shared.outputs["Build"], OTHER), (shared.outputs["Redeem"], PROJECT)):
        with pytest.raises(LocalTargetError) as error:
            build_session(target, role, project)
        assert "GF-LOCAL-092" in str(error.value)


def test_a_session_reads_what_its_tag_names_and_nothing_else(
    target: Target, shared: Deployed, deployer: Deployed
) -> None:
    redeem = root(target, shared.outputs["Redeem"])
    made = session(target, redeem, deployer.outputs["Deployer"], Tags=tags(manifest=ONE, environment="dev"))
    s3 = target.client_with("s3", REGION, made)
    assert s3.get_object(Bucket=BUCKET, Key=f"releases/{ONE}/files.zip")["Body"].read() == b"bytes"
    refused(s3.get_object, Bucket=BUCKET, Key=f"releases/{TWO}/files.zip")


def test_a_wildcard_in_a_tag_is_a_character(target: Target, shared: Deployed, deployer: Deployed) -> None:
    redeem = root(target, shared.outputs["Redeem"])
    made = session(target, redeem, deployer.outputs["Deployer"], Tags=tags(manifest="*" * 64, environment="dev"))
    refused(target.client_with("s3", REGION, made).get_object, Bucket=BUCKET, Key=f"releases/{ONE}/files.zip")


def test_fails_for_a_session_without_the_tag_that_a_policy_names(
    target: Target, shared: Deployed, deployer: Deployed
) -> None:
    made = session(target, root(target, shared.outputs["Redeem"]), deployer.outputs["Untagged"])
    refused(target.client_with("s3", REGION, made).get_object, Bucket=BUCKET, Key=f"releases/{ONE}/files.zip")


@pytest.mark.parametrize(
    ("caller", "given"),
    [
        ("Redeem", {"manifest": ONE, "environment": "prod"}),
        ("Redeem", {"environment": "dev"}),
        ("Redeem", {"manifest": "1", "environment": "dev"}),
        ("Redeem", {"manifest": ONE, "environment": "dev", "more": "1"}),
        ("RedeemProd", {"manifest": ONE, "environment": "dev"}),
        ("Untagging", {"manifest": ONE, "environment": "dev"}),
    ],
)
def test_fails_to_tag_a_session_otherwise_than_it_is_trusted_to(
    target: Target, shared: Deployed, deployer: Deployed, caller: str, given: dict[str, str]
) -> None:
    who = root(target, shared.outputs[caller])
    said = refused(session, target, who, deployer.outputs["Deployer"], Tags=tags(**given))
    assert ("sts:TagSession" in said) == (caller == "Untagging")


def test_fails_to_tag_the_session_of_a_role_that_takes_no_tags(
    target: Target, shared: Deployed, deployer: Deployed
) -> None:
    redeem = root(target, shared.outputs["Redeem"])
    assert "sts:TagSession" in refused(
        session, target, redeem, deployer.outputs["Untagged"], Tags=tags(manifest=ONE, environment="dev")
    )


def test_transitive_tags_reach_the_next_session_and_stay(target: Target, shared: Deployed, deployer: Deployed) -> None:
    redeem, given = root(target, shared.outputs["Redeem"]), tags(manifest=ONE, environment="dev")
    for transitive in ([], ["manifest"]):
        outer = session(target, redeem, deployer.outputs["Deployer"], Tags=given, TransitiveTagKeys=transitive)
        inner = session(target, outer, deployer.outputs["Inner"])
        s3 = target.client_with("s3", REGION, inner)
        if transitive:
            assert s3.get_object(Bucket=BUCKET, Key=f"releases/{ONE}/files.zip")["Body"].read() == b"bytes"
            with pytest.raises(ClientError) as error:
                session(target, outer, deployer.outputs["Inner"], Tags=tags(manifest=TWO))
            assert "inherited" in str(error.value)
        else:
            refused(s3.get_object, Bucket=BUCKET, Key=f"releases/{ONE}/files.zip")


def test_fails_for_a_person_under_another_s_name(target: Target) -> None:
    named = {"StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/email}"}}
    role = trusted_role({"AWS": {"Ref": "AWS::AccountId"}}, named, allow("ssm:GetParameter"))
    made = deploy(target, "people", {"Role": role}, account=SHARED, outputs={"Role": {"Fn::GetAtt": ["Role", "Arn"]}})
    person = target.call("POST", "/_foundation/sessions", {"account": SHARED, "email": "ann@example.com"})
    sts = target.client_with("sts", REGION, person)
    assert sts.assume_role(RoleArn=made.outputs["Role"], RoleSessionName="ann@example.com")
    refused(sts.assume_role, RoleArn=made.outputs["Role"], RoleSessionName="bob@example.com")
    refused(target.client_with("ssm", REGION, person).get_parameter, Name="/rights")
    # Nobody vouches for the name of a session without the tag.
    refused(
        target.client("sts", SHARED, REGION).assume_role,
        RoleArn=made.outputs["Role"],
        RoleSessionName="bob@example.com",
    )


def test_a_signer_signs_with_its_algorithm_and_another_role_only_verifies(target: Target) -> None:
    """The key's policy leaves signing to one role, whatever the account's own policies say."""
    algorithm = {"StringEquals": {"kms:SigningAlgorithm": "ECDSA_SHA_256"}}
    anyone = {"AWS": {"Ref": "AWS::AccountId"}}
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{SHARED}:root"}, "Action": ["kms:Describe*", "kms:Verify"],
         "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": {"Fn::GetAtt": ["Signer", "Arn"]}}, "Action": "kms:Sign", "Resource": "*",
         "Condition": algorithm},
    ]  # fmt: skip
    resources: Resources = {
        "Signer": trusted_role(anyone, {}, allow("kms:Sign", "*", **algorithm)),
        "Verifier": trusted_role(anyone, {}, allow(["kms:Sign", "kms:Verify"])),
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY",
                           "KeyPolicy": {"Version": "2012-10-17", "Statement": statements}},
        },
    }  # fmt: skip
    outputs = {
        "Key": {"Fn::GetAtt": ["Key", "Arn"]},
        **{name: {"Fn::GetAtt": [name, "Arn"]} for name in ("Signer", "Verifier")},
    }
    made = deploy(target, "signing", resources, account=SHARED, outputs=outputs)
    assert made.status == "CREATE_COMPLETE", made.reasons
    signer, verifier = (
        target.client_with("kms", REGION, root(target, made.outputs[name])) for name in ("Signer", "Verifier")
    )
    said = {"KeyId": made.outputs["Key"], "Message": b"statement", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = signer.sign(**said)["Signature"]
    assert verifier.verify(**said, Signature=signature)["SignatureValid"] is True
    refused(signer.verify, **said, Signature=signature)
    refused(verifier.sign, **said)
    refused(signer.sign, **{**said, "SigningAlgorithm": "ECDSA_SHA_384"})
