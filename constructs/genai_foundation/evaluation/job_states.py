"""The part of the machine that has managed evaluation jobs made, waits for them and collects their results.

Of a job that takes weeks, as people's do, the loop leaves a history far below its 25,000 events (Step Functions Developer
Guide, "Service quotas"): the functions say how long to wait, the longer the longer it took already.
"""

from collections.abc import Mapping
from typing import Final

from genai_foundation.evaluation.states import State, catch, choice, task

JOB_CREATE, JOB_POLL, JOB_COLLECT = "JobCreate", "JobPoll", "JobCollect"
JOB_STEPS: Final = (JOB_CREATE, JOB_POLL, JOB_COLLECT)
_LOOK: Final[Mapping[str, str]] = {"run.$": "$.run", "look.$": "$.look"}
_WAITING: Final[Mapping[str, str]] = {
    "wait_seconds.$": "$.Payload.wait_seconds",
    "waited_seconds.$": "$.Payload.waited_seconds",
}


def managed_jobs(*, then: str, failed: str) -> dict[str, State]:
    """States from `Managed?` on: to `then` with the jobs' scores or for a run without jobs, to `failed` after an error.

    An error of theirs ends no run: the gate counts cases without a result as undecided.
    """
    caught = [catch("States.ALL", failed, "$.error")]
    return {
        "Managed?": choice({"Variable": "$.managed", "BooleanEquals": True, "Next": JOB_CREATE}, default=then),
        JOB_CREATE: task(JOB_CREATE, _LOOK, ResultSelector=_WAITING, ResultPath="$.jobs", Catch=caught, Next="JobWait"),
        "JobWait": {"Type": "Wait", "SecondsPath": "$.jobs.wait_seconds", "Next": JOB_POLL},
        JOB_POLL: task(
            JOB_POLL,
            {**_LOOK, "waited_seconds.$": "$.jobs.waited_seconds"},
            ResultSelector={**_WAITING, "pending.$": "$.Payload.pending"},
            ResultPath="$.jobs",
            Catch=caught,
            Next="JobsPending?",
        ),
        "JobsPending?": choice(
            {"Variable": "$.jobs.pending", "NumericGreaterThan": 0, "Next": "JobWait"}, default=JOB_COLLECT
        ),
        JOB_COLLECT: task(JOB_COLLECT, _LOOK, ResultPath=None, Catch=caught, Next=then),
    }
