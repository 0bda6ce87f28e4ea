"""Errors of managed evaluation jobs: a run whose jobs can't be made or read."""

RUN_UNKNOWN = "GF-EVAL-370"
OBJECT_INVALID = "GF-EVAL-371"
SUITE_UNFIT = "GF-EVAL-372"
EVALUATOR_MISSING = "GF-EVAL-373"
JOB_REFUSED = "GF-EVAL-374"
OUTPUT_MISSING = "GF-EVAL-375"
OUTPUT_INVALID = "GF-EVAL-376"


class JobFailed(Exception):
    """`code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
