"""Errors of reports: a run that can't be shown."""

RUN_UNKNOWN = "GF-EVAL-330"
RUN_UNFINISHED = "GF-EVAL-331"
OBJECT_INVALID = "GF-EVAL-332"
CASE_UNKNOWN = "GF-EVAL-333"
TOO_FEW_RUNS = "GF-EVAL-334"
NO_COMMON_CASES = "GF-EVAL-335"
SAME_RUN = "GF-EVAL-336"


class ReportFailed(Exception):
    """A run that can't be reported. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
