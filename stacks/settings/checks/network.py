"""GF-NET-00N: address plan. GF-NET-001 (not a CIDR block) comes from the model."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.checks.trees import children, place, texts
from stacks.settings.files import Files
from stacks.settings.platform import NETWORK_STAGES

# A VPC takes /16 to /28 (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html). A zone's subnet needs a /24:
# each interface endpoint takes an address in it, and Lambda's network interfaces, vector stores and ingestion share the rest.
LARGEST, SUBNET = 16, 24
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
# Used inside SageMaker and Cloud9 hosts (same page: "some AWS services use the 172.17.0.0/16 CIDR range").
RESERVED = IPv4Network("172.17.0.0/16")


def check_network(files: Files) -> list[ConfigError]:
    """Size, range and overlap of every block that is one; missing stages."""
    root = files.platform.root
    network = root.get("network") if root is not None else None
    if network is None or not isinstance(network.value, dict):
        return []
    missing = [stage for stage in NETWORK_STAGES if stage not in network.children]
    errors = [network.error("GF-NET-002", f"has no blocks for {stage}: add primary and recovery") for stage in missing]
    blocks = _blocks(network)
    for block, node in blocks:
        errors += _alone(block, node, _smallest(root, str(node.path[-1])))
    for (first, first_node), (second, node) in combinations(blocks, 2):
        if first.overlaps(second):
            text = f"overlaps {first} of {place(first_node)}: choose blocks that share no address"
            errors.append(node.error("GF-NET-006", text))
    return errors


def _blocks(network: Node) -> list[tuple[IPv4Network, Node]]:
    found = []
    for node in (block for stage in children(network) for block in children(stage)):
        try:
            block = IPv4Network(node.value) if isinstance(node.value, str) and "/" in node.value else None
        except ValueError:
            block = None  # the model reports it
        if block is not None:
            found.append((block, node))
    return found


def _smallest(root: Node | None, role: str) -> int:
    """Longest prefix of a block that still holds a /24 for each zone of its Region; blocks split by powers of two."""
    zones = max(1, len(texts(root, "regions", role, "availability_zones")))
    return SUBNET - (zones - 1).bit_length()


def _alone(block: IPv4Network, node: Node, smallest: int) -> list[ConfigError]:
    errors = []
    if block.prefixlen > smallest:
        text = f"is too small for a /{SUBNET} subnet in every zone: use /{smallest} or larger (a smaller number)"
        errors.append(node.error("GF-NET-003", text))
    if block.prefixlen < LARGEST:
        errors.append(
            node.error("GF-NET-004", f"is larger than a VPC can be: use /{LARGEST} or smaller (a larger number)")
        )
    if not any(block.subnet_of(private) for private in PRIVATE):
        text = "is not private address space: use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"
        errors.append(node.error("GF-NET-005", text))
    if block.overlaps(RESERVED):
        errors.append(
            node.error("GF-NET-007", f"overlaps {RESERVED}, which SageMaker hosts use themselves: choose another")
        )
    return errors
