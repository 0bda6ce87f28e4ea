"""Errors of tracking: a run whose verdict stands, yet isn't in MLflow."""

RUN_UNKNOWN = "GF-EVAL-360"
RUN_UNFINISHED = "GF-EVAL-361"
OBJECT_INVALID = "GF-EVAL-362"
ROLE_DENIED = "GF-EVAL-363"
APP_UNKNOWN = "GF-EVAL-364"
SERVER_REFUSED = "GF-EVAL-365"
STORE_UNKNOWN = "GF-EVAL-366"


class TrackingFailed(Exception):
    """A run that can't be tracked. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
