"""Variables of this capability's functions."""

from typing import Annotated, Self

from pydantic import Field, Json, StringConstraints, model_validator

from genai_runtime.base import Text
from genai_runtime.environment import FunctionEnvironment
from genai_runtime.release.manifest import APPROVER_ROLES, ORDER, ApproverRole
from genai_runtime.release.manifest import Environment as Stage
from genai_runtime.release.records import Purpose

_Account = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
_KeyArn = Annotated[str, StringConstraints(pattern=r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$")]
PURPOSES: frozenset[Purpose] = frozenset({"seal", "promotion", "approval", "warrant"})


class Environment(FunctionEnvironment):
    """Variables of every release function in the shared account; all are required."""

    ledger_table: Text = Field(alias="LEDGER_TABLE")
    release_bucket: Text = Field(alias="RELEASE_BUCKET")
    keys: Json[dict[Purpose, _KeyArn]] = Field(alias="KEYS")
    """Signing key by purpose, as a JSON object; all purposes."""
    accounts: Json[dict[Stage, _Account]] = Field(alias="ACCOUNTS")
    """Account id by environment, as a JSON object; all environments."""
    region_name: Text = Field(alias="REGION_NAME")
    """The primary Region, here and in all accounts."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if unsigned := sorted(PURPOSES - self.keys.keys()):
            raise ValueError(f"KEYS lacks {', '.join(unsigned)}")
        if missing := sorted(set(ORDER) - self.accounts.keys()):
            raise ValueError(f"ACCOUNTS lacks {', '.join(missing)}")
        return self


class AdmissionEnvironment(Environment):
    """Who admits deployments looks at the suites of golden datasets again."""

    dataset_bucket: Text = Field(alias="DATASET_BUCKET")
    """In the governance account."""


class DatasetsEnvironment(AdmissionEnvironment):
    """Datasets publishes suites."""

    governance_account: _Account = Field(alias="GOVERNANCE_ACCOUNT")
    """Where the bucket of golden datasets is."""


class AuthorizeEnvironment(AdmissionEnvironment):
    """Authorize issues warrants."""

    warrant_minutes: Annotated[int, Field(ge=1, le=60)] = Field(alias="WARRANT_MINUTES")


class RedeemEnvironment(AdmissionEnvironment):
    """There is one function, with a role of its own, for each environment."""

    environment: Stage = Field(alias="ENVIRONMENT")


class ApproveEnvironment(Environment):
    """Approve reads the pipeline's manual approvals."""

    pipeline_name: Text = Field(alias="PIPELINE_NAME")
    approvers: Json[dict[ApproverRole, Annotated[tuple[Text, ...], Field(min_length=1)]]] = Field(alias="APPROVERS")
    """E-mail addresses by role, as a JSON object."""
    approval_stage: Text = Field(alias="APPROVAL_STAGE")
    approval_actions: Json[dict[ApproverRole, Text]] = Field(alias="APPROVAL_ACTIONS")
    """Name of the approval action by role, as a JSON object."""

    @model_validator(mode="after")
    def _has_all_roles(self) -> Self:
        for name, given in (("APPROVERS", self.approvers), ("APPROVAL_ACTIONS", self.approval_actions)):
            if missing := sorted(set(APPROVER_ROLES) - given.keys()):
                raise ValueError(f"{name} lacks {', '.join(missing)}")
        return self
