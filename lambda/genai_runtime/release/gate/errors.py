"""Errors of the gate: what keeps it from deciding. A refusal is no error, but a verdict with reasons."""

REQUEST_INVALID = "GF-REL-200"
NO_REQUIREMENT = "GF-REL-201"
ROLE_DENIED = "GF-REL-202"
NOT_DEPLOYED = "GF-REL-203"
DATASET_MISSING = "GF-REL-204"
TARGET_REFUSED = "GF-REL-205"
REQUEST_DIFFERS = "GF-REL-206"
TOO_MANY_RUNS = "GF-REL-207"
STATE_MISSING = "GF-REL-208"
STATE_OF_OTHER = "GF-REL-209"
SUITE_INVALID = "GF-REL-210"

# Of reasons, in Decide's result.
NOT_ASKED = "GF-REL-220"
EXECUTION_FAILED = "GF-REL-221"
OTHER_CONTENT = "GF-REL-222"
RESULT_TAMPERED = "GF-REL-223"
DATASET_CHANGED = "GF-REL-224"
NOT_PROMOTED = "GF-REL-225"
REJECTED = "GF-REL-226"
TOO_FEW_ANSWERS = "GF-REL-227"
STILL_RUNNING = "GF-REL-228"


class GateBroken(Exception):
    """The gate can't ask or decide. `code` is stable; the message is for the release manager, who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
