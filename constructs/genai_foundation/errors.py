"""The one exception of this package: an error for the person who can fix it."""


class FoundationError(ValueError):
    """A construct was given something it can't build.

    `code` is stable (``GF-AREA-NNN``) and documented in docs/errors.md; the text says what, what was given, what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
