"""State that must not be replaced: its logical ids are pinned, and it outlives its stack."""

import json
from pathlib import Path

from foundation.checks.assembly import Assembly
from tests.synth.templates import every, where

PINNED = Path(__file__).with_name("stateful_ids.json")
STATEFUL = (
    "AWS::Bedrock::Guardrail",
    "AWS::Bedrock::GuardrailVersion",
    "AWS::Bedrock::Prompt",
    "AWS::Bedrock::PromptVersion",
    "AWS::DynamoDB::GlobalTable",
    "AWS::KMS::Key",
    "AWS::KMS::ReplicaKey",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
)
# The second lets a creation that is rolled back clean up after itself, and keeps everything that ever held state.
KEPT = ("Retain", "RetainExceptOnCreate")
ADVICE = """
Stateful resources changed their logical ids. CloudFormation would make new, empty ones and leave the old ones behind.
 - Not intended: give the construct its old id (or keep it in its old scope).
 - Intended, and the old state was migrated or is worthless: write the new ids with
       python -m tests.synth.test_stateful_resources CDK_OUT
   and say in the commit what happens to what is deployed.
Gone: {gone}
New: {new}"""


def logical_ids(assembly: Assembly) -> dict[str, dict[str, str]]:
    """Type by logical id of every stateful resource, by stack."""
    found = {
        each.path: {resource.logical_id: resource.type for resource in each.of_type(*STATEFUL)}
        for each in assembly.stacks
    }
    return {path: dict(sorted(ids.items())) for path, ids in sorted(found.items()) if ids}


def flat(ids: dict[str, dict[str, str]]) -> set[tuple[str, str, str]]:
    """(stack, logical id, type)."""
    return {(path, name, kind) for path, resources in ids.items() for name, kind in resources.items()}


def test_logical_ids_of_state_never_change(assembly: Assembly) -> None:
    pinned, now = flat(json.loads(PINNED.read_text())), flat(logical_ids(assembly))
    assert now == pinned, ADVICE.format(gone=sorted(pinned - now), new=sorted(now - pinned))


def test_state_outlives_its_stack_and_its_replacement(assembly: Assembly) -> None:
    lost = [
        where(resource)
        for resource in every(assembly, *STATEFUL)
        if resource.body.get("DeletionPolicy") not in KEPT or resource.body.get("UpdateReplacePolicy") != "Retain"
    ]
    assert lost == []


if __name__ == "__main__":
    import sys

    from foundation.checks.assembly import load_assembly

    PINNED.write_text(json.dumps(logical_ids(load_assembly(Path(sys.argv[1]))), indent=1) + "\n")
