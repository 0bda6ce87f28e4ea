"""The bucket of releases, the ledger and the signing keys: written once, read in part, signed by one."""

import pytest

from foundation.checks.assembly import Assembly, Resource
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from stacks.settings import Settings
from tests.synth.pipeline import ACCOUNTS, BUCKET, REGION, SHARED, here, resource, roles
from tests.synth.templates import only, policy_statements

ARN = f"<{BUCKET}.Arn>"
OWN = "releases/${aws:PrincipalTag/manifest}/*"
DEPLOYERS = [f"arn:aws:iam::{account}:role/genai-foundation-release-deployer" for account in ACCOUNTS.values()]
ROOTS = [f"arn:aws:iam::{account}:root" for account in ACCOUNTS.values()]
SIGNERS = {
    "seal": "Functions/Seal",
    "promotion": "Gate/GateDecide",
    "approval": "Functions/Approve",
    "warrant": "Functions/Authorize",
}


def bucket_policy(assembly: Assembly) -> dict[str, Statement]:
    """Statements of the policy of the bucket of releases, by Sid."""
    policy = only(
        each for each in here(assembly).of_type("AWS::S3::BucketPolicy") if each.properties["Bucket"] == {"Ref": BUCKET}
    )
    return {each.body["Sid"]: each for each in policy_statements(policy)}


def key(assembly: Assembly, path: str) -> Resource:
    """A key of the stack by its path below the pipeline."""
    return only(
        each
        for each in here(assembly).of_type("AWS::KMS::Key")
        if each.path == f"shared/Pipeline/Release/{path}/Default"
    )


def test_other_accounts_know_the_bucket_s_name(assembly: Assembly) -> None:
    bucket = resource(assembly, BUCKET)
    assert bucket.properties["BucketName"] == f"genai-foundation-releases-{SHARED}-{REGION}"


def test_each_object_is_encrypted_under_its_own_name(assembly: Assembly) -> None:
    """With a bucket key the encryption context would be the bucket, and the key couldn't tell releases apart."""
    (rule,) = resource(assembly, BUCKET).properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is False
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {
        "Fn::GetAtt": ["ReleaseBucketKeyFE1C82D8", "Arn"]
    }


