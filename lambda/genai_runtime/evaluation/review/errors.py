"""Errors of human review."""

REVIEW_MISSING = "GF-EVAL-210"
FORM_UNKNOWN = "GF-EVAL-211"
FORM_CHANGED = "GF-EVAL-212"
SIGNATURE_INVALID = "GF-EVAL-213"
ANSWERS_MALFORMED = "GF-EVAL-214"
ANSWERS_DAMAGED = "GF-EVAL-215"
ANSWERS_INCOMPLETE = "GF-EVAL-216"
LEVEL_UNKNOWN = "GF-EVAL-217"
FORM_EXPIRED = "GF-EVAL-218"
ALREADY_ANSWERED = "GF-EVAL-219"


class ReviewFailed(Exception):
    """Review can't go on as the run asks. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AnswersRefused(ReviewFailed):
    """Answers that aren't taken; the reviewer is told why."""
