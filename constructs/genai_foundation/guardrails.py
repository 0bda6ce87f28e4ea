"""A catalog guardrail as an immutable Bedrock guardrail version (SEC-2)."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog import GuardrailSpec


class Guardrail(Construct):
    """One released guardrail version.

    Every catalog version is a Bedrock guardrail of its own, with one numbered version: a Region that is rebuilt later gets
    the same content for every version that use cases still name (docs/adr/0006-a-guardrail-per-version.md).

    :param spec: the catalog entry
    :param key_arn: customer key that encrypts the guardrail
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: GuardrailSpec, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self.guardrail = bedrock.CfnGuardrail(
            self,
            "Default",
            name=spec.reference,
            description=spec.description,
            blocked_input_messaging=spec.blocked_input_messaging,
            blocked_outputs_messaging=spec.blocked_outputs_messaging,
            kms_key_arn=key_arn,
            content_policy_config=content_policy(spec),
            topic_policy_config=topic_policy(spec),
            word_policy_config=word_policy(spec),
            sensitive_information_policy_config=sensitive_information_policy(spec),
            contextual_grounding_policy_config=grounding_policy(spec),
            cross_region_config={"guardrailProfileArn": profile_arn(self, spec)} if spec.cross_region_profile else None,
        )
        self.guardrail.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        version = bedrock.CfnGuardrailVersion(
            self, "Version", guardrail_identifier=self.guardrail.attr_guardrail_id, description=spec.reference
        )
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.guardrail_id = self.guardrail.attr_guardrail_id
        self.arn = self.guardrail.attr_guardrail_arn
        self.version = version.attr_version
        self.version_arn = f"{self.arn}:{self.version}"
        # The STANDARD tier processes in the profile's Regions: who applies the guardrail needs the profile too.
        self.apply_arns = [self.arn, *([profile_arn(self, spec)] if spec.cross_region_profile else [])]

    def publish(self) -> None:
        """Publish id, ARN and version for the other stacks of this account and Region."""
        name, version = self.spec.name, self.spec.version
        identifiers = {"id": self.guardrail_id, "arn": self.arn, "version": self.version}
        contract.publish(
            self, "Identifiers", contract.guardrail(name, version), cdk.Stack.of(self).to_json_string(identifiers)
        )

    def grant_apply(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal apply the guardrail to a text or a model call."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["bedrock:ApplyGuardrail"], resource_arns=self.apply_arns
        )

    def grant_invoke_guarded(self, grantee: iam.IGrantable, model_arns: Sequence[str]) -> iam.Grant:
        """Lets a principal invoke models with this guardrail version only; a call without it is denied by IAM."""
        self.grant_apply(grantee)
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            resource_arns=list(model_arns),
            conditions={"StringEquals": {"bedrock:GuardrailIdentifier": self.version_arn}},
        )


def profile_arn(scope: Construct, spec: GuardrailSpec) -> str:
    """ARN of the guardrail profile that the STANDARD tier routes through."""
    stack = cdk.Stack.of(scope)
    return f"arn:aws:bedrock:{stack.region}:{stack.account}:guardrail-profile/{spec.cross_region_profile}"


def content_policy(spec: GuardrailSpec) -> dict[str, Any] | None:
    """ContentPolicyConfig."""
    policy = spec.content_policy
    if policy is None:
        return None
    filters = [
        {
            "type": each.type,
            "inputStrength": each.input_strength,
            "outputStrength": each.output_strength,
            "inputAction": each.input_action,
            "outputAction": each.output_action,
        }
        for each in policy.filters
    ]
    return {"filtersConfig": filters, "contentFiltersTierConfig": {"tierName": policy.tier}}


def topic_policy(spec: GuardrailSpec) -> dict[str, Any] | None:
    """TopicPolicyConfig."""
    policy = spec.topic_policy
    if policy is None:
        return None
    topics = [
        {
            "name": each.name,
            "definition": each.definition,
            "examples": list(each.examples),
            "type": "DENY",
            "inputAction": each.input_action,
            "outputAction": each.output_action,
        }
        for each in policy.topics
    ]
    return {"topicsConfig": topics, "topicsTierConfig": {"tierName": policy.tier}}


def word_policy(spec: GuardrailSpec) -> dict[str, Any] | None:
    """WordPolicyConfig."""
    policy = spec.word_policy
    if policy is None:
        return None
    config: dict[str, Any] = {}
    if policy.words:
        config["wordsConfig"] = [{"text": word} for word in policy.words]
    if policy.managed_word_lists:
        config["managedWordListsConfig"] = [{"type": kind} for kind in policy.managed_word_lists]
    return config


def sensitive_information_policy(spec: GuardrailSpec) -> dict[str, Any] | None:
    """SensitiveInformationPolicyConfig."""
    policy = spec.sensitive_information_policy
    if policy is None:
        return None
    config: dict[str, Any] = {}
    if policy.pii_entities:
        config["piiEntitiesConfig"] = [
            {
                "type": each.type,
                "action": each.action,
                "inputAction": each.input_action or each.action,
                "outputAction": each.output_action or each.action,
            }
            for each in policy.pii_entities
        ]
    if policy.regexes:
        config["regexesConfig"] = [
            {
                "name": each.name,
                "description": each.description or each.name,
                "pattern": each.pattern,
                "action": each.action,
                "inputAction": each.input_action or each.action,
                "outputAction": each.output_action or each.action,
            }
            for each in policy.regexes
        ]
    return config


def grounding_policy(spec: GuardrailSpec) -> dict[str, Any] | None:
    """ContextualGroundingPolicyConfig."""
    policy = spec.contextual_grounding_policy
    if policy is None:
        return None
    return {
        "filtersConfig": [
            {"type": each.type, "threshold": each.threshold, "action": each.action} for each in policy.filters
        ]
    }
