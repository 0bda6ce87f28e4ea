"""Asks how the jobs of a look are doing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.jobs import inputs
from genai_runtime.evaluation.jobs.records import Jobs
from genai_runtime.evaluation.jobs.waiting import wait_seconds
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
    wait_seconds: int
    """Until the jobs are asked about again."""
    waited_seconds: int
    """In all, then."""


@dataclass(frozen=True)
class Poller:
    """Reads the list of jobs from the run's bucket."""

    store: Store
    bedrock: "BedrockClient"

    def poll(self, run: str, look: int, waited_seconds: int) -> Polled:
        """How many jobs are under way, how many ended without results. Raises JobFailed when they weren't made.

        waited_seconds: so far, for the jobs of this look.
        """
        jobs = inputs.record(self.store, layout.jobs(run, look), Jobs).jobs
        states = [self.bedrock.get_evaluation_job(jobIdentifier=job.arn)["status"] for job in jobs]
        pending = sum(state in UNDER_WAY for state in states)
        failed = sum(state != "Completed" and state not in UNDER_WAY for state in states)
        wait = wait_seconds(waited_seconds)
        return Polled(
            run=run,
            look=look,
            pending=pending,
            failed=failed,
            wait_seconds=wait,
            waited_seconds=waited_seconds + wait,
        )
