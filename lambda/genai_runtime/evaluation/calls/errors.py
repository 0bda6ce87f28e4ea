"""Coded ends of a batch, and of a case that could not be asked."""

CASE_UNKNOWN = "GF-EVAL-110"
RESPONSES_INVALID = "GF-EVAL-111"
RESPONSE_MISSING = "GF-EVAL-112"
RUN_UNPLANNED = "GF-EVAL-113"
CANDIDATE_UNKNOWN = "GF-EVAL-114"
QUOTA_BUSY = "GF-EVAL-115"
PROMPT_UNFIT = "GF-EVAL-116"
ENDPOINT_RESULT = "GF-EVAL-117"
ENDPOINT_CRASHED = "GF-EVAL-118"
RESPONSES_ABSENT = "GF-EVAL-119"


class CallsFailed(Exception):
    """A batch, or one of its cases, that can't be asked. The message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
