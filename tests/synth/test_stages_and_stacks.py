"""Which stacks each account has, in which account and Region, under which names, in which order."""

import pytest

from foundation.checks.assembly import Assembly
from stacks.settings import Settings
from tests.synth.templates import stack

IDS = {
    "shared": "111111111111",
    "dev": "222222222222",
    "pre-prod": "333333333333",
    "prod": "444444444444",
    "data-governance": "555555555555",
    "data-producer-crm": "666666666666",
}
WORKLOAD = ["Security", "Network", "Guardrails", "Prompts", "Live", "ModelAccess", "Online", "ReleaseAccess"]
PRIMARY = {
    "shared": ["Security", "Experiments", "Pipeline"],
    "dev": [*WORKLOAD, "Evaluation", "UseCase-claims-assistant", "UseCase-pension-guidance", "UseCase-policy-search"],
    "pre-prod": [
        *WORKLOAD,
        "Evaluation",
        "UseCase-claims-assistant",
        "UseCase-pension-guidance",
        "UseCase-policy-search",
    ],
    "prod": [*WORKLOAD, "Evaluation", "UseCase-claims-assistant", "UseCase-policy-search"],
    "data-governance": ["Security", "Network", "Data", "Redaction", "ReleaseAccess"],
    "data-producer-crm": ["Security", "Data"],
}
# policy-search asks for backup-and-restore only; data buckets are copied by later work, not twinned; nothing is evaluated
# where nothing runs; what is live is decided, and releases run, in one Region.
ONCE = (
    "Data", "Evaluation", "Experiments", "Live", "Online", "Pipeline", "Redaction", "ReleaseAccess", "UseCase-policy-search"
)  # fmt: skip
LIVE_OF_A_USE_CASE = ("Live", "UseCaseFeedback9F09FC89")
RECOVERY = {stage: [name for name in names if name not in ONCE] for stage, names in PRIMARY.items()}


def test_every_account_has_its_stacks_and_no_other(assembly: Assembly) -> None:
    expected = {
        *(f"{stage}/{name}" for stage, names in PRIMARY.items() for name in names),
        *(f"{stage}/Recovery{name}" for stage, names in RECOVERY.items() for name in names),
    }
    assert {each.path for each in assembly.stacks} == expected


def test_stages_are_the_accounts_in_order_of_the_configuration(assembly: Assembly) -> None:
    assert list(assembly.stages) == list(IDS)


def test_every_stack_goes_to_its_account_and_region(assembly: Assembly) -> None:
    wrong = {
        each.path: (each.account, each.region)
        for each in assembly.stacks
        if (each.account, each.region)
        != (IDS[each.stage], "eu-central-1" if each.path.split("/")[1].startswith("Recovery") else "eu-west-1")
    }
    assert wrong == {}


def test_stack_names_are_their_paths(assembly: Assembly) -> None:
    assert {each.path: each.name for each in assembly.stacks if each.name != each.path.replace("/", "-")} == {}


@pytest.mark.parametrize("environment", ["dev", "pre-prod", "prod"])
def test_a_use_case_is_built_only_where_its_contract_says(
    assembly: Assembly, settings: Settings, environment: str
) -> None:
    built = {
        each.path.rpartition("UseCase-")[2]
        for each in assembly.stacks
        if each.path.startswith(f"{environment}/UseCase-")
    }
    assert built == {case.name for case in settings.use_cases if environment in case.environments}


def test_a_twin_holds_the_same_resources_as_its_original(assembly: Assembly) -> None:
    """Keys aside: the recovery Region's data key is a replica that an action finds. Account-wide settings are made once, and
    what is live is decided in the primary Region."""
    for each in assembly.stacks:
        stage, name = each.path.split("/")
        if not name.startswith("Recovery") or name == "RecoverySecurity":
            continue
        original = stack(assembly, f"{stage}/{name.removeprefix('Recovery')}")
        assert [(r.logical_id, r.type) for r in each.resources] == [
            (r.logical_id, r.type) for r in original.resources if r.logical_id not in LIVE_OF_A_USE_CASE
        ]


def test_the_recovery_security_stack_differs_by_its_replica_key_and_the_account_wide_block_only(
    assembly: Assembly,
) -> None:
    for stage in IDS:
        primary = {r.logical_id: r.type for r in stack(assembly, f"{stage}/Security").resources}
        recovery = {r.logical_id: r.type for r in stack(assembly, f"{stage}/RecoverySecurity").resources}
        assert {kind for key, kind in primary.items() if recovery.get(key) != kind} == {
            "AWS::KMS::Key",
            "AWS::IAM::ManagedPolicy",
            "Custom::AccountPublicAccessBlock",
        }
        assert {kind for key, kind in recovery.items() if primary.get(key) != kind} == {
            "AWS::KMS::ReplicaKey",
            "AWS::IAM::ManagedPolicy",
            "Custom::PrimaryParameter",
        }


def test_every_resource_that_takes_tags_carries_the_organisation_s(assembly: Assembly, settings: Settings) -> None:
    expected = {*settings.tags, "environment"}
    bare = []
    for each in assembly.stacks:
        for resource in each.resources:
            tags = resource.properties.get("Tags")
            names = set(tags) if isinstance(tags, dict) else {tag["Key"] for tag in tags or []}
            if tags is not None and not expected <= names:
                bare.append(f"{each.path}: {resource.logical_id}")
    assert bare == []


def test_a_use_case_s_resources_carry_its_owner_and_cost_centre(assembly: Assembly) -> None:
    roles = list(stack(assembly, "prod/UseCase-claims-assistant").of_type("AWS::IAM::Role"))
    tags = {tag["Key"]: tag["Value"] for role in roles for tag in role.properties["Tags"]}
    assert {key: tags[key] for key in ("cost-centre", "data-classification", "lob", "use-case", "environment")} == {
        "cost-centre": "CC-2140",
        "data-classification": "confidential",
        "lob": "claims",
        "use-case": "claims-assistant",
        "environment": "prod",
    }
