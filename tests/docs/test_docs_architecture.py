"""docs/architecture.md, the picture and the figures of the pages against the synthesized app."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.docs.cli import PICTURE
from foundation.docs.diagram import draw
from foundation.docs.facts import read_facts
from stacks.settings import Settings
from tests.docs.pages import CHECKOUT, page

REFERENCE = re.compile(r"\{\{resolve:ssm:/genai-foundation/([^}]+)\}\}")
PREFIX = "/genai-foundation/"
COLUMNS = ("shared", "workload", "data-governance", "data-producer", "recovery")
# Readers that no template shows.
AT_RUN_TIME = {
    "ModelAccess function", "Live functions", "Track function", "LOB apps", "release functions", "ingestion", "`foundation eval`",
    "`foundation release`",
}  # fmt: skip


def column(assembly: Assembly, stage: str) -> str:
    """The table's column of a stage."""
    if stage in ("dev", "pre-prod", "prod"):
        return "workload"
    return "data-producer" if stage.startswith("data-producer-") else stage


def kind(name: str) -> str:
    """The table's row of a stack."""
    name = name.split("/")[-1].removeprefix("Recovery")
    return "UseCase-NAME" if name.startswith("UseCase-") else name


def test_the_table_of_stacks_is_what_is_synthesized(assembly: Assembly) -> None:
    rows = page("docs/architecture.md").table("stacks")
    documented = {
        (row[0], name) for row in rows for name, cell in zip(COLUMNS, row[1:], strict=True) if cell
    }  # fmt: skip
    synthesized: set[tuple[str, str]] = set()
    for stack in assembly.stacks:
        recovery = stack.path.split("/")[-1].startswith("Recovery")
        synthesized.add((kind(stack.path), "recovery" if recovery else column(assembly, stack.stage)))
    assert documented == synthesized


def contracts() -> dict[str, tuple[str, set[str]]]:
    """Parameter pattern -> producer and readers, as the page says."""
    found: dict[str, tuple[str, set[str]]] = {}
    for names, producer, readers in page("docs/architecture.md").table("contracts"):
        for name in re.findall(r"`([^`]+)`", names):
            found[name] = (producer, set(readers.split(", ")))
    return found


def pattern(documented: Iterable[str], name: str) -> str:
    """The documented pattern that a parameter's name follows."""
    found = [
        each for each in documented if re.fullmatch(re.sub(r"\b(NAME|VERSION|N)\b", "[^/]+", re.escape(each)), name)
    ]
    assert len(found) == 1, f"{name} is documented as {found}"
    return found[0]


def read_by(template: Mapping[str, Any]) -> set[str]:
    """Contract values that a template reads: as dynamic references, or as its own parameters."""
    own = (each["Default"] for each in template.get("Parameters", {}).values() if "SSM::Parameter" in each["Type"])
    named = {name.removeprefix(PREFIX) for name in own if name.startswith(PREFIX)}
    return named | set(REFERENCE.findall(json.dumps(template)))


def test_every_parameter_is_documented_with_its_producer_and_readers(assembly: Assembly) -> None:
    documented = contracts()
    published: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for stack in assembly.stacks:
        for parameter in stack.of_type("AWS::SSM::Parameter"):
            name = str(parameter.properties["Name"]).removeprefix(PREFIX)
            published.setdefault(pattern(documented, name), set()).add(kind(stack.path))
        for name in read_by(stack.template):
            read.setdefault(pattern(documented, name), set()).add(kind(stack.path))
    assert published == {name: {producer} for name, (producer, _) in documented.items()}
    for name, (_, readers) in documented.items():
        assert read.get(name, set()) == readers - AT_RUN_TIME, name


def test_dynamic_references_stay_below_cloudformation_s_limit(assembly: Assembly) -> None:
    counts = {stack.path: len(REFERENCE.findall(json.dumps(stack.template))) for stack in assembly.stacks}
    assert {path: count for path, count in counts.items() if count > 60} == {}


def test_the_picture_is_fresh(assembly: Assembly, settings: Settings) -> None:
    expected = draw(read_facts(assembly.folder, settings))
    assert (CHECKOUT / PICTURE).read_text(encoding="utf-8") == expected, (
        "run `make synth`, then `foundation docs diagram`"
    )


@pytest.mark.parametrize("path", ["docs/deploy-to-aws.md"])
def test_figures_of_a_page_are_those_of_the_templates(path: str, assembly: Assembly) -> None:
    text = " ".join(page(path).text.split())
    networks = [stack for stack in assembly.stacks if kind(stack.path) == "Network"]
    endpoints = [each for each in networks[0].of_type("AWS::EC2::VPCEndpoint") if "SubnetIds" in each.properties]
    zones = len(endpoints[0].properties["SubnetIds"])
    addresses = len(endpoints) * zones
    assert f"{len(endpoints)} endpoints in {zones} zones are {addresses} endpoint addresses" in text
    assert f"each of the {len(networks)} networks" in text
    access = next(stack for stack in assembly.stacks if stack.path == "dev/ModelAccess")
    role = next(each for each in access.of_type("AWS::IAM::Role"))
    policies = sum(1 for _ in access.of_type("AWS::IAM::ManagedPolicy")) + len(role.properties["ManagedPolicyArns"])
    assert f"the function's role has {policies} with the shipped catalog" in text
    reserved: Counter[str] = Counter()
    for stack in assembly.stacks:
        if stack.stage == "dev" and "Recovery" not in stack.path:
            for each in stack.of_type("AWS::Lambda::Function"):
                capability = str(each.properties["Handler"]).split(".")[1]
                reserved[capability] += each.properties["ReservedConcurrentExecutions"]
    capabilities = ("model_access", "live", "evaluation", "custom_resources")
    model_access, live, evaluation, actions = (reserved.pop(each) for each in capabilities)
    said = (
        f"{model_access} reserved for ModelAccess, {live} for what is live and its experiments, {evaluation} for the "
        f"evaluation pipeline, {actions} for the deploy actions"
    )
    assert said in text
    assert not reserved
    shared = Counter[str]()
    for stack in assembly.stacks:
        if stack.stage == "shared" and "Recovery" not in stack.path:
            for each in stack.of_type("AWS::Lambda::Function"):
                shared[str(each.properties["Handler"]).split(".")[1]] += each.properties["ReservedConcurrentExecutions"]
    total = 100 + shared["release"] + shared["custom_resources"]
    assert (
        f"| Lambda: concurrent executions in `shared` | {total} | {shared['release']} reserved for the release" in text
    )
    assert f"| Lambda: concurrent executions | {100 + model_access + live + evaluation + actions} |" in text
