"""Puts the release functions together from their variables."""

from datetime import UTC, datetime

import boto3

from genai_runtime.evaluation.store import Store
from genai_runtime.release.accounts import EVALUATION_BUCKET, Accounts, Place, parameter
from genai_runtime.release.admission import Admissions
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.environment import AdmissionEnvironment, Environment
from genai_runtime.release.evidence import Evaluations
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment as Stage
from genai_runtime.release.signing import KmsKeys


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def releases(environment: Environment) -> ReleaseBucket:
    """The bucket of releases."""
    return ReleaseBucket(boto3.client("s3", config=CONFIG), environment.release_bucket)


def ledger(environment: Environment) -> Ledger:
    """The ledger with the keys that sign and verify it."""
    keys = KmsKeys(boto3.client("kms", config=CONFIG), environment.keys)
    return Ledger(boto3.client("dynamodb", config=CONFIG), environment.ledger_table, keys)


def accounts(environment: Environment) -> Accounts:
    """The workload accounts."""
    region = environment.region_name
    places: dict[Place, str] = {place: account for place, account in environment.accounts.items()}  # noqa: C416 wider keys
    return Accounts(boto3.client("sts", region_name=region, config=CONFIG), places, region)


def admissions(environment: AdmissionEnvironment) -> Admissions:
    """What admits deployments."""
    reachable = accounts(environment)

    def evaluations(stage: Stage) -> Evaluations:
        """A session for each look: a warm function outlives its credentials."""
        session = reachable.session(stage, "evaluator", "release-evidence")
        s3 = session.client("s3", config=CONFIG)
        return Evaluations(
            runs=Store(s3, parameter(session, EVALUATION_BUCKET)),
            datasets=Store(s3, environment.dataset_bucket),
            stage="redacted" if stage == "dev" else "golden",
        )

    return Admissions(releases(environment), ledger(environment), evaluations, now)
