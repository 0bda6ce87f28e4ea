"""Errors of the gates and the report: for the person who can fix them, with a stable code."""


class GateError(Exception):
    """A gate or report can't be run as asked; `code` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
