"""Custom resources in the templates against the actions that serve them."""

import inspect
import re

import pytest

from foundation.checks.assembly import Assembly, Resource
from genai_runtime.custom_resources.handler import ACTIONS
from tests.contract.deployed import functions
from tests.synth.templates import where

# What CloudFormation and CDK add to the properties by themselves.
PROTOCOL = {"ServiceToken", "ServiceTimeout"}
READS = re.compile(r'request\.text\("(\w+)"\)')


def custom_resources(assembly: Assembly) -> list[Resource]:
    """Every custom resource of all stacks."""
    return [r for each in assembly.stacks for r in each.resources if r.type.startswith("Custom::")]


def test_every_type_has_an_action_and_every_action_is_used(assembly: Assembly) -> None:
    assert {resource.type for resource in custom_resources(assembly)} == ACTIONS.keys()


@pytest.mark.parametrize("kind", ACTIONS)
def test_templates_give_an_action_the_properties_that_it_reads(assembly: Assembly, kind: str) -> None:
    module = inspect.getmodule(ACTIONS[kind])
    assert module is not None
    read = set(READS.findall(inspect.getsource(module)))
    assert read
    for resource in custom_resources(assembly):
        if resource.type == kind:
            assert set(resource.properties) - PROTOCOL == read, where(resource)


def test_an_action_answers_before_cloudformation_stops_waiting(assembly: Assembly) -> None:
    longest = max(
        f.properties["Timeout"] for f in functions(assembly, "genai_runtime.custom_resources.handler.handler")
    )
    for resource in custom_resources(assembly):
        assert longest < int(resource.properties["ServiceTimeout"]), where(resource)
