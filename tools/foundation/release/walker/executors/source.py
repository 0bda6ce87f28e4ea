"""CodeStarSourceConnection: the folder that is released stands for the commit of the connected repository."""

from pathlib import Path

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Outcome
from foundation.release.walker.cloud import Cloud

# A connection's ARN and the permission that goes with it changed names in 2024; policies may have either.
_USE = ("codestar-connections:UseConnection", "codeconnections:UseConnection")


def source(call: Call, cloud: Cloud) -> Outcome:
    """Fails with GF-REL-326 for a folder that is gone, with GF-REL-335 when the role may not use the connection."""
    revision = call.revision
    if not Path(revision.folder).is_dir():
        raise ReleaseError("GF-REL-326", f"{revision.folder} is no folder: give the source of the release")
    connection = str(call.configuration["ConnectionArn"])
    session = cloud.action_session(call)
    if all(cloud.denied(session, connection, action) for action in _USE):
        cloud.require(session, connection, _USE[0])
    outputs = {
        "AuthorDate": revision.date,
        "AuthorEmail": revision.author,
        "BranchName": revision.branch,
        "CommitId": revision.commit,
        "CommitMessage": revision.subject,
        "ConnectionArn": connection,
        "FullRepositoryName": str(call.configuration.get("FullRepositoryId", "")),
        **revision.more,
    }
    artifacts = dict.fromkeys(call.action.outputs, revision.folder)
    return Outcome("Succeeded", outputs, artifacts, summary=revision.subject, external=revision.commit)
