"""What must hold for any input: subnets inside their range, statements split without loss."""

import ipaddress
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_foundation.errors import FoundationError
from genai_foundation.iam import REFERENCE_CHARACTERS, allow, by_size
from genai_foundation.network.private_network import subnet_cidrs

SMALLEST = 28
LIMIT = 4_500

ranges = st.builds(
    lambda address, prefix: ipaddress.ip_network((address, prefix), strict=False),
    st.integers(min_value=int(ipaddress.ip_address("10.0.0.0")), max_value=int(ipaddress.ip_address("10.255.255.255"))),
    st.integers(min_value=16, max_value=28),
)
arns = st.one_of(
    st.from_regex(r"arn:aws:bedrock:eu-west-1::foundation-model/[a-z0-9.:-]{1,120}", fullmatch=True),
    st.from_regex(r"\{\{resolve:ssm:/genai-foundation/guardrails/[a-z]{1,20}/[1-9]/arn\}\}", fullmatch=True),
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


def weight(arn: str) -> int:
    """Characters that a resource counts in a policy."""
    return REFERENCE_CHARACTERS if "{{resolve" in arn else len(arn)


@settings(max_examples=50, deadline=None)
@given(resources=st.lists(arns, min_size=1, max_size=150))
def test_a_split_statement_keeps_every_resource_once_and_each_part_fits(resources: list[str]) -> None:
    condition = {"StringEquals": {"bedrock:GuardrailIdentifier": ["g"]}}
    parts = by_size(allow("Invoke", ["bedrock:InvokeModel"], resources, condition), LIMIT)
    assert Counter(arn for part in parts for arn in part["Resource"]) == Counter(resources)
    for part in parts:
        assert part["Resource"]
        assert sum(weight(arn) for arn in part["Resource"]) <= LIMIT
        assert (part["Action"], part["Condition"], part["Effect"]) == (["bedrock:InvokeModel"], condition, "Allow")


@settings(max_examples=50, deadline=None)
@given(resources=st.lists(arns, min_size=1, max_size=150))
def test_parts_have_statement_ids_of_their_own(resources: list[str]) -> None:
    parts = by_size(allow("Invoke", ["bedrock:InvokeModel"], resources), LIMIT)
    sids = [part["Sid"] for part in parts]
    assert len(set(sids)) == len(sids)
    assert sids == (["Invoke"] if len(parts) == 1 else [f"Invoke{index + 1}" for index in range(len(parts))])


def test_an_order_that_the_configuration_gives_is_kept() -> None:
    """Another order would be another template, hence a deployment for nothing."""
    resources = [f"arn:aws:bedrock:eu-west-1::foundation-model/{index}" for index in range(300)]
    parts = by_size(allow("Invoke", ["bedrock:InvokeModel"], resources), LIMIT)
    assert [arn for part in parts for arn in part["Resource"]] == resources
