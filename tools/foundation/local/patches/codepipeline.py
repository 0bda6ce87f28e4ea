"""CodePipeline, which ministack doesn't have, and the sessions that a release's rights depend on."""

from __future__ import annotations

from ministack import app
from ministack.core import iam_actions, router

from foundation.local.authorization import checks, key_requests, service_sessions, session_tags, variables
from foundation.local.codepipeline import permissions, service, store
from foundation.local.patches.base import Patch

NAME = "codepipeline"


def _service() -> None:
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": [service.TARGET], "host_patterns": [r"codepipeline\."]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    app.SERVICE_HANDLERS[NAME] = service.handle_request
    # The journal restores and saves what these two name.
    app._state_map[NAME] = NAME
    app._loaded_modules[NAME] = store
    checks.expansions.append(permissions.permissions)


def _session_tags() -> None:
    session_tags.install()
    checks.expansions.append(session_tags.permissions)


def _key_requests() -> None:
    checks.expansions.append(key_requests.permissions)


PATCHES = (
    Patch(
        "authorization-key-requests",
        "core.iam_evaluator knows no kms:SigningAlgorithm and no kms:EncryptionContext of a call of KMS itself",
        "the one function that may sign may do so with one algorithm",
        _key_requests,
    ),
    Patch(
        "authorization-policy-variables",
        "core.iam_evaluator compares ${aws:PrincipalTag/x} in resources and conditions letter by letter",
        "a deploying session may read its own release only, an approver's session is named as the person",
        variables.install,
    ),
    Patch(
        "authorization-session-tags",
        "services.sts asks nobody but the role's trust policy for sts:TagSession, and forgets transitive tags",
        "a warrant becomes the tags of a session: who may set them is the deployment's lock",
        _session_tags,
    ),
    Patch(
        "authorization-service-sessions",
        "services.sts gives a service's role to no service, and core.iam_evaluator knows no codebuild:projectArn",
        "a build's role must work in its project and nowhere else",
        service_sessions.install,
    ),
    Patch(
        "codepipeline-service",
        "app has no codepipeline",
        "functions report the results of their jobs, people approve, and both are read back",
        _service,
    ),
)
