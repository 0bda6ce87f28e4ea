"""What all records of an evaluation have in common."""

from typing import Annotated

from pydantic import StringConstraints

from genai_runtime.base import Name, Record, Sha256, Share, Text

__all__ = ["CaseId", "Name", "Record", "RunId", "Sha256", "Share", "Text"]

CaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
RunId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
"""Also the name of the state machine's execution, which has at most 80 characters."""