def test_a_stored_release_is_replaced_and_deleted_by_nobody(assembly: Assembly) -> None:
    policy = bucket_policy(assembly)
    for name, actions in (
        ("DenyReplacing", ["s3:PutObject"]),
        ("DenyDeleting", ["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ):
        assert not policy[name].allows
        assert policy[name].principals == ["*"]
        assert (policy[name].actions, policy[name].resources) == (actions, [f"{ARN}/releases/*"])
    # Parts of a multipart upload carry no condition; its completion does (Amazon S3 User Guide, "Enforce conditional writes").
    assert policy["DenyReplacing"].conditions == [
        ("null", "s3:if-none-match", ["true"]),
        ("bool", "s3:objectcreationoperation", ["true"]),
    ]
    assert policy["DenyDeleting"].conditions == []


def test_a_deploying_session_reads_the_release_of_its_tag_and_no_other(assembly: Assembly, settings: Settings) -> None:
    allows = [each for each in bucket_policy(assembly).values() if each.allows]
    (read,) = allows
    assert (read.actions, read.resources) == (["s3:GetObject"], [f"{ARN}/{OWN}"])
    assert read.principals == ROOTS
    assert read.conditions == [
        ("stringequals", "aws:principalorgid", [settings.organization.id]),
        ("arnequals", "aws:principalarn", DEPLOYERS),
    ]


def test_the_key_decrypts_for_it_what_it_may_read(assembly: Assembly, settings: Settings) -> None:
    own, shared = policy_statements(key(assembly, "Bucket/Key"))
    assert own.principals == [f"arn:aws:iam::{SHARED}:root"]
    assert (shared.actions, shared.principals) == (["kms:Decrypt"], ROOTS)
    assert shared.conditions == [
        ("stringequals", "aws:principalorgid", [settings.organization.id]),
        ("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"]),
        ("arnequals", "aws:principalarn", DEPLOYERS),
        (
            "stringlike",
            "kms:encryptioncontext:aws:s3:arn",
            [f"arn:aws:s3:::genai-foundation-releases-{SHARED}-{REGION}/{OWN}"],
        ),
    ]


def test_artifacts_live_longer_than_the_executions_that_a_stage_goes_back_to(assembly: Assembly) -> None:
    rules = resource(assembly, "ReleaseArtifactsAC3F2D9C").properties["LifecycleConfiguration"]["Rules"]
    expiry = next(each["ExpirationInDays"] for each in rules if each["Id"] == "Expiry")
    assert expiry > 366  # CodePipeline keeps executions for twelve months
    releases = resource(assembly, BUCKET).properties["LifecycleConfiguration"]["Rules"]
    assert "Expiry" not in {each["Id"] for each in releases}


def test_the_ledger_is_keyed_by_manifest_and_entry(assembly: Assembly) -> None:
    table = only(here(assembly).of_type("AWS::DynamoDB::GlobalTable"))
    assert table.properties["KeySchema"] == [
        {"AttributeName": "manifest", "KeyType": "HASH"},
        {"AttributeName": "entry", "KeyType": "RANGE"},
    ]


@pytest.mark.parametrize("purpose", SIGNERS)
def test_one_function_signs_for_a_purpose(assembly: Assembly, purpose: str) -> None:
    """By the key's own policy: a permission of the account's IAM policies isn't enough."""
    signing = key(assembly, f"{purpose.capitalize()}Key")
    assert (signing.properties["KeySpec"], signing.properties["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    by_sid = {each.body["Sid"]: each for each in policy_statements(signing)}
    signers = {sid: each for sid, each in by_sid.items() if "kms:Sign" in each.actions}
    (signer,) = signers.values()
    assert signer.principals == [f"<{roles(assembly)[SIGNERS[purpose]]}.Arn>"]
    assert signer.actions == ["kms:Sign"]
    assert signer.conditions == [("stringequals", "kms:signingalgorithm", ["ECDSA_SHA_256"])]
    own = by_sid["AccountAdministersAndVerifies"]
    assert own.principals == [f"arn:aws:iam::{SHARED}:root"]
    assert {"kms:Verify", "kms:GetPublicKey"} <= set(own.actions)
    assert not {"kms:Sign", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"} & set(own.actions)
    # Who makes a grant gives what they don't have themselves.
    assert not [sid for sid, each in by_sid.items() if "kms:CreateGrant" in each.actions]


def test_deployers_verify_seals_and_nothing_else(assembly: Assembly, settings: Settings) -> None:
    elsewhere = {
        (purpose, each.body["Sid"]): each
        for purpose in SIGNERS
        for each in policy_statements(key(assembly, f"{purpose.capitalize()}Key"))
        if any(SHARED not in principal and not principal.startswith("<") for principal in each.principals)
    }
    assert list(elsewhere) == [("seal", "DeployersVerifySeals")]
    (verify,) = elsewhere.values()
    assert verify.actions == ["kms:GetPublicKey", "kms:Verify"]
    assert verify.principals == ROOTS
    assert verify.conditions == [
        ("stringequals", "aws:principalorgid", [settings.organization.id]),
        ("arnequals", "aws:principalarn", DEPLOYERS),
    ]


def test_keys_are_found_by_their_purpose(assembly: Assembly) -> None:
    aliases = {
        each.properties["AliasName"]: text(each.properties["TargetKeyId"])
        for each in here(assembly).of_type("AWS::KMS::Alias")
    }
    keys = {purpose: key(assembly, f"{purpose.capitalize()}Key").logical_id for purpose in SIGNERS}
    assert aliases == {
        "alias/genai-foundation/releases": f"<{key(assembly, 'Bucket/Key').logical_id}>",
        **{f"alias/genai-foundation-release-{purpose}": f"<{logical_id}>" for purpose, logical_id in keys.items()},
    }
