"""Puts the gate's steps together from their variables."""

from collections.abc import Callable

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from genai_runtime.evaluation.store import Store
from genai_runtime.release import assembly
from genai_runtime.release.checks import check_seal
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.gate.decide import Decider
from genai_runtime.release.gate.environment import GateEnvironment
from genai_runtime.release.gate.event import Start
from genai_runtime.release.gate.poll import FIRST_SECONDS, Poller
from genai_runtime.release.gate.prepare import Preparer
from genai_runtime.release.gate.state import States
from genai_runtime.release.gate.workload import Open, open_with
from genai_runtime.release.hosts.base import Host
from genai_runtime.release.hosts.connect import connect
from genai_runtime.release.hosts.environment import HostVariables
from genai_runtime.release.hosts.errors import TOKEN_MISSING, HostRefused
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Manifest

_TOKEN_SECONDS = 60
"""A warm function learns of a changed token within this time."""
_NO_SECRET = ("AccessDeniedException", "InvalidRequestException", "ResourceNotFoundException")


def opener(environment: GateEnvironment) -> Open:
    """The environments' accounts; a session for each look, because a warm function outlives its credentials."""
    return open_with(assembly.accounts(environment), environment.dataset_bucket)


def preparer(environment: GateEnvironment) -> Preparer:
    """Prepare."""
    return Preparer(
        assembly.releases(environment),
        sealed_in(assembly.ledger(environment)),
        _states(environment),
        opener(environment),
        min(FIRST_SECONDS, environment.poll_seconds),
        assembly.now,
    )


def poller(environment: GateEnvironment) -> Poller:
    """Poll."""
    return Poller(_states(environment), opener(environment), environment.poll_seconds)


def decider(environment: GateEnvironment) -> Decider:
    """Decide."""
    ledger = assembly.ledger(environment)
    return Decider(
        assembly.releases(environment),
        sealed_in(ledger),
        _states(environment),
        opener(environment),
        ledger,
        assembly.now,
    )


def host(variables: HostVariables) -> Host:
    """The repository host, with the token as it is now. Raises HostRefused."""
    return connect(variables, _secret)


def sealed_in(ledger: Ledger) -> Callable[[Start, Manifest], None]:
    """Raises ReleaseRefused for a release without a genuine seal."""

    def check(start: Start, manifest: Manifest) -> None:
        entry = ledger.find(start.manifest, "sealed")
        check_seal(manifest, start.manifest, [entry.statement] if entry else [])

    return check


def _secret(name: str) -> object:
    """A secret's text. Raises HostRefused (GF-REL-258) where there is none that this function may read."""
    try:
        return parameters.get_secret(name, max_age=_TOKEN_SECONDS)
    except GetParameterError as error:
        cause = error.__cause__ or error.__context__
        code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else ""
        if code not in _NO_SECRET:
            raise
        raise HostRefused(
            TOKEN_MISSING,
            f"secret {name} can't be read ({code}): store the host's token there, and deploy the stack Pipeline of the shared "
            "account",
        ) from error


def _states(environment: GateEnvironment) -> States:
    return States(Store(boto3.client("s3", config=CONFIG), environment.release_bucket))
