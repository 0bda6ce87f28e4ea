"""Pipeline: releases from merge to production, in the shared account and primary Region (ACC-2 to ACC-5)."""

from functools import partial

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.assets import lambda_layer
from genai_foundation.evaluation.datasets import golden_bucket_name
from genai_foundation.release.release import ReleasePipeline
from genai_foundation.release.rules import Host, Organization, Rules
from genai_foundation.release.stages import Repository
from stacks.settings.platform import ENVIRONMENTS, Release
from stacks.site import Site


class PipelineStack(cdk.Stack):
    """The release pipeline of the organisation, as `release` of the configuration wants it."""

    def __init__(self, scope: Construct, site: Site, release: Release) -> None:
        super().__init__(scope, site.construct_id("Pipeline"), env=site.env, description="Release pipeline")
        settings = site.settings
        value = partial(contract.parameter, self)
        governance = settings.account("data-governance").id
        ReleasePipeline(
            self,
            "Release",
            repository=Repository(
                connection_arn=f"arn:aws:codeconnections:{self.region}:{self.account}:connection/{release.connection_id}",
                name=release.repository,
                branch=release.branch,
            ),
            host=Host(release.host, release.token_secret, release.api_url or ""),
            organization=Organization(
                id=settings.organization.id,
                accounts={environment: settings.account(environment).id for environment in ENVIRONMENTS},
                dataset_bucket=golden_bucket_name(governance, site.region.name),
                governance=governance,
            ),
            rules=Rules(
                approvers=dict(release.approvers.items()),
                operations=settings.notifications.operations,
                warrant_minutes=release.warrant_minutes,
            ),
            operations=site.operations(value),
            layer_arn=self._layer(site),
            access_log_bucket=value(contract.ACCESS_LOG_BUCKET),
            alarm_topic_arn=value(contract.ALARM_TOPIC),
            runtime=site.runtime,
            noncurrent_days=settings.retention.audit_days,
            destruction=site.destruction,
        ).publish()

    def _layer(self, site: Site) -> str:
        code = lambda_layer(self)
        return lambda_.CfnLayerVersion(
            self,
            "Layer",
            content={"s3Bucket": code.s3_bucket_name, "s3Key": code.s3_object_key},
            description="Dependencies of the platform's functions",
            compatible_runtimes=[site.runtime.identifier],
            compatible_architectures=[site.runtime.architecture],
        ).ref
