"""Errors of planning: a run that can't start."""

SUITE_INVALID = "GF-EVAL-100"
RUN_UNKNOWN = "GF-EVAL-101"
RUN_INVALID = "GF-EVAL-102"
SUITE_FILE_MISSING = "GF-EVAL-103"
SUITE_CHANGED = "GF-EVAL-104"
OTHER_SUITE = "GF-EVAL-105"
JUDGE_MISSING = "GF-EVAL-106"
OTHER_RUN = "GF-EVAL-107"
CASES_UNFIT = "GF-EVAL-108"


class PlanFailed(Exception):
    """A run that can't be planned. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
