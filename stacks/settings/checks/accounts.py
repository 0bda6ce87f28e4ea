"""GF-ACC-00N accounts, GF-CFG-017 ff. tags."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.checks.trees import children, place, repetitions
from stacks.settings.files import Files
from stacks.settings.platform import MANDATORY_TAGS


def check_accounts(files: Files) -> list[ConfigError]:
    """One id per account, one name per data producer."""
    ids: list[tuple[str, Node]] = []
    names: list[tuple[str, Node]] = []
    for account in children(files.platform.root, "accounts"):
        if isinstance(account.value, str):
            ids.append((account.value, account))
        for producer in children(account):
            for key, found in (("id", ids), ("name", names)):
                entry = producer.get(key)
                if entry is not None and isinstance(entry.value, str):
                    found.append((entry.value, entry))
    shared = "is also the id of {}: give every account an id of its own"
    errors = [again.error("GF-ACC-001", shared.format(place(first))) for again, first in repetitions(ids)]
    twice = "is also the name of {}: rename one of the data producers"
    return errors + [again.error("GF-ACC-002", twice.format(place(first))) for again, first in repetitions(names)]


def check_tags(files: Files) -> list[ConfigError]:
    """Mandatory tags are there, and none uses the prefix that AWS reserves."""
    tags = files.platform.root.get("tags") if files.platform.root is not None else None
    if tags is None or not isinstance(tags.value, dict):
        return []
    missing = [name for name in MANDATORY_TAGS if name not in tags.children]
    errors = [tags.error("GF-CFG-017", f"lacks the mandatory tag {name}: add it") for name in missing]
    reserved = [tag for key, tag in tags.items() if str(key).casefold().startswith("aws:")]
    return errors + [
        tag.error("GF-CFG-018", "uses the prefix aws:, which AWS reserves: rename the tag") for tag in reserved
    ]
