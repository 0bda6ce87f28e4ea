"""Expects a refusal by its code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from genai_runtime.release.errors import ReleaseRefused


@contextmanager
def refuses(code: str, *parts: str) -> Iterator[pytest.ExceptionInfo[ReleaseRefused]]:
    """The block raises ReleaseRefused with this code and these parts of a message that says what to do."""
    with pytest.raises(ReleaseRefused) as raised:
        yield raised
    assert raised.value.code == code, raised.value.message
    assert str(raised.value).startswith(f"{code}: ")
    for part in parts:
        assert part in raised.value.message
