"""A catalog prompt as an immutable Bedrock prompt version (GRC-1, GRC-2)."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog import PromptSpec

VARIANT = "default"


class Prompt(Construct):
    """One released prompt version, encrypted, retained, with its input limits published beside it.

    As with guardrails, every catalog version is a Bedrock prompt of its own with one numbered version.

    :param spec: the catalog entry
    :param model_id: model or inference profile id that the environment uses for the prompt's model
    :param key_arn: customer key that encrypts the prompt
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: PromptSpec, model_id: str, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self.model_id = model_id
        self.prompt = bedrock.CfnPrompt(
            self,
            "Default",
            name=spec.reference,
            description=spec.description,
            customer_encryption_key_arn=key_arn,
            default_variant=VARIANT,
            variants=[variant(spec, model_id)],
        )
        self.prompt.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        version = bedrock.CfnPromptVersion(self, "Version", prompt_arn=self.prompt.attr_arn, description=spec.reference)
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn = self.prompt.attr_arn
        self.prompt_id = self.prompt.attr_id
        self.version = version.attr_version
        self.version_arn = version.attr_arn

    def publish(self) -> None:
        """Publish identifiers and limits for the other stacks and for the functions that render the prompt."""
        entry = {
            "id": self.prompt_id,
            "arn": self.arn,
            "version": self.version,
            "model": self.model_id,
            "limits": limits(self.spec),
        }
        name, version = self.spec.name, self.spec.version
        contract.publish(self, "Identifiers", contract.prompt(name, version), cdk.Stack.of(self).to_json_string(entry))

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal read the prompt's text and parameters."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["bedrock:GetPrompt"], resource_arns=[self.arn, self.version_arn]
        )


def limits(spec: PromptSpec) -> dict[str, Any]:
    """What a caller's input must keep: characters per variable, tokens in all."""
    return {
        "max_input_tokens": spec.max_input_tokens,
        "variables": {
            each.name: {"max_characters": each.max_characters, "qualifier": each.qualifier} for each in spec.variables
        },
    }


def variant(spec: PromptSpec, model_id: str) -> dict[str, Any]:
    """The prompt's only variant, a chat template: system text, user text with placeholders, inference parameters."""
    inference: dict[str, Any] = {"maxTokens": spec.inference.max_tokens}
    if spec.inference.temperature is not None:
        inference["temperature"] = spec.inference.temperature
    if spec.inference.top_p is not None:
        inference["topP"] = spec.inference.top_p
    if spec.inference.stop_sequences:
        inference["stopSequences"] = list(spec.inference.stop_sequences)
    chat: dict[str, Any] = {
        "inputVariables": [{"name": each.name} for each in spec.variables],
        "messages": [{"role": "user", "content": [{"text": spec.template}]}],
    }
    if spec.system:
        chat["system"] = [{"text": spec.system}]
    return {
        "name": VARIANT,
        "modelId": model_id,
        "templateType": "CHAT",
        "templateConfiguration": {"chat": chat},
        "inferenceConfiguration": {"text": inference},
    }
