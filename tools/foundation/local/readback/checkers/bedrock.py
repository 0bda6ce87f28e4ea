"""Guardrails, prompts, their versions, inference profiles, and the invocation logging of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import Check, Checker, Clients, NotChecked, Resource, Result, key_id, tail

_POLICIES = {
    "topicPolicy": {"topicsConfig": "topics", "topicsTierConfig": "tier"},
    "contentPolicy": {"filtersConfig": "filters", "contentFiltersTierConfig": "tier"},
    "wordPolicy": {"wordsConfig": "words", "managedWordListsConfig": "managedWordLists"},
    "sensitiveInformationPolicy": {"piiEntitiesConfig": "piiEntities", "regexesConfig": "regexes"},
    "contextualGroundingPolicy": {"filtersConfig": "filters"},
}
"""Policy of GetGuardrail -> member of the template's …Config -> member of the answer."""


def guardrail(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Every policy, the messages and the key of the working draft."""
    found = clients("bedrock").get_guardrail(guardrailIdentifier=resource.physical_id)
    yield from _guardrail(resource, found)


def guardrail_version(resource: Resource, clients: Clients) -> Iterator[Result]:
    """A released version holds what the template's guardrail says: a version never changes."""
    guardrail_id, _, version = resource.physical_id.partition("|")
    identifier = resource.get("GuardrailIdentifier")
    source = next(
        (g for g in resource.siblings("AWS::Bedrock::Guardrail") if tail(g.physical_id) == tail(identifier)), None
    )
    if source is None:
        yield NotChecked("policies", "its guardrail isn't in the stack")
        return
    found = clients("bedrock").get_guardrail(guardrailIdentifier=guardrail_id, guardrailVersion=version)
    yield Check("Version", version, found["version"])
    yield from _guardrail(source, found)


def prompt(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Variants, default variant and key of the working draft."""
    found = clients("bedrock-agent").get_prompt(promptIdentifier=_prompt_id(resource.physical_id))
    yield from _prompt(resource, found)


def prompt_version(resource: Resource, clients: Clients) -> Iterator[Result]:
    """A released version holds what the template's prompt says."""
    prompt_id, _, version = resource.physical_id.rpartition("/")[2].partition(":")
    source = next(
        (p for p in resource.siblings("AWS::Bedrock::Prompt") if _prompt_id(p.physical_id) == prompt_id), None
    )
    if source is None:
        yield NotChecked("variants", "its prompt isn't in the stack")
        return
    found = clients("bedrock-agent").get_prompt(promptIdentifier=prompt_id, promptVersion=version)
    yield Check("Version", version, found["version"])
    yield from _prompt(source, found)


def inference_profile(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The model that it stands for."""
    found = clients("bedrock").get_inference_profile(inferenceProfileIdentifier=resource.physical_id)
    models = [model["modelArn"] for model in found["models"]]
    yield Check("CopyFrom", [resource.get("ModelSource", "CopyFrom")], models)


def invocation_logging(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Custom::ModelInvocationLogging: where prompts and answers are logged, and that all kinds are."""
    found = clients("bedrock").get_model_invocation_logging_configuration().get("loggingConfig") or {}
    logs = found.get("cloudWatchConfig") or {}
    large = logs.get("largeDataDeliveryS3Config") or {}
    yield Check("LogGroupName", resource.get("LogGroupName"), logs.get("logGroupName"))
    yield Check("RoleArn", resource.get("RoleArn"), logs.get("roleArn"))
    yield Check("BucketName", resource.get("BucketName"), large.get("bucketName"))
    yield Check("KeyPrefix", resource.get("KeyPrefix"), large.get("keyPrefix"))
    for kind in ("text", "image", "embedding"):
        yield Check(f"{kind}DataDeliveryEnabled", True, found.get(f"{kind}DataDeliveryEnabled", False))


def _guardrail(resource: Resource, found: Any) -> Iterator[Result]:
    for policy, members in _POLICIES.items():
        config = resource.get(f"{policy[0].upper()}{policy[1:]}Config")
        expected = _camel(config) if config else {}
        expected = {members.get(name, name): value for name, value in expected.items() if value != []}
        actual = {name: value for name, value in (found.get(policy) or {}).items() if value != []}
        yield Check(policy, expected, actual, unordered=True)
    yield Check("name", resource.get("Name"), found["name"])
    yield Check("blockedInputMessaging", resource.get("BlockedInputMessaging"), found["blockedInputMessaging"])
    yield Check("blockedOutputsMessaging", resource.get("BlockedOutputsMessaging"), found["blockedOutputsMessaging"])
    yield Check("kmsKeyArn", key_id(resource.get("KmsKeyArn")), key_id(found.get("kmsKeyArn")))


def _prompt(resource: Resource, found: Any) -> Iterator[Result]:
    yield Check("name", resource.get("Name"), found["name"])
    yield Check("defaultVariant", resource.get("DefaultVariant"), found.get("defaultVariant"))
    yield Check("variants", [_camel(v) for v in resource.get("Variants", default=[])], found.get("variants", []))
    key = key_id(resource.get("CustomerEncryptionKeyArn"))
    yield Check("customerEncryptionKeyArn", key, key_id(found.get("customerEncryptionKeyArn")))


def _prompt_id(identifier: str) -> str:
    return identifier.rpartition("/")[2].partition(":")[0]


def _camel(value: Any) -> Any:
    """CloudFormation's member names as the API's."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _camel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_camel(item) for item in value]
    return value


CHECKERS: dict[str, Checker] = {
    "AWS::Bedrock::ApplicationInferenceProfile": inference_profile,
    "AWS::Bedrock::Guardrail": guardrail,
    "AWS::Bedrock::GuardrailVersion": guardrail_version,
    "AWS::Bedrock::Prompt": prompt,
    "AWS::Bedrock::PromptVersion": prompt_version,
    "Custom::ModelInvocationLogging": invocation_logging,
}
