"""AWS clients for the accounts of the platform: by the caller's credentials, or on the local target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from foundation.evaluation.errors import EvaluationError
from foundation.local.target import Target
from stacks.settings import Settings

PREFIX = "/genai-foundation"
# A person waits: a step that takes longer than Lambda's own longest run has failed.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    read_timeout=910,
    tcp_keepalive=True,
    max_pool_connections=32,
)


class Access(Protocol):
    """Clients by service and stage (dev, data-governance, …), in the primary Region."""

    def client(self, service: str, stage: str) -> Any: ...


class LocalAccess:
    """The local target, as each account's root."""

    def __init__(self, settings: Settings, target: Target | None = None) -> None:
        self._settings = settings
        self._target = target or Target()
        self._answered = False

    def client(self, service: str, stage: str) -> Any:
        """A client. Raises LocalTargetError GF-LOCAL-007 when the target isn't up: the SDK wouldn't say how to start it."""
        if not self._answered:
            self._target.call("GET", "/_foundation/health")
            self._answered = True
        account = self._settings.account(stage)
        session: Any = self._target.session(account.id, self._settings.regions.primary.name)
        return session.client(service, endpoint_url=self._target.url, config=_CONFIG)


class CredentialAccess:
    """AWS, by the credentials of the environment or of a profile: one account at a time.

    :param profiles: named profiles by stage; a stage without one takes the environment's credentials
    """

    def __init__(self, settings: Settings, profiles: Mapping[str, str]) -> None:
        self._settings = settings
        self._profiles = profiles
        self._sessions: dict[str, boto3.Session] = {}

    def client(self, service: str, stage: str) -> Any:
        """A client in the stage's account. Raises EvaluationError GF-EVAL-400 when the credentials are another's."""
        if stage not in self._sessions:
            self._sessions[stage] = self._session(stage)
        session: Any = self._sessions[stage]
        return session.client(service, config=_CONFIG)

    def _session(self, stage: str) -> boto3.Session:
        wanted = self._settings.account(stage).id
        try:
            session = boto3.Session(
                profile_name=self._profiles.get(stage), region_name=self._settings.regions.primary.name
            )
            found = session.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise EvaluationError(
                "GF-EVAL-401", f"no usable credentials for {stage} ({error}): sign in, or use --local"
            ) from error
        if found != wanted:
            raise EvaluationError(
                "GF-EVAL-400",
                f"the credentials are of account {found}, but {stage} is {wanted}: sign in to it, name a profile with "
                f"--profile {stage}=NAME, or use --local",
            )
        return session


def access_to(settings: Settings, target: Target | None, profiles: Mapping[str, str]) -> Access:
    """What the command-line options ask for: the local target, or AWS where there is none."""
    return LocalAccess(settings, target) if target else CredentialAccess(settings, profiles)


def parameter(access: Access, stage: str, key: str) -> str:
    """A contract value of an account; raises EvaluationError GF-EVAL-402 when it isn't published there."""
    client = access.client("ssm", stage)
    try:
        return str(client.get_parameter(Name=f"{PREFIX}/{key}")["Parameter"]["Value"])
    except client.exceptions.ParameterNotFound:
        raise EvaluationError(
            "GF-EVAL-402", f"{stage} has no parameter {PREFIX}/{key}: deploy its stacks first (make deploy ENV={stage})"
        ) from None
