"""Destroying state takes two keys: one in the configuration, one on the command line."""

import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest

from foundation.checks.assembly import Assembly, load_assembly
from genai_foundation.removal import DestructionKeys
from genai_foundation.storage import SecureBucket
from tests.synth.app import CHECKOUT, direct_synth
from tests.synth.templates import every, where

RETAIN, DELETE = cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, cdk.CfnDeletionPolicy.DELETE
ACCOUNT = "data-producer-crm"  # the smallest that holds a bucket which takes the keys


def policies(tmp_path: Path, *, configured: bool, flag: str | None) -> tuple[Assembly, dict[str, str]]:
    """Deletion policies of the data buckets with the given keys."""
    config = Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config"))
    platform = config / "platform.yaml"
    text = platform.read_text()
    assert "allow_destroy: false" in text
    platform.write_text(text.replace("allow_destroy: false", f"allow_destroy: {str(configured).lower()}"))
    context = {"config": str(config), "account": ACCOUNT, **({"allow_destroy": flag} if flag else {})}
    run = direct_synth(tmp_path, context=context)
    assert run.code == 0, run.output
    assembly = load_assembly(run.outdir)
    buckets = [each for each in every(assembly, "AWS::S3::Bucket") if each.stack.path == f"{ACCOUNT}/Data"]
    return assembly, {each.logical_id: each.body["DeletionPolicy"] for each in buckets}


def test_the_configuration_s_key_alone_keeps_everything(tmp_path: Path) -> None:
    _, found = policies(tmp_path, configured=True, flag=None)
    assert found == {"Sources": "RetainExceptOnCreate"}


def test_both_keys_let_data_go_but_never_keys_and_evidence(tmp_path: Path) -> None:
    assembly, found = policies(tmp_path, configured=True, flag="true")
    assert found == {"Sources": "Delete"}
    for resource in every(assembly, "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::Logs::LogGroup"):
        assert resource.body["DeletionPolicy"].startswith("Retain"), where(resource)


@pytest.mark.parametrize(
    ("keys", "context", "policy"),
    [
        (None, "true", RETAIN),
        (DestructionKeys(allow_destroy=False), "true", RETAIN),
        (DestructionKeys(allow_destroy=True), "false", RETAIN),
        (DestructionKeys(allow_destroy=True), "yes", RETAIN),
        (DestructionKeys(allow_destroy=True), True, DELETE),
    ],
)
def test_a_bucket_goes_with_both_keys_only(
    keys: DestructionKeys | None, context: str | bool, policy: cdk.CfnDeletionPolicy
) -> None:
    stack = cdk.Stack(cdk.App(context={"allow_destroy": context}), "Test")
    bucket = SecureBucket(stack, "Bucket", key_arn="key", access_log_bucket="logs", destruction=keys).bucket
    # Replaced data is kept as well; only a creation that fails takes its empty bucket back.
    replaced = cdk.CfnDeletionPolicy.RETAIN if policy is RETAIN else policy
    assert (bucket.cfn_options.deletion_policy, bucket.cfn_options.update_replace_policy) == (policy, replaced)
