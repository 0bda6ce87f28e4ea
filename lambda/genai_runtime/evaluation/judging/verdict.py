"""The judge's reply, read strictly."""

import json
import re
from collections.abc import Collection, Sequence
from typing import Literal, Never

Better = Literal["first", "second", "tie"]
_FENCED = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.S)
_MAX_REASON = 2_000
_SHOWN = 60


class NoVerdict(Exception):
    """The reply isn't what was asked for. `rule` says what is wanted in our words alone: the judge is shown it."""

    def __init__(self, rule: str, given: object = None) -> None:
        super().__init__(rule if given is None else f"{rule}, given {_short(given)}")
        self.rule = rule


def level_of(reply: str, levels: Collection[int]) -> tuple[int, str]:
    """Level and reason. Raises NoVerdict."""
    given, reason = _read(reply, "level")
    if type(given) is not int or given not in levels:
        raise NoVerdict(f"level must be one of {', '.join(map(str, sorted(levels)))}", given)
    return given, reason


def better_of(reply: str) -> tuple[Better, str]:
    """Which answer is better, and why. Raises NoVerdict."""
    given, reason = _read(reply, "better")
    match given:
        case "first" | "second" | "tie":
            return given, reason
        case _:
            raise NoVerdict('better must be "first", "second" or "tie"', given)


def _read(reply: str, key: str) -> tuple[object, str]:
    """The value of `key` and the reason. A whole reply in one code fence counts as the object itself."""
    text = reply.strip()
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NoVerdict("the whole reply must be one JSON object", text) from None
    if not isinstance(data, dict) or data.keys() != {key, "reason"}:
        raise NoVerdict(f"the object must have the keys {key} and reason, and no other")
    reason = data["reason"]
    if not isinstance(reason, str) or not reason.strip():
        raise NoVerdict("reason must be a text")
    return data[key], reason.strip()[:_MAX_REASON].encode("utf-8", "replace").decode()


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(constant: str) -> Never:
    raise ValueError(f"{constant} is no number of JSON")


def _short(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
