"""Errors of redaction: a suite that dev can't have."""

SUITE_MISSING = "GF-EVAL-050"
SUITE_CHANGED = "GF-EVAL-051"
TEXT_BLOCKED = "GF-EVAL-052"
NOT_SETTLED = "GF-EVAL-053"
NO_REPLACEMENT = "GF-EVAL-054"
NOTHING_LEFT = "GF-EVAL-055"


class RedactionFailed(Exception):
    """Nothing was written. `code` is stable; the message is for the person who can fix it and repeats no value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
