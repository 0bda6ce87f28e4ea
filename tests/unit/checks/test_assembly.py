"""Reading a cloud assembly: every stack of every Stage, or an error that says what to do."""

import json
import shutil
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly, load_assembly
from foundation.checks.errors import GateError


@pytest.fixture
def copied(good: Assembly, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good.folder, tmp_path / "cdk.out"))


def test_stacks_are_read_with_account_region_and_construct_paths(good: Assembly) -> None:
    (stack,) = good.stacks
    assert (stack.path, stack.name, stack.stage) == ("dev/Workload", "dev-Workload", "dev")
    assert (stack.account, stack.region) == ("222222222222", "eu-west-1")
    assert (good.folder / stack.file).is_file()
    assert good.by_path["dev/Workload/Failures"].type == "AWS::SQS::Queue"
    assert good.resource_count == len(stack.resources) > 10


def test_construct_paths_come_from_the_assembly_where_the_template_has_none(copied: Path) -> None:
    (file,) = copied.glob("*/*.template.json")
    template = json.loads(file.read_text())
    for body in template["Resources"].values():
        body.pop("Metadata", None)
    file.write_text(json.dumps(template))
    assert load_assembly(copied).by_path["dev/Workload/Failures"].logical_id == "Failures"


def test_fails_without_an_assembly(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="GF-ASSEMBLY-001"):
        load_assembly(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_fails_on_an_unreadable_template(copied: Path, text: str) -> None:
    next(copied.glob("*/*.template.json")).write_text(text)
    with pytest.raises(GateError, match="GF-ASSEMBLY-002"):
        load_assembly(copied)


def test_fails_without_a_stack(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"artifacts": {}}')
    with pytest.raises(GateError, match="GF-ASSEMBLY-003"):
        load_assembly(tmp_path)


def test_fails_on_nested_stacks_that_nobody_would_check(copied: Path) -> None:
    (copied / "assembly-dev" / "inner.nested.template.json").write_text("{}")
    with pytest.raises(GateError, match=r"GF-ASSEMBLY-004.*inner\.nested"):
        load_assembly(copied)
