"""What MLflow takes, and how names and values are made to fit.

Sizes of a LogBatch request, of keys and of values: MLflow REST API, "Log Batch"
(https://mlflow.org/docs/latest/api_reference/rest-api.html#log-batch).
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

PARAMS_PER_BATCH: Final = 100
TAGS_PER_BATCH: Final = 100
METRICS_PER_BATCH: Final = 900
"""The limit is 1,000 metrics and 1,000 entries of all kinds in one request; parameters and tags travel apart."""
KEY_CHARACTERS: Final = 250
PARAM_CHARACTERS: Final = 6000
TAG_CHARACTERS: Final = 5000

_OUTSIDE = re.compile(r"[^A-Za-z0-9_.\- ]")
_DIGEST_CHARACTERS = 12
_CUT = KEY_CHARACTERS - _DIGEST_CHARACTERS - 1

T = TypeVar("T")


def key(name: str) -> str:
    """A parameter's or metric's name: letters, digits, `_ - .` and spaces, in parts with `/` between them.

    A part that had to be changed ends in a digest of the original, so that two names stay two.
    """
    fitting = "/".join(_part(part) for part in name.split("/"))
    return fitting if len(fitting) <= KEY_CHARACTERS else f"{fitting[:_CUT]}-{digest(name)[:_DIGEST_CHARACTERS]}"


def _part(part: str) -> str:
    fitting = _OUTSIDE.sub("_", part)
    # MLflow wants a path in its shortest form: nothing empty, no `.` and no `..`.
    if fitting == part and part.strip(". "):
        return part
    return f"{fitting.strip('. ')}-{digest(part)[:_DIGEST_CHARACTERS]}"


def param(text: str) -> str:
    """A parameter's value; a longer one is cut and ends in its digest."""
    return _cut(text, PARAM_CHARACTERS)


def tag(text: str) -> str:
    """A tag's value; a longer one is cut and ends in its digest."""
    return _cut(text, TAG_CHARACTERS)


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Items in their order, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    end = f"… sha256:{digest(text)}"
    return text[: most - len(end)] + end
