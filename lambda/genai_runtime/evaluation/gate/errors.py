"""Errors of the gate: a run that can't be decided."""

RUN_INCOMPLETE = "GF-EVAL-250"
OBJECT_INVALID = "GF-EVAL-251"
LOOK_UNKNOWN = "GF-EVAL-252"
BASELINE_MISSING = "GF-EVAL-253"
CASE_UNKNOWN = "GF-EVAL-254"
POWER_INVALID = "GF-EVAL-256"


class GateFailed(Exception):
    """A question that the gate can't answer. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
