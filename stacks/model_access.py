"""ModelAccess and the use cases that call it; in workload accounts and both Regions."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog_access import published_policies
from genai_foundation.function import Placement
from genai_foundation.live.configuration import LiveProfile, live_access
from genai_foundation.model_access import ModelAccess
from genai_foundation.network.access import EndpointAccess
from genai_foundation.use_cases import Allowance, UseCase
from stacks.settings import UseCase as UseCaseContract
from stacks.site import Site


class ModelAccessStack(cdk.Stack):
    """The function that answers catalog prompts."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("ModelAccess"), env=site.env, description="Guarded, audited model access"
        )
        settings = site.settings
        access = EndpointAccess(
            self,
            "Network",
            vpc_id=contract.reference(contract.VPC_ID),
            endpoint_group_id=contract.reference(contract.ENDPOINT_SECURITY_GROUP),
            prefix_list_ids=(contract.reference(contract.DYNAMODB_PREFIX_LIST),),
        )
        ModelAccess(
            self,
            "ModelAccess",
            environment_name=site.environment,
            operations=site.operations(),
            placement=Placement(
                subnet_ids=[
                    contract.reference(contract.subnet_id(index + 1))
                    for index in range(len(site.region.availability_zones))
                ],
                security_group_ids=[access.group_id],
            ),
            runtime=site.runtime,
            policy_arns=published_policies(
                guardrails=len(settings.catalog.guardrails), prompts=len(settings.prompts_for(site.environment))
            ),
            audit_retention_days=settings.retention.audit_days,
            alarm_topic_arn=contract.reference(contract.ALARM_TOPIC),
            live=None if site.recovery else live_access(self),
        ).publish()


class UseCaseStack(cdk.Stack):
    """One use case in one environment."""

    def __init__(self, scope: Construct, site: Site, use_case: UseCaseContract) -> None:
        super().__init__(
            scope,
            site.construct_id(f"UseCase-{use_case.name}"),
            env=site.env,
            description=f"Use case {use_case.name} of {use_case.lob}",
        )
        for key, value in site.settings.tags_for(use_case).items():
            cdk.Tags.of(self).add(key, value)
        models = {model.id: model for model in site.settings.models_for(site.environment)}
        UseCase(
            self,
            "UseCase",
            name=use_case.name,
            allowance=Allowance(
                lob=use_case.lob,
                guardrail=(use_case.guardrail.name, use_case.guardrail.version),
                prompts={prompt.name: prompt.version for prompt in use_case.prompts},
                model_ids=[models[model].invocation_id(site.region.name) for model in use_case.models],
            ),
            function_name=contract.reference(contract.MODEL_ACCESS_NAME),
            organization_id=site.settings.organization.id,
            feedback_function_name=None if site.recovery else contract.reference(contract.LIVE_FEEDBACK),
        )
        if not site.recovery:
            LiveProfile(
                self,
                "Live",
                application_id=contract.reference(contract.LIVE_APPLICATION),
                use_case=use_case.name,
                validate_function_arn=contract.reference(contract.LIVE_VALIDATE),
                key_arn=contract.reference(contract.DATA_KEY),
            )
