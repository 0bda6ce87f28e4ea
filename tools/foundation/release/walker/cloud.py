"""The local target as the walker needs it: sessions that services get, what CodePipeline shows, answers."""

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from foundation.local.errors import LocalTargetError
from foundation.local.target import Target
from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call
from foundation.release.walker.model import Action, Pipeline, key
from foundation.release.walker.records import ActionRecord, Execution, namespaces
from foundation.release.walker.variables import resolve

Credentials = Mapping[str, str]
PIPELINE_SERVICE, BUILD_SERVICE = "codepipeline.amazonaws.com", "codebuild.amazonaws.com"
# A function may run 15 minutes, and must not be invoked twice because the connection was silent.
_CONFIG = Config(
    read_timeout=930, connect_timeout=5, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"},
    inject_host_prefix=False,
)  # fmt: skip
# The longest wait that the target answers in one request, and the patience that goes with it.
_WAIT_SECONDS, _PATIENCE = 20.0, 40.0


class Cloud:
    """Calls in the pipeline's account and Region."""

    def __init__(self, target: Target, pipeline: Pipeline) -> None:
        self.target = target
        self._pipeline = pipeline
        self._made: Any = boto3.Session()
        self._lock = threading.Lock()

    def client(self, service: str, credentials: Credentials) -> Any:
        # One session for all: it keeps the service models, and isn't made for several threads.
        with self._lock:
            return self._made.client(
                service,
                endpoint_url=self.target.url,
                region_name=self._pipeline.region,
                config=_CONFIG,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )

    def action_session(self, call: Call) -> Credentials:
        """Credentials that an action calls with: the pipeline's role, or the action's through it."""
        role = self._pipeline.role_arn
        session = self.service_session(PIPELINE_SERVICE, role, self._pipeline.arn, call.execution.id, {})
        if not call.action.role_arn or call.action.role_arn == role:
            return session
        return self.assume(session, call.action.role_arn, call.execution.id)

    def service_session(
        self, service: str, role_arn: str, source: str, name: str, context: Mapping[str, str]
    ) -> Credentials:
        """Credentials of a role for a service. Fails with GF-REL-334 when its trust policy doesn't admit the service."""
        body = {"service": service, "role": role_arn, "source": source, "session": name, "context": dict(context)}
        try:
            found: Credentials = self.target.call("POST", "/_foundation/sessions", body)
        except LocalTargetError as error:
            if "GF-LOCAL-092" not in error.message:
                raise
            raise ReleaseError("GF-REL-334", f"{service} can't use {role_arn}: {error.message}") from error
        return found

    def person_session(self, email: str) -> Credentials:
        """Credentials of a person who signed in to the pipeline's account."""
        body = {"account": self._pipeline.account, "email": email}
        found: Credentials = self.target.call("POST", "/_foundation/sessions", body)
        return found

    def assume(self, session: Credentials, role_arn: str, name: str) -> Credentials:
        """Fails with GF-REL-334 when the role refuses."""
        try:
            answer = self.client("sts", session).assume_role(RoleArn=role_arn, RoleSessionName=name)
        except ClientError as error:
            raise ReleaseError("GF-REL-334", f"{name} can't use {role_arn}: {error}") from error
        found: Credentials = answer["Credentials"]
        return found

    def require(self, session: Credentials, resource: str, *actions: str) -> None:
        """Fails with GF-REL-335 unless the session may do all of it; for what no request of the target would ask."""
        for action in actions:
            denied = self.denied(session, resource, action)
            if denied:
                raise ReleaseError("GF-REL-335", f"{denied}: allow it, or give the action another role")

    def denied(self, session: Credentials, resource: str, action: str) -> str:
        """Why the session may not do it; empty when it may."""
        body = {
            "key": session["AccessKeyId"], "account": self._pipeline.account, "region": self._pipeline.region,
            "action": action, "resource": resource,
        }  # fmt: skip
        return str(self.target.call("POST", "/_foundation/permission", body)["denied"] or "")

    def post(self, execution: Execution) -> None:
        """Show an execution in CodePipeline's API."""
        self._do("execution", execution=_shown(self._pipeline, execution))

    def open_job(self, job: str) -> Mapping[str, Any]:
        """The job, opened for an answer; `follow` is the continuation token that the function gave last."""
        found: Mapping[str, Any] = self._do("job", id=job)
        return found

    def answer(self, kind: str, identifier: str, seconds: float) -> Mapping[str, Any] | None:
        """What was said about a `job` or an `approval`, as soon as it is; None after some seconds, 20 at most."""
        found: Mapping[str, Any] | None = self._do(
            "wait", kind=kind, id=identifier, seconds=min(seconds, _WAIT_SECONDS)
        )
        return found

    def _do(self, what: str, **given: Any) -> Any:
        body = {"account": self._pipeline.account, "region": self._pipeline.region, "do": what, **given}
        return self.target.call("POST", "/_foundation/codepipeline", body, patience=_PATIENCE)


def _shown(pipeline: Pipeline, execution: Execution) -> dict[str, Any]:
    links, source = _links(pipeline, execution), _source(pipeline)
    trigger = "AutomatedRollback" if execution.failed else "StartPipelineExecution"
    return {
        "id": execution.id,
        "pipeline": pipeline.name,
        "mode": pipeline.mode,
        "type": execution.type,
        "status": execution.status,
        "started": execution.started,
        "updated": execution.updated,
        "variables": execution.variables,
        "trigger": {"triggerType": trigger, "triggerDetail": execution.failed},
        "rollback_target": execution.target,
        "source": source.name if source else "",
        "revision": {
            "name": "".join(source.outputs[:1]) if source else "",
            "revisionId": execution.revision.commit,
            "revisionSummary": execution.revision.subject,
        },
        "stages": execution.stages,
        "actions": {
            name: {**_action(record), "url": links.get(name, "")} for name, record in execution.actions.items()
        },
    }


def _source(pipeline: Pipeline) -> Action | None:
    actions = (each for stage in pipeline.stages for each in stage.actions)
    return next((each for each in actions if each.kind[0] == "Source"), None)


def _links(pipeline: Pipeline, execution: Execution) -> dict[str, str]:
    """What approvers are to read, by action; of a rollback nothing, which asks nobody."""
    known = namespaces(pipeline, execution, None)
    found = {}
    for stage in pipeline.stages:
        for action in stage.actions:
            link = action.configuration.get("ExternalEntityLink")
            if link and execution.action(stage.name, action.name) and execution.type == "STANDARD":
                # A variable without a value is the action's own failure, told there.
                with contextlib.suppress(ReleaseError):
                    found[key(stage.name, action.name)] = str(resolve(link, known))
    return found


def _action(record: ActionRecord) -> dict[str, Any]:
    # CodePipeline can't skip an action; what comes closest says that it didn't run.
    status = "Abandoned" if record.status == "Skipped" else record.status
    return {
        "token": record.token,
        "status": status,
        "summary": record.summary,
        "external": record.external,
        "error": record.error,
        "changed": record.ended or record.started,
    }
