"""The JavaScript peer must be the same app: every difference between the two assemblies is found."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from foundation.bench import peer
from foundation.bench.errors import BenchError
from foundation.bench.peer import SOURCE, compare
from foundation.cdk import ROOT
from foundation.checks.assembly import Assembly, load_assembly

BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}, "DeletionPolicy": "Retain"}
CODE: dict[str, Any] = {"S3Bucket": "assets", "S3Key": "1.zip"}
FUNCTION: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": {"Code": CODE}}
PACKS = [
    {
        "pluginName": "AwsSolutions",
        "violations": [],
        "suppressedViolations": [{"violatingConstructs": [{"constructPath": "dev/S"}]}],
    }
]


def assembly(folder: Path, resources: dict[str, Any], packs: list[dict[str, Any]] = PACKS) -> Assembly:
    """An assembly of one stack, written as CDK writes it."""
    folder.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://222222222222/eu-west-1",
        "properties": {"templateFile": "s.template.json"},
        "displayName": "dev/S",
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"S": stack}}), encoding="utf-8")
    (folder / "s.template.json").write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    (folder / "validation-report.json").write_text(json.dumps({"pluginReports": packs}), encoding="utf-8")
    return load_assembly(folder)


@pytest.fixture
def python(tmp_path: Path) -> Assembly:
    return assembly(tmp_path / "python", {"B": BUCKET, "F": FUNCTION})


def test_equal_apps_differ_in_the_keys_of_assets_only(python: Assembly, tmp_path: Path) -> None:
    other = {**FUNCTION, "Properties": {"Code": {**CODE, "S3Key": "2.zip"}}}
    found = compare(python, assembly(tmp_path / "peer", {"F": other, "B": BUCKET}))
    assert found == {"AWS::S3::Bucket": 1, "AWS::Lambda::Function": 1}


@pytest.mark.parametrize(
    "bucket",
    [
        {**BUCKET, "Properties": {"BucketName": "c"}},
        {**BUCKET, "Properties": {"BucketName": "b", "Tags": []}},
        {**BUCKET, "DeletionPolicy": "Delete"},
        {**BUCKET, "Metadata": {"checkov": {}}},
        {**BUCKET, "Type": "AWS::S3Express::DirectoryBucket"},
    ],
)
def test_fails_on_a_resource_that_differs(python: Assembly, tmp_path: Path, bucket: dict[str, Any]) -> None:
    with pytest.raises(BenchError, match=r"GF-BENCH-013: .*1 of 2 resources differ, first dev/S B"):
        compare(python, assembly(tmp_path / "peer", {"B": bucket, "F": FUNCTION}))


@pytest.mark.parametrize("resources", [{"F": FUNCTION}, {"B": BUCKET, "F": FUNCTION, "More": BUCKET}])
def test_fails_on_a_resource_too_few_or_too_many(python: Assembly, tmp_path: Path, resources: dict[str, Any]) -> None:
    with pytest.raises(BenchError, match="GF-BENCH-013"):
        compare(python, assembly(tmp_path / "peer", resources))


def test_fails_when_the_rules_looked_at_less(python: Assembly, tmp_path: Path) -> None:
    nothing = [{"pluginName": "AwsSolutions", "violations": [], "suppressedViolations": []}]
    with pytest.raises(BenchError, match="findings of the rules"):
        compare(python, assembly(tmp_path / "peer", {"B": BUCKET, "F": FUNCTION}, nothing))


def test_fails_without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "find_spec", lambda _name: None)
    with pytest.raises(BenchError, match="GF-BENCH-010"):
        peer.node()


def test_the_peer_has_the_versions_of_the_python_app() -> None:
    pinned = dict(
        line.split("==")
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    package = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert package["dependencies"] == {name: pinned[name] for name in ("aws-cdk-lib", "cdk-nag", "constructs")}
    for name, version in package["dependencies"].items():
        assert lock[f"node_modules/{name}"]["version"] == version
    assert not any("resolved" in each for each in lock.values()), "the lock file names no registry"


def test_the_peer_has_the_flags_of_the_python_app() -> None:
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and ast.unparse(each.func) == "cdk.App"]
    flags = {
        re.sub(r"_(\w)", lambda part: part[1].upper(), each.arg): ast.literal_eval(each.value)
        for each in calls[0].keywords
        if each.arg and each.arg != "context"  # the layers of the local target, which the bench doesn't ask for
    }
    made = re.search(r"new cdk\.App\((\{.*?\n\})\)", (SOURCE / "app.js").read_text(encoding="utf-8"), re.DOTALL)
    assert len(calls) == 1
    assert made is not None
    quoted = re.sub(r"^  (\w+):", r'"\1":', made[1], flags=re.MULTILINE).replace("'", '"')
    assert json.loads(re.sub(r",\s*}", "}", quoted)) == flags
