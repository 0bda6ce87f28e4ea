"""Each patch has a name, a reason, and a line in the documentation."""

from __future__ import annotations

from foundation.local.layout import checkout
from foundation.local.patches import PATCHES


def test_every_patch_is_named_once_and_documented() -> None:
    names = [patch.name for patch in PATCHES]
    assert len(set(names)) == len(names)
    page = (checkout() / "docs" / "local-target.md").read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_patch_says_what_it_changes_and_why() -> None:
    for patch in PATCHES:
        assert patch.upstream.split()[0].startswith(("core.", "services.", "app")), patch.name
        assert patch.reason.strip(), patch.name
