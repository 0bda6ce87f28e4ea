"""Coded faults of deciding experiments."""

OBSERVATION_INVALID = "GF-LIVE-200"
STATE_BROKEN = "GF-LIVE-201"
STATE_BUSY = "GF-LIVE-202"
COPY_INVALID = "GF-LIVE-203"


class OnlineError(Exception):
    """An experiment can't be decided on. `code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
