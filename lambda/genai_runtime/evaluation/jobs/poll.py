"""Asks how the jobs of a look are doing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs import inputs
from genai_runtime.evaluation.jobs.records import Jobs
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_bedrock.client import BedrockClient

UNDER_WAY: Final = ("InProgress", "Stopping")


class Polled(TypedDict):
    """Result of the step."""

    run: str
    look: int
    pending: int
    failed: int


@dataclass(frozen=True)
class Poller:
    """Reads the list of jobs from the run's bucket."""

    store: Store
    bedrock: "BedrockClient"

    def poll(self, run: str, look: int) -> Polled:
        """How many jobs are under way, how many ended without results. Raises JobFailed when they weren't made."""
        jobs = inputs.record(self.store, layout.jobs(run, look), Jobs).jobs
        states = [self.bedrock.get_evaluation_job(jobIdentifier=job.arn)["status"] for job in jobs]
        pending = sum(state in UNDER_WAY for state in states)
        failed = sum(state != "Completed" and state not in UNDER_WAY for state in states)
        return Polled(run=run, look=look, pending=pending, failed=failed)
