"""What goes wrong when a release is built, deployed, tested, approved or read."""


class ReleaseError(Exception):
    """For the person at the command line: `code` is stable, the text says what, what was given, what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
