"""Errors of the repository host: what passes by itself, and what a person has to correct."""

HOST_UNAVAILABLE = "GF-REL-250"
TOKEN_REFUSED = "GF-REL-251"  # noqa: S105 a code
PERMISSION_MISSING = "GF-REL-252"
NOT_FOUND = "GF-REL-253"
REQUEST_REFUSED = "GF-REL-254"
MOVED = "GF-REL-255"
BRANCH_ELSEWHERE = "GF-REL-256"
ANSWER_INVALID = "GF-REL-257"
TOKEN_MISSING = "GF-REL-258"  # noqa: S105 a code


class HostError(Exception):
    """`code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class HostUnavailable(HostError):
    """The host is away, overloaded or limits the rate: the same call may succeed later."""


class HostRefused(HostError):
    """The host will answer the same call the same way."""
