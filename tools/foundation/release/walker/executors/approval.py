"""Manual approval: by a person's session through CodePipeline's API, given here or elsewhere."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Interrupted, Outcome
from foundation.release.walker.cloud import Cloud
from foundation.release.walker.definition import Definition

# CodePipeline waits for seven days unless the action says otherwise.
DEFAULT_MINUTES = 7 * 24 * 60
_SUMMARY_CHARACTERS = 512
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Answer:
    """What a person says. The hash that the approval is about goes before the comment, unless the comment is `whole`."""

    email: str
    approved: bool = True
    comment: str = ""
    whole: bool = False


# Asks at the terminal; None leaves the approval to somebody else.
Ask = Callable[[Call], Answer | None]


@dataclass(frozen=True)
class Approvals:
    """How approvals are answered: `given` by action, then `ask`; then `wait` for somebody, or end with them open."""

    given: Mapping[str, Answer] = field(default_factory=dict)
    ask: Ask = lambda _: None
    wait: bool = True
    say: Callable[[str], None] = lambda _: None


def approval(call: Call, cloud: Cloud, definition: Definition, how: Approvals, stopped: threading.Event) -> Outcome:
    """Fails with GF-REL-338 when nobody answered in time."""
    found = cloud.answer("approval", call.token, 0.0)
    if found is None:
        answer = how.given.get(call.action.name) or how.ask(call)
        if answer is not None:
            try:
                put(call, cloud, definition, answer)
            except ReleaseError as error:
                # Refused as on AWS: the approval stays open for somebody who may give it.
                how.say(str(error))
        found = cloud.answer("approval", call.token, 0.0)
    end = call.started + (call.action.minutes or DEFAULT_MINUTES) * 60
    while found is None:
        if not how.wait:
            return Outcome("InProgress")
        if stopped.is_set():
            raise Interrupted
        left = end - time.time()
        if left <= 0:
            raise ReleaseError(
                "GF-REL-338", f"nobody answered {call.name} in time: run the release again with --resume"
            )
        found = cloud.answer("approval", call.token, min(left, 2.0))
    said = f"{found['by']}: {found['summary']}"
    if found["status"] == "Approved":
        return Outcome("Succeeded", summary=said)
    return Outcome("Failed", summary=said, error=f"rejected by {said}")


def put(call: Call, cloud: Cloud, definition: Definition, answer: Answer) -> None:
    """PutApprovalResult as the person, in the role that may answer. Fails with GF-REL-334 or GF-REL-339 when refused."""
    role = definition.approver_role(call.stage, call.action.name)
    session = cloud.assume(cloud.person_session(answer.email), role, answer.email)
    about = "" if answer.whole else subject_of(str(call.configuration.get("CustomData", "")))
    summary = f"{about} {answer.comment}".strip()[:_SUMMARY_CHARACTERS]
    try:
        cloud.client("codepipeline", session).put_approval_result(
            pipelineName=call.pipeline.name,
            stageName=call.stage,
            actionName=call.action.name,
            token=call.token,
            result={"summary": summary, "status": "Approved" if answer.approved else "Rejected"},
        )
    except ClientError as error:
        raise ReleaseError("GF-REL-339", f"{answer.email} can't answer {call.name}: {error}") from error


def subject_of(custom_data: str) -> str:
    """What an approval is about: the hashes in its data, or all of it."""
    return " ".join(dict.fromkeys(_HASH.findall(custom_data))) or custom_data
