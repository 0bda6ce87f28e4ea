"""GF-REG-00N: Regions, availability zones, approved processing Regions."""

from __future__ import annotations

import re

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.bedrock_regions import CAPABILITIES
from stacks.settings.checks.trees import place, region_names, repetitions, texts
from stacks.settings.files import Files, roots

# Geography prefix of an inference or guardrail profile -> how its Regions' names begin.
GEOGRAPHIES = {
    "us": ("us-east-", "us-west-"),
    "eu": ("eu-",),
    "apac": ("ap-",),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "ca": ("ca-",),
    "us-gov": ("us-gov-",),
}

# Directions that a zone id shortens to two letters; all others to their first.
DIRECTIONS = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}


def check_regions(files: Files) -> list[ConfigError]:
    """Two different Regions that have Bedrock, with zones of their own, both approved for processing."""
    root = files.platform.root
    if root is None:
        return []
    errors: list[ConfigError] = []
    for role in ("primary", "recovery"):
        region = root.get("regions", role)
        if region is not None:
            errors += _region(region) + _zones(region)
    return errors + _pair(root) + _inference(files, root)


def _region(region: Node) -> list[ConfigError]:
    name = region.get("name")
    if name is None or not isinstance(name.value, str):
        return []
    if name.value not in CAPABILITIES:
        return [
            name.error(
                "GF-REG-002", f"has no Amazon Bedrock: {guess(name.value, CAPABILITIES, 'Regions that have it')}"
            )
        ]
    lacking = [each for each in ("guardrails", "prompts") if each not in CAPABILITIES[name.value]]
    if lacking:
        text = f"CloudFormation can't build Bedrock {' and '.join(lacking)} there: choose a Region where it can"
        return [name.error("GF-REG-003", text)]
    return []


def _zones(region: Node) -> list[ConfigError]:
    name, zones = region.text("name"), texts(region, "availability_zones")
    twice = [
        again.error("GF-REG-005", f"repeats {place(first)}: name each zone once") for again, first in repetitions(zones)
    ]
    if name is None:
        return twice
    prefix = zone_prefix(name)
    example = f"write {prefix}-az1, {prefix}-az2, …"
    foreign = [zone for value, zone in zones if not re.fullmatch(f"{re.escape(prefix)}-az[1-9]", value)]
    return twice + [
        zone.error("GF-REG-004", f"is not an availability zone id of {name}: {example}") for zone in foreign
    ]


def zone_prefix(region: str) -> str:
    """What the zone ids of a Region begin with: `euw1` for eu-west-1, `apse2` for ap-southeast-2.

    Ids name the same zone in every account, names such as eu-west-1a don't
    (https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html).
    """
    area, *directions, number = region.split("-")
    return f"{area}{''.join(DIRECTIONS.get(each, each[0]) for each in directions)}{number}"


def _pair(root: Node) -> list[ConfigError]:
    primary, recovery = root.get("regions", "primary", "name"), root.get("regions", "recovery", "name")
    if primary is None or recovery is None or primary.value != recovery.value or not isinstance(primary.value, str):
        return []
    return [
        recovery.error("GF-REG-001", "is the primary Region too: recovery needs a Region that doesn't fail with it")
    ]


def _inference(files: Files, root: Node) -> list[ConfigError]:
    listed = texts(root, "regions", "inference")
    errors = [again.error("GF-REG-005", f"repeats {place(first)}: keep one") for again, first in repetitions(listed)]
    unknown = [node for value, node in listed if value not in CAPABILITIES]
    known = "Regions that have it"
    errors += [
        node.error("GF-REG-002", f"has no Amazon Bedrock: {guess(node.value, CAPABILITIES, known)}") for node in unknown
    ]
    inference = root.get("regions", "inference")
    if inference is None or not listed:
        return errors
    names = {value for value, _ in listed}
    absent = {role: name for role, name in region_names(files).items() if name not in names}
    text = "lacks {}, the {} Region, where every request is processed first: add it"
    return errors + [inference.error("GF-REG-006", text.format(name, role)) for role, name in absent.items()]


def check_guardrail_regions(files: Files) -> list[ConfigError]:
    """A STANDARD tier guardrail works in its profile's geography only."""
    errors = []
    for guardrail in roots(files.guardrails).values():
        profile = guardrail.get("cross_region_profile")
        if profile is None or not isinstance(profile.value, str):
            continue
        geography = profile.value.split(".", 1)[0]
        outside = sorted({name for name in region_names(files).values() if not in_geography(name, geography)})
        if outside:
            text = f"is of geography {geography!r}, but the platform runs in {', '.join(outside)}: use a profile that covers it"
            errors.append(profile.error("GF-REG-007", text))
    return errors


def in_geography(region: str, geography: str) -> bool:
    """Whether a profile of that geography may use the Region; an unknown geography covers nothing."""
    return geography == "global" or region.startswith(GEOGRAPHIES.get(geography, ("-",)))
