"""Errors of the judge."""

JUDGE_MISSING = "GF-EVAL-200"
VERDICT_INVALID = "GF-EVAL-201"
CALIBRATION_INVALID = "GF-EVAL-202"
CASE_UNKNOWN = "GF-EVAL-203"


class JudgeFailed(Exception):
    """A batch that can't be judged as the run asks. `code` is stable; the message is for who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
