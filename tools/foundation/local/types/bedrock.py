"""Bedrock guardrails, prompts and application inference profiles, kept by ministack's own Bedrock."""

from __future__ import annotations

from typing import Any

from foundation.local.inprocess import client
from foundation.local.types.base import Properties, Provider, Provisioned, Resource, camel, subset, tags_of

# Members whose keys are data, not names of the API's model.
_DATA = frozenset({"Tags", "AdditionalModelRequestFields", "Metadata"})

# CloudFormation names a policy's tier after the policy, the API doesn't.
_TIERS = {"contentPolicyConfig": "contentFiltersTierConfig", "topicPolicyConfig": "topicsTierConfig"}


def _list_tags(properties: Properties) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags_of(properties.get("Tags")).items()]


class GuardrailProvider:
    """AWS::Bedrock::Guardrail; Ref is the ARN."""

    def create(self, resource: Resource) -> Provisioned:
        made = client("bedrock").create_guardrail(
            **self._request(resource.properties), tags=_list_tags(resource.properties)
        )
        return str(made["guardrailArn"]), self._attributes(made["guardrailArn"])

    def update(self, resource: Resource) -> Provisioned:
        request = self._request(resource.properties)
        # UpdateGuardrail replaces the whole policy: what the template dropped must go.
        client("bedrock").update_guardrail(guardrailIdentifier=resource.physical_id, **request)
        return resource.physical_id, self._attributes(resource.physical_id)

    def delete(self, resource: Resource) -> None:
        _ignore_missing("bedrock", "delete_guardrail", guardrailIdentifier=resource.physical_id)

    @staticmethod
    def _request(properties: Properties) -> dict[str, Any]:
        request = camel({key: value for key, value in properties.items() if key not in {"Tags", "KmsKeyArn"}})
        if "KmsKeyArn" in properties:
            request["kmsKeyId"] = properties["KmsKeyArn"]
        for policy, tier in _TIERS.items():
            if tier in request.get(policy, {}):
                request[policy]["tierConfig"] = request[policy].pop(tier)
        typed: dict[str, Any] = request
        return typed

    @staticmethod
    def _attributes(arn: str) -> dict[str, Any]:
        found = client("bedrock").get_guardrail(guardrailIdentifier=arn)
        return {
            "GuardrailArn": found["guardrailArn"],
            "GuardrailId": found["guardrailId"],
            "Version": "DRAFT",
            "Status": found["status"],
            "CreatedAt": found["createdAt"].isoformat(),
            "UpdatedAt": found["updatedAt"].isoformat(),
        }


class GuardrailVersionProvider:
    """AWS::Bedrock::GuardrailVersion: all its properties are create-only. Ref is `ID|VERSION`."""

    def create(self, resource: Resource) -> Provisioned:
        bedrock = client("bedrock")
        made = bedrock.create_guardrail_version(
            **camel(subset(resource.properties, "GuardrailIdentifier", "Description"))
        )
        guardrail_id, version = made["guardrailId"], made["version"]
        arn = bedrock.get_guardrail(guardrailIdentifier=guardrail_id)["guardrailArn"]
        return f"{guardrail_id}|{version}", {"GuardrailArn": arn, "GuardrailId": guardrail_id, "Version": version}

    def update(self, resource: Resource) -> Provisioned:
        guardrail_id, _, version = resource.physical_id.partition("|")
        arn = client("bedrock").get_guardrail(guardrailIdentifier=guardrail_id)["guardrailArn"]
        return resource.physical_id, {"GuardrailArn": arn, "GuardrailId": guardrail_id, "Version": version}

    def delete(self, resource: Resource) -> None:
        guardrail_id, _, version = resource.physical_id.partition("|")
        _ignore_missing("bedrock", "delete_guardrail", guardrailIdentifier=guardrail_id, guardrailVersion=version)


class PromptProvider:
    """AWS::Bedrock::Prompt; Ref is the ARN."""

    def create(self, resource: Resource) -> Provisioned:
        made = client("bedrock-agent").create_prompt(
            **self._request(resource.properties), tags=tags_of(resource.properties.get("Tags"))
        )
        return str(made["arn"]), self._attributes(made)

    def update(self, resource: Resource) -> Provisioned:
        made = client("bedrock-agent").update_prompt(
            promptIdentifier=_prompt_id(resource.physical_id), **self._request(resource.properties)
        )
        return resource.physical_id, self._attributes(made)

    def delete(self, resource: Resource) -> None:
        _ignore_missing("bedrock-agent", "delete_prompt", promptIdentifier=_prompt_id(resource.physical_id))

    @staticmethod
    def _request(properties: Properties) -> dict[str, Any]:
        request: dict[str, Any] = camel({k: v for k, v in properties.items() if k != "Tags"}, _DATA)
        for variant in request.get("variants", []):
            text = variant.get("templateConfiguration", {}).get("text", {})
            if "textS3Location" in text:
                raise ValueError("AWS::Bedrock::Prompt: TextS3Location isn't supported here, give Text")
            for member in ("temperature", "topP", "maxTokens"):
                _number(variant.get("inferenceConfiguration", {}).get("text", {}), member)
        return request

    @staticmethod
    def _attributes(made: dict[str, Any]) -> dict[str, Any]:
        return {
            "Arn": made["arn"],
            "Id": made["id"],
            "Version": made["version"],
            "CreatedAt": made["createdAt"].isoformat(),
            "UpdatedAt": made["updatedAt"].isoformat(),
        }


