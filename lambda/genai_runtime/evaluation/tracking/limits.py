"""What MLflow takes, and how names and values are made to fit.

Sizes of a LogBatch request, of keys and of values: MLflow REST API, "Log Batch"
(https://mlflow.org/docs/latest/api_reference/rest-api.html#log-batch).
"""

import hashlib
import posixpath
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

_OUTSIDE = re.compile(r"[^A-Za-z0-9_.\- /]")
_DIGEST_CHARACTERS = 12

T = TypeVar("T")


def key(name: str) -> str:
    """A parameter's or metric's name: letters, digits, `_ - . /` and spaces, and a path in its shortest form.

    A name that had to be changed ends in a digest of the original, so that two names stay two.
    """
    fitting = posixpath.normpath("/" + _OUTSIDE.sub("_", name)).strip("/ ") or "_"
    if fitting == name and len(name) <= KEY_CHARACTERS:
        return name
    return f"{fitting[: KEY_CHARACTERS - _DIGEST_CHARACTERS - 1]}-{digest(name)[:_DIGEST_CHARACTERS]}"


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
