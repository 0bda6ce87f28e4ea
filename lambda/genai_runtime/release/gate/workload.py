"""The environment that is evaluated: its runs, datasets, parameters and executions, through the role of evaluators there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import boto3

from genai_runtime.evaluation.executions import Executions
from genai_runtime.evaluation.store import Store
from genai_runtime.release.accounts import EVALUATION_BUCKET, Accounts, parameter
from genai_runtime.release.clients import CONFIG
from genai_runtime.release.errors import PARAMETER_MISSING, ReleaseRefused
from genai_runtime.release.evidence import Evaluations
from genai_runtime.release.gate.event import Start

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_stepfunctions.client import SFNClient

STATE_MACHINE: Final = "/genai-foundation/evaluation/state-machine-arn"
MODEL_ACCESS: Final = "/genai-foundation/model-access/function-arn"


def guardrail_parameter(name: str, version: int) -> str:
    """Parameter that a deployed guardrail's stack publishes."""
    return f"/genai-foundation/guardrails/{name}/{version}"


@dataclass(frozen=True)
class Workload:
    """One environment.

    :param parameter: what a stack there published, by its full name; None where there is none
    """

    evaluations: Evaluations
    parameter: Callable[[str], str | None]
    executions: Executions

    @property
    def runs(self) -> Store:
        """Bucket of evaluation runs."""
        return self.evaluations.runs


Open = Callable[[Start], Workload]


def open_with(accounts: Accounts, dataset_bucket: str) -> Open:
    """Opens environments by the role `genai-foundation-release-evaluator`. Raises ReleaseRefused where one isn't set up."""

    def open_(start: Start) -> Workload:
        session = accounts.session(start.environment, "evaluator", f"gate-{start.execution}")
        s3: S3Client = session.client("s3", config=CONFIG)
        states: SFNClient = session.client("stepfunctions", config=CONFIG)
        runs = Store(s3, parameter(session, EVALUATION_BUCKET))
        # Development may not see personal data (stacks/evaluation.py reads the same stage there).
        stage: Literal["golden", "redacted"] = "redacted" if start.environment == "dev" else "golden"
        return Workload(
            Evaluations(runs, Store(s3, dataset_bucket), stage),
            lambda name: _optional(session, name),
            Executions(states, parameter(session, STATE_MACHINE), runs),
        )

    return open_


def _optional(session: boto3.Session, name: str) -> str | None:
    try:
        return parameter(session, name)
    except ReleaseRefused as refused:
        if refused.code != PARAMETER_MISSING:
            raise
        return None