class PromptVersionProvider:
    """AWS::Bedrock::PromptVersion: all its properties are create-only. Ref is the version's ARN."""

    def create(self, resource: Resource) -> Provisioned:
        made = client("bedrock-agent").create_prompt_version(
            promptIdentifier=_prompt_id(resource.properties["PromptArn"]),
            tags=tags_of(resource.properties.get("Tags")),
            **camel(subset(resource.properties, "Description")),
        )
        return str(made["arn"]), self._attributes(made)

    def update(self, resource: Resource) -> Provisioned:
        prompt, version = _version_of(resource.physical_id)
        found = client("bedrock-agent").get_prompt(promptIdentifier=prompt, promptVersion=version)
        return resource.physical_id, self._attributes(found)

    def delete(self, resource: Resource) -> None:
        prompt, version = _version_of(resource.physical_id)
        _ignore_missing("bedrock-agent", "delete_prompt", promptIdentifier=prompt, promptVersion=version)

    @staticmethod
    def _attributes(made: dict[str, Any]) -> dict[str, Any]:
        return {
            "Arn": made["arn"],
            "PromptId": made["id"],
            "Name": made["name"],
            "Version": made["version"],
            "CreatedAt": made["createdAt"].isoformat(),
            "UpdatedAt": made["updatedAt"].isoformat(),
        }


class ApplicationInferenceProfileProvider:
    """AWS::Bedrock::ApplicationInferenceProfile; Ref is the identifier. Only its tags can change."""

    def create(self, resource: Resource) -> Provisioned:
        made = client("bedrock").create_inference_profile(
            **camel({key: value for key, value in resource.properties.items() if key != "Tags"}),
            tags=_list_tags(resource.properties),
        )
        arn = str(made["inferenceProfileArn"])
        return arn.rpartition("/")[2], self._attributes(arn)

    def update(self, resource: Resource) -> Provisioned:
        bedrock = client("bedrock")
        arn = bedrock.get_inference_profile(inferenceProfileIdentifier=resource.physical_id)["inferenceProfileArn"]
        gone = sorted(tags_of(resource.previous.get("Tags")).keys() - tags_of(resource.properties.get("Tags")).keys())
        if gone:
            bedrock.untag_resource(resourceARN=arn, tagKeys=gone)
        bedrock.tag_resource(resourceARN=arn, tags=_list_tags(resource.properties))
        return resource.physical_id, self._attributes(arn)

    def delete(self, resource: Resource) -> None:
        _ignore_missing("bedrock", "delete_inference_profile", inferenceProfileIdentifier=resource.physical_id)

    @staticmethod
    def _attributes(arn: str) -> dict[str, Any]:
        found = client("bedrock").get_inference_profile(inferenceProfileIdentifier=arn.rpartition("/")[2])
        return {
            "InferenceProfileArn": arn,
            "InferenceProfileId": found["inferenceProfileId"],
            "InferenceProfileIdentifier": found["inferenceProfileId"],
            "Status": found["status"],
            "Type": found["type"],
            "CreatedAt": found["createdAt"].isoformat(),
            "UpdatedAt": found["updatedAt"].isoformat(),
        }


def _prompt_id(arn: str) -> str:
    return arn.rpartition("/")[2].partition(":")[0]


def _version_of(arn: str) -> tuple[str, str]:
    prompt, _, version = arn.rpartition("/")[2].partition(":")
    return prompt, version


def _number(config: dict[str, Any], member: str) -> None:
    if isinstance(config.get(member), str):
        config[member] = int(config[member]) if member == "maxTokens" else float(config[member])


def _ignore_missing(service: str, operation: str, **request: str) -> None:
    """Delete what may be gone already, as CloudFormation does."""
    made = client(service)
    try:
        getattr(made, operation)(**request)
    except made.exceptions.ResourceNotFoundException:
        return


PROVIDERS: dict[str, Provider] = {
    "AWS::Bedrock::Guardrail": GuardrailProvider(),
    "AWS::Bedrock::GuardrailVersion": GuardrailVersionProvider(),
    "AWS::Bedrock::Prompt": PromptProvider(),
    "AWS::Bedrock::PromptVersion": PromptVersionProvider(),
    "AWS::Bedrock::ApplicationInferenceProfile": ApplicationInferenceProfileProvider(),
}
