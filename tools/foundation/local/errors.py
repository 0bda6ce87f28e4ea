"""Errors of the local target, for the person who can fix them."""

from __future__ import annotations


class LocalTargetError(Exception):
    """A coded error: the message says what, what was given and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
