"""What must hold for any input: subnets inside their range, policies that IAM takes."""

import ipaddress
import json
from itertools import combinations
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_foundation.catalog_access import BATCH, GuardrailPolicies, PromptPolicies, batches, published_policies
from genai_foundation.errors import FoundationError
from genai_foundation.network.private_network import subnet_cidrs
from tests.synth.constructs.samples import guardrail, prompt
from tests.synth.constructs.values import ACCOUNT

SMALLEST = 28
LONGEST = f"arn:aws:bedrock:ap-southeast-2:{ACCOUNT}:guardrail/abcdefghijkl"

ranges = st.builds(
    lambda address, prefix: ipaddress.ip_network((address, prefix), strict=False),
    st.integers(min_value=int(ipaddress.ip_address("10.0.0.0")), max_value=int(ipaddress.ip_address("10.255.255.255"))),
    st.integers(min_value=16, max_value=28),
)


@settings(deadline=None)
@given(cidr=ranges, zones=st.integers(min_value=1, max_value=6))
def test_subnets_lie_in_the_range_apart_from_each_other_and_are_big_enough(
    cidr: ipaddress.IPv4Network, zones: int
) -> None:
    needed = (zones - 1).bit_length()
    if cidr.prefixlen + needed > SMALLEST:
        with pytest.raises(FoundationError) as caught:
            subnet_cidrs(str(cidr), zones)
        assert caught.value.code == "GF-VPC-001"
        return
    subnets = [ipaddress.IPv4Network(each) for each in subnet_cidrs(str(cidr), zones)]
    assert len(subnets) == zones
    assert all(subnet.subnet_of(cidr) and subnet.prefixlen <= SMALLEST for subnet in subnets)
    assert len({subnet.prefixlen for subnet in subnets}) == 1
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


@settings(deadline=None)
@given(cidr=ranges, zones=st.integers(min_value=1, max_value=5))
def test_a_zone_that_is_added_never_moves_the_subnets_of_a_range_with_room(
    cidr: ipaddress.IPv4Network, zones: int
) -> None:
    """Within the same power of two: CloudFormation replaces a subnet whose range changes."""
    if (zones - 1).bit_length() != zones.bit_length() or cidr.prefixlen + zones.bit_length() > SMALLEST:
        return
    assert subnet_cidrs(str(cidr), zones + 1)[:zones] == subnet_cidrs(str(cidr), zones)


@given(items=st.lists(st.integers(), max_size=100))
def test_batches_of_versions_keep_each_once_in_order_and_small(items: list[int]) -> None:
    """Another order would be another template, hence a deployment for nothing."""
    found = batches(items)
    assert [item for batch in found for item in batch] == items
    assert all(0 < len(batch) <= BATCH for batch in found)


@given(guardrails=st.integers(min_value=0, max_value=60), prompts=st.integers(min_value=0, max_value=60))
def test_a_consumer_attaches_a_policy_for_every_batch(guardrails: int, prompts: int) -> None:
    found = published_policies(guardrails=guardrails, prompts=prompts)
    assert len(set(found)) == len(found) == 2 * -(-guardrails // BATCH) + -(-prompts // BATCH)


@pytest.mark.parametrize("kind", ["guardrails", "prompts"])
def test_a_full_batch_fits_a_managed_policy(kind: str) -> None:
    """6,144 characters without white space (IAM User Guide, quotas), at the length that Bedrock's ARNs have once deployed."""
    stack = cdk.Stack(cdk.App(), "Test", env=cdk.Environment(account=ACCOUNT, region="ap-southeast-2"))
    if kind == "guardrails":
        models = [f"arn:aws:bedrock:ap-southeast-2::foundation-model/{'m' * 60}{index:02}" for index in range(30)]
        guardrails = [guardrail(stack, f"Guardrail{index}") for index in range(BATCH)]
        GuardrailPolicies(stack, "Policies", guardrails=guardrails, model_arns=models)
    else:
        PromptPolicies(stack, "Policies", prompts=[prompt(stack, f"Prompt{index}") for index in range(BATCH)])
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    assert policies
    for policy in policies.values():
        assert len(deployed(policy["Properties"]["PolicyDocument"])) <= 6_144


def deployed(document: Any) -> str:
    """A policy document as IAM counts it, with every ARN that only the deployment knows at its full length."""
    if isinstance(document, dict) and "Fn::GetAtt" in document:
        return '"' + ("1" if document["Fn::GetAtt"][1] == "Version" else "a" * len(LONGEST)) + '"'
    if isinstance(document, dict) and "Fn::Join" in document:
        return '"' + "".join(deployed(part).strip('"') for part in document["Fn::Join"][1]) + '"'
    if isinstance(document, dict):
        return "{" + ",".join(f'"{key}":{deployed(value)}' for key, value in document.items()) + "}"
    if isinstance(document, list):
        return "[" + ",".join(deployed(each) for each in document) + "]"
    return json.dumps(document)
