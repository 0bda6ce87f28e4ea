"""The pipeline in Amazon States Language (JSONPath): data, without a token of CDK, so that it can be checked as it is.

Functions are placeholders (`${Plan}`), which CloudFormation replaces (`DefinitionSubstitutions`).

- Nothing large travels through the machine. Steps leave their results in S3 and return a few numbers, and a child ends
  with next to nothing: a Map State's output, all its children's, may have 256 KiB (Step Functions Developer Guide, "Service
  quotas"), which at three bytes a child is 87,000 of them, without a ResultWriter, its permissions and its objects.
- Every step can be repeated: it skips or rewrites what is there. So errors that may pass are retried, and a new execution of
  the same run goes on where another one ended.
- A batch never stops a run. What it couldn't ask, score or judge stays without a result, which the gate counts as undecided.
"""

from typing import Final

from genai_foundation.evaluation.job_states import JOB_STEPS, managed_jobs
from genai_foundation.evaluation.states import State, catch, choice, task

PLAN, INVOKE, SCORE, JUDGE = "Plan", "Invoke", "Score", "Judge"
REVIEW_PLAN, REVIEW_REQUEST = "ReviewPlan", "ReviewRequest"
GATE, PUBLISH, TRACK = "Gate", "Publish", "Track"
STEPS: Final = (PLAN, INVOKE, SCORE, JUDGE, *JOB_STEPS, REVIEW_PLAN, REVIEW_REQUEST, GATE, PUBLISH, TRACK)
"""Placeholders of the functions that the machine invokes."""


def definition(*, max_concurrency: int, timeout_seconds: int) -> State:
    """The whole machine. Input: {"run"}; output: {"run", "decision", "report", "tracked"}.

    :param max_concurrency: batches at once
    :param timeout_seconds: of an execution, waiting for reviewers included
    """
    return {
        "Comment": "Evaluates the candidates of a run: plan, invoke, score, judge, managed jobs, review, gate, publish, track",
        "StartAt": PLAN,
        "TimeoutSeconds": timeout_seconds,
        "States": {
            PLAN: task(PLAN, {"run.$": "$.run"}, OutputPath="$.Payload", Next="Evaluate"),
            "Evaluate": _distributed(
                "Batches", _batch(), max_concurrency, reader=_batches_file(), then={"Next": "Managed?"}
            ),
            **managed_jobs(then="Reviewed?", failed=GATE),
            "Reviewed?": choice({"Variable": "$.review", "BooleanEquals": True, "Next": REVIEW_PLAN}, default=GATE),
            REVIEW_PLAN: task(
                REVIEW_PLAN,
                {"run.$": "$.run", "look.$": "$.look"},
                ResultSelector={"forms.$": "$.Payload.forms"},
                ResultPath="$.planned",
                Next="Review",
            ),
            # Distributed too: an inline Map runs at most 40 forms at once, and the others would wait for the first for days.
            "Review": _distributed("Forms", _form(), 0, items="$.planned.forms", then={"Next": GATE}),
            GATE: task(
                GATE,
                {"run.$": "$.run", "look.$": "$.look"},
                ResultSelector={"next.$": "$.Payload"},
                ResultPath="$.gate",
                Next="Final?",
            ),
            "Final?": choice(
                {"Variable": "$.gate.next.final", "BooleanEquals": True, "Next": PUBLISH}, default="NextLook"
            ),
            "NextLook": {"Type": "Pass", "InputPath": "$.gate.next", "Next": "Evaluate"},
            PUBLISH: task(
                PUBLISH,
                {"run.$": "$.run", "look.$": "$.look"},
                ResultSelector={"decision.$": "$.Payload.decision", "report.$": "$.Payload.report"},
                ResultPath="$.published",
                Next=TRACK,
            ),
            TRACK: task(
                TRACK,
                {"run.$": "$.run"},
                ResultPath=None,
                # The verdict is published: a tracking server that is away must not turn it into a failed run.
                Catch=[catch("States.ALL", "Untracked", "$.error")],
                Next="Tracked",
            ),
            "Tracked": _end(tracked=True),
            "Untracked": _end(tracked=False),
        },
    }


