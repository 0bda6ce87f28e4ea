"""What the records of all capabilities have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""Of suites, metrics, prompts, use cases: fits an S3 key, a file and a metric name."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Version = Annotated[int, Field(ge=1)]
"""Of a catalog file: `api-answer-v2.yaml` is 2."""


class Record(BaseModel):
    """Immutable, and closed: an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
