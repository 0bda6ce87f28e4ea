"""ReleaseAccess: the release pipeline's roles in a workload account; in the primary Region (ACC-2, ACC-4)."""

from functools import partial

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.evaluation.datasets import KEY
from genai_foundation.evaluation.redaction import FUNCTION
from genai_foundation.release.access import ReleaseAccess, Shared
from genai_foundation.release.evaluation_access import EvaluationAccess
from genai_foundation.release.publishing import DatasetPublishing
from stacks.evaluation import datasets
from stacks.site import Site


class DatasetAccessStack(cdk.Stack):
    """The one way into the governance account: suites of releases."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("ReleaseAccess"), env=site.env, description="Role of the release pipeline"
        )
        value = partial(contract.parameter, self)
        DatasetPublishing(
            self, "Publishing", shared=shared_account(site), key_arn=value(KEY), redact_name=value(FUNCTION)
        )


class ReleaseAccessStack(cdk.Stack):
    """The four ways in; tests call use cases before production, and no more in it."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("ReleaseAccess"), env=site.env, description="Roles of the release pipeline"
        )
        settings = site.settings
        value = partial(contract.parameter, self)
        tested = settings.use_cases_in(site.environment) if site.environment != "prod" else ()
        model_access = value(contract.MODEL_ACCESS_ARN) if tested else ""
        ReleaseAccess(
            self,
            "Access",
            environment=site.environment,
            shared=shared_account(site),
            regions=[settings.regions.primary.name, settings.regions.recovery.name],
            evaluation=EvaluationAccess(
                state_machine_arn=value(contract.EVALUATION_STATE_MACHINE),
                bucket_name=value(contract.EVALUATION_BUCKET),
                data_key_arn=value(contract.DATA_KEY),
                datasets=datasets(site),
            ),
            activate_name=value(contract.LIVE_ACTIVATE),
            tested_arns=[f"{model_access}:{case.name}" for case in tested],
        )


def shared_account(site: Site) -> Shared:
    """The account that the pipeline runs in."""
    settings = site.settings
    return Shared(
        account=settings.account("shared").id,
        region=settings.regions.primary.name,
        organization_id=settings.organization.id,
    )
