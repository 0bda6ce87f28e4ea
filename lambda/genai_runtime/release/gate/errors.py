"""Errors of the gate: what keeps it from deciding, and the reasons of a verdict."""

from genai_runtime.release.errors import ReleaseRefused

REQUEST_INVALID = "GF-REL-200"
NO_REQUIREMENT = "GF-REL-201"
OTHER_COMMIT = "GF-REL-202"
NOT_DEPLOYED = "GF-REL-203"
DATASET_MISSING = "GF-REL-204"
TARGET_REFUSED = "GF-REL-205"
REQUEST_DIFFERS = "GF-REL-206"
TOO_MANY_RUNS = "GF-REL-207"
STATE_MISSING = "GF-REL-208"
STATE_INVALID = "GF-REL-209"
SUITE_UNFIT = "GF-REL-210"
STILL_RUNNING = "GF-REL-211"

# Reasons of a verdict.
NOT_ASKED = "GF-REL-220"
EXECUTION_FAILED = "GF-REL-221"
OTHER_CONTENT = "GF-REL-222"
RESULT_TAMPERED = "GF-REL-223"
DATASET_CHANGED = "GF-REL-224"
NOT_PROMOTED = "GF-REL-225"
REJECTED = "GF-REL-226"
TOO_FEW_ANSWERS = "GF-REL-227"
BELOW = "GF-REL-229"


class GateBroken(ReleaseRefused):
    """The gate can't ask or decide: there is no verdict."""


class NotYet(GateBroken):
    """An environment lacks what an evaluation needs; a pull request is evaluated without it.

    `missing` says what, for a comment.
    """

    def __init__(self, code: str, message: str, missing: str) -> None:
        super().__init__(code, message)
        self.missing = missing
