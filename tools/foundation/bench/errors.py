"""The error of a measurement that can't be made."""


class BenchError(Exception):
    """A section can't give its figures; the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class LeftOut(Exception):
    """A section has no figures for a reason that isn't a fault of what is measured."""
