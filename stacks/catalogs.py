"""Guardrails and Prompts: the catalog's released versions, in workload accounts and both Regions (SEC-2, GRC-1, GRC-2)."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog_access import GuardrailPolicies, PromptPolicies
from genai_foundation.guardrails import Guardrail
from genai_foundation.prompts import Prompt
from stacks.site import Site


class GuardrailsStack(cdk.Stack):
    """Every released guardrail version."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Guardrails"), env=site.env, description="Released guardrail versions"
        )
        key = contract.reference(contract.DATA_KEY)
        guardrails = [
            Guardrail(self, pascal(spec.reference), spec=spec, key_arn=key)
            for spec in site.settings.catalog.guardrails.values()
        ]
        for guardrail in guardrails:
            guardrail.publish()
        GuardrailPolicies(
            self, "Policies", guardrails=guardrails, model_arns=site.model_arns(lambda spec: spec.converses)
        )


class PromptsStack(cdk.Stack):
    """Every released prompt version whose model the environment approved."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(scope, site.construct_id("Prompts"), env=site.env, description="Released prompt versions")
        models = {model.id: model for model in site.settings.models_for(site.environment)}
        key = contract.reference(contract.DATA_KEY)
        prompts = [
            Prompt(
                self,
                pascal(spec.reference),
                spec=spec,
                model_id=models[spec.model].invocation_id(site.region.name),
                key_arn=key,
            )
            for spec in site.settings.prompts_for(site.environment)
        ]
        for prompt in prompts:
            prompt.publish()
        PromptPolicies(self, "Policies", prompts=prompts)


def pascal(name: str) -> str:
    """Construct id of a kebab-case name."""
    return "".join(part.capitalize() for part in name.split("-"))
