"""What a redaction did, without a single value."""

from collections import defaultdict
from collections.abc import Iterable

from genai_runtime.evaluation.base import Name, Record, Sha256
from genai_runtime.evaluation.redaction.detection import Entity

FILE = "redaction.json"


class Replaced(Record):
    """One type of personal data."""

    type: str
    """Bedrock's entity type, or `regex:NAME`."""
    values: int
    """Different values."""
    occurrences: int
    cases: tuple[str, ...]


class Refused(Record):
    """A case that dev doesn't get."""

    case: str
    reason: str


class RedactionReport(Record):
    """`redacted/SUITE/VERSION/redaction.json`, VERSION being the golden one."""

    suite: Name
    version: Sha256
    """Of the golden suite."""
    redacted_version: Sha256 | None
    """Of the files in `redacted/SUITE/REDACTED VERSION/`: what dev runs. Equal where nothing was replaced."""
    cases: int
    """Cases that dev gets."""
    rounds: int
    """How often the detector looked."""
    replaced: tuple[Replaced, ...] = ()
    refused: tuple[Refused, ...] = ()


def replaced(types: dict[str, str], seen: Iterable[tuple[str, str]]) -> tuple[Replaced, ...]:
    """From the type of each value, and (case, value) of each occurrence."""
    values: dict[str, set[str]] = defaultdict(set)
    cases: dict[str, set[str]] = defaultdict(set)
    occurrences: dict[str, int] = defaultdict(int)
    for case, value in seen:
        kind = types[value]
        values[kind].add(value)
        cases[kind].add(case)
        occurrences[kind] += 1
    return tuple(
        Replaced(type=kind, values=len(values[kind]), occurrences=occurrences[kind], cases=tuple(sorted(cases[kind])))
        for kind in sorted(values)
    )


def types_of(found: Iterable[Entity]) -> dict[str, str]:
    """Type by value; names first, as replacement has it."""
    types: dict[str, str] = {}
    for entity in sorted(found, key=lambda each: (each.type != "NAME", each)):
        types.setdefault(entity.value, entity.type)
    return types
