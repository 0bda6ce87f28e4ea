"""Tolerant views of the trees: what is there and well-typed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from genai_foundation.catalog.names import reference
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.files import Files
from stacks.settings.platform import ENVIRONMENTS


def children(node: Node | None, *path: str | int) -> list[Node]:
    """The nodes below `path`; empty when it is absent or a scalar."""
    found = node.get(*path) if node is not None else None
    return [child for _, child in found.items()] if found is not None else []


def texts(node: Node | None, *path: str | int) -> list[tuple[str, Node]]:
    """The strings of the list below `path`, with their nodes."""
    return [(child.value, child) for child in children(node, *path) if isinstance(child.value, str)]


def repetitions(values: list[tuple[str, Node]]) -> Iterator[tuple[Node, Node]]:
    """Each repetition of a value with its first occurrence."""
    first: dict[str, Node] = {}
    for value, node in values:
        if value in first:
            yield node, first[value]
        else:
            first[value] = node


def place(node: Node) -> str:
    """Where a node stands, for messages about another node."""
    return f"{node.key} (line {node.line})"


def region_names(files: Files) -> dict[str, str]:
    """Names of the `primary` and `recovery` Regions as far as they are given."""
    root = files.platform.root
    names = {role: root.text("regions", role, "name") if root is not None else None for role in ("primary", "recovery")}
    return {role: name for role, name in names.items() if name is not None}


def hub(files: Files) -> dict[str, Node] | None:
    """Model hub entries by id; None when the file can't be read, so that no reference is called unknown for it."""
    if files.models.root is None or not files.models.root.get("models"):
        return None
    entries = children(files.models.root, "models")
    return {entry.value["id"]: entry for entry in reversed(entries) if entry.text("id") is not None}


def approved(files: Files, environment: str) -> dict[str, Node] | None:
    """Entries of `models.ENVIRONMENT` by model id; None when the platform file doesn't say."""
    root = files.platform.root
    if root is None or root.get("models", environment) is None or environment not in ENVIRONMENTS:
        return None
    entries = children(root, "models", environment)
    return {entry.value["id"]: entry for entry in reversed(entries) if entry.text("id") is not None}


def referred(node: Node | None) -> str | None:
    """`NAME-vN` of a {name, version} mapping, when both are well-typed."""
    if node is None:
        return None
    name, version = node.text("name"), node.integer("version")
    return reference(name, version) if name is not None and version is not None else None
