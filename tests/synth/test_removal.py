"""Destroying state takes two keys: one in the configuration, one on the command line."""

import shutil
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from tests.synth.app import CHECKOUT, direct_synth
from tests.synth.templates import every, where

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


@pytest.mark.parametrize(("configured", "flag"), [(True, None), (False, "true"), (True, "false")])
def test_one_key_alone_keeps_everything(tmp_path: Path, configured: bool, flag: str | None) -> None:
    _, found = policies(tmp_path, configured=configured, flag=flag)
    assert found == {"Sources": "Retain"}


def test_both_keys_let_data_go_but_never_keys_and_evidence(tmp_path: Path) -> None:
    assembly, found = policies(tmp_path, configured=True, flag="true")
    assert found == {"Sources": "Delete"}
    for resource in every(assembly, "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::Logs::LogGroup"):
        assert resource.body["DeletionPolicy"] == "Retain", where(resource)
