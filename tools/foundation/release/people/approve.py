"""A person's decision on a release: CodePipeline keeps the session that gave it, and a comment that holds the hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from foundation.local.target import Target
from foundation.release.context import PIPELINE, SHARED, Context, session_of
from foundation.release.errors import ReleaseError
from genai_runtime.release.manifest import ApproverRole

STAGE: Final = "Approval"
ACTIONS: Final[dict[ApproverRole, str]] = {"qa": "QA", "domain-expert": "DomainExpert"}
_HASH: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
MOST_CHARACTERS: Final = 512
"""Of an approval's summary (CodePipeline API Reference, ApprovalResult)."""


@dataclass(frozen=True)
class Given:
    """A result that CodePipeline took."""

    role: ApproverRole
    status: str
    summary: str
    execution: str
    at: str


def approve(
    context: Context,
    role: ApproverRole,
    manifest: str,
    comment: str,
    person: str,
    *,
    reject: bool = False,
    target: Target | None = None,
) -> Given:
    """Give the result of the role's approval action, as the role's session under the person's address.

    :param target: the local target, where anybody may sign in as anybody

    Raises ReleaseError: no address (GF-REL-430), the comment too long (431), the role refused (432), nothing to decide (433),
    another release waits there (434), somebody was faster (435).
    """
    if "@" not in person:
        raise ReleaseError(
            "GF-REL-430",
            f"{person!r} is no address: the session must have the name that is attested for you, give --person",
        )
    summary = f"{manifest} {comment}".strip()
    if len(summary) > MOST_CHARACTERS:
        raise ReleaseError(
            "GF-REL-431",
            f"the comment has {len(comment)} characters: write at most {MOST_CHARACTERS - len(manifest) - 1}, CodePipeline keeps "
            "no more beside the hash",
        )
    client = _client(context, target, role, person)
    stage, token = _waiting(client, role, manifest)
    status = "Rejected" if reject else "Approved"
    try:
        answer = client.put_approval_result(
            pipelineName=PIPELINE,
            stageName=STAGE,
            actionName=ACTIONS[role],
            token=token,
            result={"status": status, "summary": summary},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in (
            "ApprovalAlreadyCompletedException",
            "InvalidApprovalTokenException",
        ):
            raise
        raise ReleaseError(
            "GF-REL-435", f"somebody else decided as {role} in the meantime ({error}): see `foundation release history`"
        ) from error
    execution = stage["latestExecution"]["pipelineExecutionId"]
    return Given(role, status, summary, execution, answer["approvedAt"].isoformat())


def _client(context: Context, target: Target | None, role: ApproverRole, person: str) -> Any:
    """CodePipeline as the approver's role, in a session that has the person's address as its name."""
    region, account = context.settings.regions.primary.name, context.settings.account(SHARED).id
    arn = f"arn:aws:iam::{account}:role/genai-foundation-release-approver-{role}"
    if target is None:
        sts = context.client("sts")
    else:  # the target stands for the identity provider, which attests the address
        signed_in = target.call("POST", "/_foundation/sessions", {"account": account, "email": person})
        sts = target.client_with("sts", region, signed_in)
    try:
        credentials = sts.assume_role(RoleArn=arn, RoleSessionName=person[:64])["Credentials"]
    except ClientError as error:
        raise ReleaseError(
            "GF-REL-432",
            f"{arn} can't be assumed as {person} ({error}): sign in to shared with your own account, whose attested address "
            "must be this one (docs/releasing/setting-up.md)",
        ) from error
    if target is not None:
        return target.client_with("codepipeline", region, credentials)
    session: Any = session_of(credentials, region)
    return session.client("codepipeline")


def _waiting(client: Any, role: ApproverRole, manifest: str) -> tuple[dict[str, Any], str]:
    """The approval stage and the token of the role's open action."""
    stages = client.get_pipeline_state(name=PIPELINE)["stageStates"]
    stage: dict[str, Any] = next((each for each in stages if each["stageName"] == STAGE), {})
    action: dict[str, Any] = next(
        (each for each in stage.get("actionStates", ()) if each["actionName"] == ACTIONS[role]), {}
    )
    found = action.get("latestExecution", {})
    if found.get("status") != "InProgress" or "token" not in found:
        raise ReleaseError(
            "GF-REL-433",
            f"no release waits for {role} (the action {ACTIONS[role]} is {found.get('status', 'not started')}): a release waits "
            "there after pre-prod promoted it",
        )
    linked = set(_HASH.findall(str(action.get("entityUrl", ""))))
    if linked and manifest not in linked:
        raise ReleaseError(
            "GF-REL-434",
            f"release {', '.join(sorted(linked))} waits for {role}, not {manifest}: read the dossier of the one that waits, and "
            "name its hash",
        )
    return stage, str(found["token"])
