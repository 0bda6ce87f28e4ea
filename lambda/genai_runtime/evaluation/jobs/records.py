"""What is kept of a run's jobs."""

from genai_runtime.evaluation.base import CaseId, Name, Record, RunId
from genai_runtime.evaluation.jobs.names import Kind


class Job(Record):
    """One job: a candidate's answers to at most 1,000 cases, by metrics of one kind and task."""

    name: str
    """Also its idempotency token, and its folder below `jobs/`."""
    arn: str
    candidate: Name
    kind: Kind
    metrics: tuple[Name, ...]
    """Names of the suite's metrics."""
    cases: tuple[CaseId, ...]
    """In the order of the dataset."""


class Jobs(Record):
    """`jobs/LOOK.json`: all jobs of a look."""

    run: RunId
    look: int
    jobs: tuple[Job, ...]