def _batch() -> State:
    """One batch of one candidate's cases: asked, scored, judged. It never fails."""
    judged = {
        "And": [
            {"Variable": "$.batch.judge", "IsPresent": True},
            {"Variable": "$.batch.judge", "BooleanEquals": True},
        ],
        "Next": JUDGE,
    }
    return _child(
        {
            **_until_finished(INVOKE, then=SCORE),
            SCORE: task(
                SCORE, "$.batch", ResultPath=None, Catch=[catch("States.ALL", "Judged?", "$.error")], Next="Judged?"
            ),
            "Judged?": choice(judged, default="Complete?"),
            **_until_finished(JUDGE, then="Complete?"),
            "Complete?": choice({"Variable": "$.error", "IsPresent": True, "Next": "Incomplete"}, default="Complete"),
            "Complete": {"Type": "Pass", "Result": {}, "End": True},
            "Incomplete": {"Type": "Pass", "Parameters": {"error.$": "$.error.Error"}, "End": True},
        },
        INVOKE,
        {"batch.$": "$$.Map.Item.Value"},
    )


def _until_finished(step: str, *, then: str) -> dict[str, State]:
    """A step that returns early when its function's time runs out, repeated until it left nothing unfinished.

    After an error the batch goes on with the results that are there.
    """
    unfinished = f"{step}Unfinished?"
    left = {"Variable": f"$.{step.lower()}.unfinished", "NumericGreaterThan": 0, "Next": step}
    return {
        step: task(
            step,
            "$.batch",
            ResultSelector={"unfinished.$": "$.Payload.unfinished"},
            ResultPath=f"$.{step.lower()}",
            Catch=[catch("States.ALL", then, "$.error")],
            Next=unfinished,
        ),
        unfinished: choice(left, default=then),
    }


def _form() -> State:
    """One form: its reviewer is asked, reminded, and not waited for any longer after the last reminder."""
    request = task(
        REVIEW_REQUEST,
        {
            "run.$": "$.form.run",
            "look.$": "$.form.look",
            "form.$": "$.form.form",
            "reviewer.$": "$.form.reviewer",
            "token.$": "$$.Task.Token",
            "reminder.$": "$.reminder",
        },
        TimeoutSecondsPath="$.form.remind_after_seconds",
        # Of the time-out the state goes on with its own input; a reviewer who can't be asked is one without an answer.
        Catch=[catch("States.Timeout", "RemindersLeft?", None), catch("States.ALL", "Unasked", "$.error")],
        Next="Answered",
    )
    request["Resource"] += ".waitForTaskToken"
    left = {"Variable": "$.reminder", "NumericLessThanPath": "$.form.reminders", "Next": "Remind"}
    return _child(
        {
            REVIEW_REQUEST: request,
            "RemindersLeft?": choice(left, default="Expired"),
            "Remind": {
                "Type": "Pass",
                "Parameters": {"form.$": "$.form", "reminder.$": "States.MathAdd($.reminder, 1)"},
                "Next": REVIEW_REQUEST,
            },
            "Answered": {"Type": "Pass", "Result": {}, "End": True},
            "Expired": {"Type": "Pass", "Result": {"expired": True}, "End": True},
            "Unasked": {"Type": "Pass", "Parameters": {"error.$": "$.error.Error"}, "End": True},
        },
        REVIEW_REQUEST,
        {"form.$": "$$.Map.Item.Value", "reminder": 0},
    )


def _child(states: dict[str, State], start: str, selector: State) -> State:
    """What a Distributed Map runs of each item.

    STANDARD, because an EXPRESS child ends after five minutes: one invocation may take fifteen, and a reviewer days.
    """
    processor = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {
        "ItemSelector": selector,
        "ItemProcessor": {"ProcessorConfig": processor, "StartAt": start, "States": states},
    }


def _batches_file() -> State:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.batches"},
    }


def _distributed(
    label: str,
    child: State,
    max_concurrency: int,
    *,
    then: State,
    reader: State | None = None,
    items: str | None = None,
) -> State:
    """A Distributed Map that keeps its input as output; of its children none is needed (see `_batch`)."""
    source = {"ItemReader": reader} if reader else {"ItemsPath": items}
    return {
        "Type": "Map",
        "Label": label,
        "MaxConcurrency": max_concurrency,
        "ToleratedFailurePercentage": 100,
        **source,
        **child,
        "ResultPath": None,
        # What the map itself may meet: throttled starts of children, S3 or a state machine role that is seconds old.
        "Retry": [
            {
                "ErrorEquals": ["States.ItemReaderFailed", "States.TaskFailed"],
                "IntervalSeconds": 5,
                "BackoffRate": 2,
                "MaxAttempts": 3,
                "JitterStrategy": "FULL",
            }
        ],
        **then,
    }


def _end(*, tracked: bool) -> State:
    output = {"run.$": "$.run", "decision.$": "$.published.decision", "report.$": "$.published.report"}
    return {"Type": "Pass", "Parameters": {**output, "tracked": tracked}, "End": True}
