"""What goes wrong when an evaluation is started, watched or read."""

PROFILE_NOT_STAGE_AND_NAME = "GF-EVAL-442"
LABEL_NOT_KEY_AND_VALUE = "GF-EVAL-443"


class EvaluationError(Exception):
    """For the person at the command line: `code` is stable, the text says what, what was given, what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
