"""What differs between two releases, by kind: items, evaluations, what use cases use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from genai_runtime.release.manifest import ORDER, Item, Manifest, Requirement

How = Literal["added", "removed", "changed"]
KINDS: Final = (
    "prompt", "guardrail", "model", "dataset", "threshold", "flow", "tool", "configuration", "prices", "code",
    "evaluation", "live versions", "approval", "file",
)  # fmt: skip
"""In the order in which a person reads them; after `code`, what follows from the others."""


@dataclass(frozen=True)
class Change:
    """One difference. `before` and `after` are short: a hash's beginning, or versions."""

    kind: str
    name: str
    how: How
    before: str = ""
    after: str = ""


def changes(before: Manifest, after: Manifest) -> tuple[Change, ...]:
    """Every difference in meaning, by kind and name; files of the assembly are counted, not listed."""
    found = [
        *_items(before, after),
        *_compared("evaluation", _evaluations(before), _evaluations(after)),
        *_compared("live versions", _live(before), _live(after)),
        *_compared("approval", _approval(before), _approval(after)),
        *_files(before, after),
    ]
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), each.name)))


def as_data(found: tuple[Change, ...]) -> list[dict[str, Any]]:
    """For `--json`."""
    return [asdict(each) for each in found]


def as_markdown(found: tuple[Change, ...]) -> str:
    """A list by kind."""
    if not found:
        return "Nothing differs.\n"
    lines = []
    for kind in KINDS:
        if of_kind := [each for each in found if each.kind == kind]:
            lines.append(f"- **{kind}**: " + "; ".join(_said(each) for each in of_kind))
    return "\n".join(lines) + "\n"


def _said(change: Change) -> str:
    values = f" ({change.before} → {change.after})" if change.how == "changed" and change.before else ""
    name = f"`{change.name}` " if change.name else ""
    return f"{name}{change.how}{values}"


def _items(before: Manifest, after: Manifest) -> Iterator[Change]:
    old, new = ({(item.kind, item.name): item for item in each.items} for each in (before, after))
    for key in old.keys() | new.keys():
        yield from _changed(key[0], key[1], _short(old.get(key)), _short(new.get(key)))


def _short(item: Item | None) -> str | None:
    return None if item is None else item.sha256[:12]


def _evaluations(manifest: Manifest) -> dict[str, str]:
    return {f"{each.environment}, {each.request.suite}": _request(each) for each in manifest.requirements}


def _request(requirement: Requirement) -> str:
    """Everything that decides, in words; ids of what isn't deployed yet aren't among it."""
    request = requirement.request
    candidates = ", ".join(
        f"{each.prompt.name} v{each.prompt.version} with {each.model}" for each in request.candidates
    )
    cases = f", {request.cases} cases" if request.cases else ""
    return f"{requirement.purpose}, {candidates}{cases}, suite {request.version[:12]}"


def _live(manifest: Manifest) -> dict[str, str]:
    return {
        f"{environment}, {use_case}": ", ".join(
            [
                *(f"{name} v{version}" for name, version in sorted(versions.prompts.items())),
                *(f"{name} with {model}" for name, model in sorted(versions.models.items())),
                f"guardrail {versions.guardrail.name} v{versions.guardrail.version}",
            ]
        )
        for environment in ORDER
        for use_case, versions in sorted(manifest.live.get(environment, {}).items())
    }


def _approval(manifest: Manifest) -> dict[str, str]:
    return {"roles": ", ".join(manifest.approvers), "evidence": f"{manifest.evidence_days} days"}


def _files(before: Manifest, after: Manifest) -> Iterator[Change]:
    old, new = before.files, after.files
    counts: Mapping[How, int] = {
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": sum(old[name] != new[name] for name in old.keys() & new.keys()),
    }
    for how, number in counts.items():
        if number:
            yield Change("file", f"{number:,} {'file' if number == 1 else 'files'}", how)


def _compared(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in old.keys() | new.keys():
        yield from _changed(kind, name, old.get(name), new.get(name))


def _changed(kind: str, name: str, old: str | None, new: str | None) -> Iterator[Change]:
    if old == new:
        return
    how: How = "added" if old is None else "removed" if new is None else "changed"
    yield Change(kind, name, how, old or "", new or "")
