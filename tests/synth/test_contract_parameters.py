"""What stacks tell each other: every parameter that one resolves is published by another that deploys before it."""

import json
from collections import defaultdict

from foundation.checks.assembly import Assembly, StackTemplate
from tests.synth.templates import contract_references, every

Site = tuple[str, str]
# AWS::SSM::Parameter, standard tier (Systems Manager quotas).
MAX_VALUE_BYTES = 4_096
# CloudFormation User Guide, "Get values stored in other services using dynamic references", general considerations.
MAX_DYNAMIC_REFERENCES = 60


def site(stack: StackTemplate) -> Site:
    """Account and Region: the scope of a parameter."""
    return stack.account, stack.region


def publishers(assembly: Assembly) -> dict[tuple[Site, str], list[str]]:
    """Paths of the stacks that publish each parameter, by account, Region and name."""
    found: dict[tuple[Site, str], list[str]] = defaultdict(list)
    for parameter in every(assembly, "AWS::SSM::Parameter"):
        found[site(parameter.stack), parameter.properties["Name"]].append(parameter.stack.path)
    return found


def dependencies(assembly: Assembly) -> dict[str, set[str]]:
    """Stacks that deploy before each stack, indirectly too, by path."""
    direct: dict[str, set[str]] = {}
    for manifest in assembly.folder.glob("assembly-*/manifest.json"):
        artifacts = json.loads(manifest.read_text())["artifacts"]
        paths = {name: each["displayName"] for name, each in artifacts.items() if "displayName" in each}
        for name, path in paths.items():
            direct[path] = {paths[other] for other in artifacts[name].get("dependencies", []) if other in paths}
    before: dict[str, set[str]] = {}

    def collect(path: str) -> set[str]:
        if path not in before:
            before[path] = direct[path].union(*(collect(other) for other in direct[path]))
        return before[path]

    return {path: collect(path) for path in direct}


def test_every_reference_is_published_in_the_same_account_and_region(assembly: Assembly) -> None:
    published = publishers(assembly)
    dangling = [
        f"{each.path} resolves {name}"
        for each in assembly.stacks
        for name in sorted(contract_references(each.template))
        if (site(each), name) not in published
    ]
    assert dangling == []


def test_a_stack_deploys_after_those_whose_parameters_it_resolves(assembly: Assembly) -> None:
    published, before = publishers(assembly), dependencies(assembly)
    racing = [
        f"{each.path} resolves {name} of {producer}, which may deploy later"
        for each in assembly.stacks
        for name in sorted(contract_references(each.template))
        for producer in published[site(each), name]
        if producer not in before[each.path]
    ]
    assert racing == []


def test_the_recovery_region_deploys_after_the_parameter_that_it_reads_from_the_primary(assembly: Assembly) -> None:
    published, before = publishers(assembly), dependencies(assembly)
    for action in every(assembly, "Custom::PrimaryParameter"):
        key = ((action.stack.account, action.properties["Region"]), action.properties["Name"])
        (producer,) = published[key]
        assert producer in before[action.stack.path]


def test_a_parameter_has_one_publisher(assembly: Assembly) -> None:
    assert {str(key): paths for key, paths in publishers(assembly).items() if len(paths) > 1} == {}


def test_no_value_crosses_stacks_by_an_export(assembly: Assembly) -> None:
    for each in assembly.stacks:
        assert "Fn::ImportValue" not in json.dumps(each.template), each.path
        outputs = each.template.get("Outputs", {})
        assert [name for name, output in outputs.items() if "Export" in output] == [], each.path


def test_values_fit_a_standard_parameter(assembly: Assembly) -> None:
    for parameter in every(assembly, "AWS::SSM::Parameter"):
        assert parameter.properties["Type"] == "String"
        assert len(json.dumps(parameter.properties["Value"]).encode()) < MAX_VALUE_BYTES, parameter.logical_id


def test_templates_stay_within_cloudformation_s_number_of_dynamic_references(assembly: Assembly) -> None:
    used = {each.path: (assembly.folder / each.file).read_text().count("{{resolve:") for each in assembly.stacks}
    assert {path: count for path, count in used.items() if count > MAX_DYNAMIC_REFERENCES} == {}
