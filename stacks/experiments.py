"""Experiments of all environments, in the shared account (EVAL-4)."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.evaluation.tracking import ExperimentTracking
from stacks.site import Site


class ExperimentsStack(cdk.Stack):
    """The MLflow App that the evaluation pipelines of the workload accounts log to; in the primary Region."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Experiments"), env=site.env, description="Experiments of evaluations (MLflow)"
        )
        ExperimentTracking(
            self,
            "Experiments",
            key_arn=contract.reference(contract.DATA_KEY),
            access_log_bucket=contract.reference(contract.ACCESS_LOG_BUCKET),
            organization_id=site.settings.organization.id,
            writer_accounts=[account.id for account in site.settings.accounts if account.environment is not None],
            noncurrent_days=site.settings.retention.audit_days,
            destruction=site.destruction,
        ).publish()
