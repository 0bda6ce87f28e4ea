"""GF-CAT-04N: a released version never changes."""

from __future__ import annotations

from collections.abc import Iterator

from genai_foundation.catalog.digest import digest
from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.yaml_tree import Document, Node
from stacks.settings.checks.trees import children, referred
from stacks.settings.files import Files

COMMAND = "foundation catalog release"


def check_releases(files: Files) -> list[ConfigError]:
    """Released files are as they were released; use cases name released versions."""
    if files.lock.root is None:
        return []
    errors: list[ConfigError] = []
    for kind, documents in (("guardrails", files.guardrails), ("prompts", files.prompts)):
        lock = files.lock.root.get(kind)
        hashes = {str(name): node for name, node in lock.items()} if lock is not None else {}
        for name, locked in hashes.items():
            errors += _unchanged(name, locked, documents.get(name))
        for stem, reference in _used(files, kind):
            document = documents.get(stem)
            if stem not in hashes and document is not None:
                text = f"is {stem}, which is not released: run `{COMMAND}`, or use a released version"
                errors.append(reference.error("GF-CAT-042", text))
    return errors


def _unchanged(name: str, locked: Node, document: Document | None) -> list[ConfigError]:
    if document is None:
        text = "is released, but its file is gone: restore the file; delete this line only when no account holds the version"
        return [locked.error("GF-CAT-041", text)]
    readable = document.root is not None and not document.errors and isinstance(locked.value, str)
    if document.root is None or not readable or digest(document.root.value) == locked.value:
        return []
    version = document.root.integer("version")
    following = f"version: {version + 1}" if version is not None else "the next version"
    text = f"{name} is released and must not change: restore it, and put the change into a new file with {following}"
    return [ConfigError("GF-CAT-040", document.file, 0, "", "", text)]


def _used(files: Files, kind: str) -> Iterator[tuple[str, Node]]:
    for document in files.use_cases.values():
        root = document.root
        if root is None:
            continue
        nodes = [root.get("guardrail")] if kind == "guardrails" else children(root, "prompts")
        for node in nodes:
            stem = referred(node)
            if node is not None and stem is not None:
                yield stem, node
