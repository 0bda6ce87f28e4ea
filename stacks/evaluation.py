"""Evaluation: the pipeline that runs test suites against models and prompts; in workload accounts (EVAL-1 to EVAL-4)."""

from functools import partial

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.assets import lambda_layer
from genai_foundation.catalog_access import published_guardrail_policies, published_invocation_policies
from genai_foundation.evaluation.datasets import golden_bucket_name
from genai_foundation.evaluation.functions import Datasets, Layers, Models, Tracking
from genai_foundation.evaluation.pipeline import EvaluationPipeline
from genai_foundation.evaluation.tracking import app_parameter_arn, writer_role_arn
from genai_foundation.function import Placement
from genai_foundation.layers import layer_version
from genai_foundation.network.access import EndpointAccess
from stacks.site import Site


class EvaluationStack(cdk.Stack):
    """The pipeline of one environment, over the suites of the governance account."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Evaluation"), env=site.env, description="Evaluation of models and prompts"
        )
        settings = site.settings
        shared = settings.account("shared").id
        value = partial(contract.parameter, self)
        access = EndpointAccess(
            self,
            "Network",
            vpc_id=value(contract.VPC_ID),
            endpoint_group_id=value(contract.ENDPOINT_SECURITY_GROUP),
            prefix_list_ids=(
                value(contract.S3_PREFIX_LIST),
                value(contract.DYNAMODB_PREFIX_LIST),
            ),
        )
        EvaluationPipeline(
            self,
            "Pipeline",
            environment_name=site.environment,
            operations=site.operations(value),
            placement=Placement(
                subnet_ids=[
                    value(contract.subnet_id(index + 1)) for index in range(len(site.region.availability_zones))
                ],
                security_group_ids=[access.group_id],
            ),
            runtime=site.runtime,
            datasets=datasets(site),
            models=models(site),
            layers=self._layers(site),
            tracking=Tracking(
                role_arn=writer_role_arn(shared), parameter=app_parameter_arn(shared, settings.regions.primary.name)
            ),
            access_log_bucket=value(contract.ACCESS_LOG_BUCKET),
            alarm_topic_arn=value(contract.ALARM_TOPIC),
            reviewers=settings.evaluation.reviewers,
            retention_days=settings.evaluation.retention_days,
            max_concurrency=settings.evaluation.max_concurrency,
        ).publish()

    def _layers(self, site: Site) -> Layers:
        runtime = site.runtime
        code = lambda_layer(self)
        base = lambda_.CfnLayerVersion(
            self,
            "Base",
            content={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
            description="Dependencies of the platform's functions",
            compatible_runtimes=[runtime.identifier],
            compatible_architectures=[runtime.architecture],
        )
        scoring, statistics, publishing = (
            layer_version(self, name.capitalize(), name, runtime) for name in ("scoring", "statistics", "publishing")
        )
        arns = (base.ref, scoring.ref, statistics.ref, publishing.ref)
        for name, arn in zip(contract.EVALUATION_LAYERS, arns, strict=True):
            contract.publish(self, f"{name.capitalize()}Arn", contract.evaluation_layer(name), arn)
        return Layers(*arns)


def datasets(site: Site) -> Datasets:
    """The governance account's suites: redacted in development, with the personal data that they need elsewhere."""
    settings = site.settings
    governance, region = settings.account("data-governance").id, settings.regions.primary.name
    return Datasets(
        bucket_name=golden_bucket_name(governance, region),
        # The key's id is the governance account's; its policy names who may use it.
        key_arn=f"arn:aws:kms:{region}:{governance}:key/*",
        stage="redacted" if site.environment == "dev" else "golden",
    )


def models(site: Site) -> Models:
    """What the environment approved: candidates behind guardrails, judges and embeddings without."""
    settings = site.settings
    guardrails = len(settings.catalog.guardrails)
    function = contract.reference(contract.MODEL_ACCESS_ARN)
    return Models(
        invocation_policy_arns=published_invocation_policies(guardrails=guardrails),
        guardrail_policy_arns=published_guardrail_policies(guardrails=guardrails),
        judge_arns=site.model_arns(lambda spec: spec.id in settings.evaluation.judges),
        embedding_arns=site.model_arns(lambda spec: bool(spec.embedding_dimensions)),
        endpoint_arns=[f"{function}:{case.name}" for case in settings.use_cases_in(site.environment)],
    )
