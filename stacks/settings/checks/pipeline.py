"""GF-REL-60N: a release pipeline that could decide nothing, or that one person could pass alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.checks.trees import place, repetitions, texts
from stacks.settings.files import Files
from stacks.settings.platform import ENVIRONMENTS, ApproverRole


def check_pipeline(files: Files) -> list[ConfigError]:
    """Every environment has a gate of suites that exist; two roles of at least two people approve."""
    release = files.platform.root.get("release") if files.platform.root is not None else None
    if release is None or release.value is None:
        return []
    return [*_gates(files, release), *_approvers(release)]


def _gates(files: Files, release: Node) -> Iterator[ConfigError]:
    gates = release.get("gates")
    if gates is None or not isinstance(gates.value, dict):  # GF-CFG-010, 012
        return
    known = sorted(path.parent.name for path in (files.catalog / "evaluations").glob("*/suite.yaml"))
    for environment in ENVIRONMENTS:
        if _empty(gates, environment):
            text = (
                f"{environment} has no evaluation suite, so that nothing decides there: name one of catalog/evaluations"
            )
            yield (gates.get(environment) or gates).error("GF-REL-600", text)
        named = texts(gates, environment)
        for suite, node in named:
            if suite not in known:
                text = f"there is no such suite in catalog/evaluations: {guess(suite, known, 'use one of')}"
                yield node.error("GF-REL-601", text)
        yield from _repeated(named)


def _approvers(release: Node) -> Iterator[ConfigError]:
    approvers = release.get("approvers")
    if approvers is None or not isinstance(approvers.value, dict):
        return
    roles = {role: texts(approvers, role) for role in get_args(ApproverRole)}
    for role, people in roles.items():
        if _empty(approvers, role):
            text = f"nobody may approve as {role}: name at least one address"
            yield (approvers.get(role) or approvers).error("GF-REL-603", text)
        yield from _repeated(people)
    everybody = {person.casefold() for each in roles.values() for person, _ in each}
    if len(everybody) == 1 and all(roles.values()):
        text = f"{everybody.pop()} is alone in both roles, and nobody may approve twice: name another person in one of them"
        yield approvers.error("GF-REL-604", text)


def _empty(mapping: Node, key: str) -> bool:
    """Whether the list isn't there or has no entry; something else than a list is GF-CFG-012."""
    found = mapping.get(key)
    return found is None or found.value == ()


def _repeated(named: list[tuple[str, Node]]) -> Iterator[ConfigError]:
    for again, first in repetitions(named):
        yield again.error("GF-REL-602", f"repeats {place(first)}: keep one")
