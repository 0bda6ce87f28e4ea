"""Bedrock's resource types: the whole guardrail comes back, versions are apart from their draft."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.target import Target
from tests.local.target.deployment import DEV, REGION, Resources, delete, deploy

pytestmark = pytest.mark.local

POLICIES: dict[str, Any] = {
    "ContentPolicyConfig": {"FiltersConfig": [
        {"Type": "HATE", "InputStrength": "HIGH", "OutputStrength": "MEDIUM"},
        {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"},
    ]},
    "TopicPolicyConfig": {"TopicsConfig": [
        {"Name": "investment", "Definition": "advice on securities", "Examples": ["which share?"], "Type": "DENY"},
    ]},
    "WordPolicyConfig": {
        "WordsConfig": [{"Text": "internal"}], "ManagedWordListsConfig": [{"Type": "PROFANITY"}],
    },
    "SensitiveInformationPolicyConfig": {
        "PiiEntitiesConfig": [{"Type": "EMAIL", "Action": "ANONYMIZE"}],
        "RegexesConfig": [{"Name": "staff", "Pattern": "E[0-9]{5}", "Action": "BLOCK"}],
    },
    "ContextualGroundingPolicyConfig": {"FiltersConfig": [{"Type": "GROUNDING", "Threshold": 0.7}]},
}  # fmt: skip


def guardrail(name: str, **policies: Any) -> dict[str, Any]:
    messages = {"BlockedInputMessaging": "no input", "BlockedOutputsMessaging": "no output"}
    return {"Type": "AWS::Bedrock::Guardrail", "Properties": {"Name": name, **messages, **policies}}


def version(of: str, description: str) -> dict[str, Any]:
    properties = {"GuardrailIdentifier": {"Fn::GetAtt": [of, "GuardrailId"]}, "Description": description}
    return {"Type": "AWS::Bedrock::GuardrailVersion", "Properties": properties}


def test_every_policy_of_a_guardrail_comes_back(target: Target) -> None:
    resources: Resources = {"G": guardrail("whole", **POLICIES), "V": version("G", "first")}
    outputs = {
        "Arn": {"Ref": "G"}, "Id": {"Fn::GetAtt": ["G", "GuardrailId"]}, "V": {"Fn::GetAtt": ["V", "Version"]},
    }  # fmt: skip
    stack = deploy(target, "whole-guardrail", resources, outputs=outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert stack.outputs["V"] == "1"
    bedrock = target.client("bedrock", DEV, REGION)
    for identifier in (stack.outputs["Id"], stack.outputs["Arn"]):
        found = bedrock.get_guardrail(guardrailIdentifier=identifier, guardrailVersion="1")
        assert found["contentPolicy"]["filters"][1]["type"] == "PROMPT_ATTACK"
        assert found["topicPolicy"]["topics"][0]["examples"] == ["which share?"]
        assert found["wordPolicy"]["words"] == [{"text": "internal"}]
        assert found["wordPolicy"]["managedWordLists"] == [{"type": "PROFANITY"}]
        assert found["sensitiveInformationPolicy"]["regexes"][0]["pattern"] == "E[0-9]{5}"
        assert found["contextualGroundingPolicy"]["filters"] == [{"type": "GROUNDING", "threshold": 0.7}]


def test_an_update_changes_the_draft_and_a_deleted_version_leaves_the_others(target: Target) -> None:
    bedrock = target.client("bedrock", DEV, REGION)
    resources: Resources = {"G": guardrail("versions", **POLICIES), "One": version("G", "one")}
    outputs = {"Id": {"Fn::GetAtt": ["G", "GuardrailId"]}}
    made = deploy(target, "versions", resources, outputs=outputs).outputs["Id"]
    words = {"WordPolicyConfig": {"WordsConfig": [{"Text": "other"}]}}
    resources = {"G": guardrail("versions", **words), "One": version("G", "one"), "Two": version("G", "two")}
    assert deploy(target, "versions", resources, outputs=outputs).outputs["Id"] == made
    draft = bedrock.get_guardrail(guardrailIdentifier=made)
    assert (draft["wordPolicy"]["words"], "topicPolicy" in draft) == ([{"text": "other"}], False)
    first = bedrock.get_guardrail(guardrailIdentifier=made, guardrailVersion="1")
    assert first["topicPolicy"]["topics"][0]["name"] == "investment"
    del resources["One"]
    assert deploy(target, "versions", resources, outputs=outputs).status == "UPDATE_COMPLETE"
    assert bedrock.get_guardrail(guardrailIdentifier=made, guardrailVersion="2")["version"] == "2"
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_guardrail(guardrailIdentifier=made, guardrailVersion="1")
    assert delete(target, "versions") == "DELETE_COMPLETE"
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_guardrail(guardrailIdentifier=made)


def prompt(text: str) -> dict[str, Any]:
    variant = {
        "Name": "default", "TemplateType": "TEXT", "ModelId": "eu.amazon.nova-lite-v1:0",
        "TemplateConfiguration": {"Text": {"Text": text, "InputVariables": [{"Name": "question"}]}},
        "InferenceConfiguration": {"Text": {"Temperature": 0.2, "MaxTokens": 400}},
    }  # fmt: skip
    properties = {"Name": "answers", "DefaultVariant": "default", "Variants": [variant], "Tags": {"owner": "team"}}
    return {"Type": "AWS::Bedrock::Prompt", "Properties": properties}


def test_prompts_and_their_versions_are_found_by_arn(target: Target) -> None:
    released = {"Type": "AWS::Bedrock::PromptVersion", "Properties": {"PromptArn": {"Fn::GetAtt": ["P", "Arn"]}}}
    outputs = {"Arn": {"Ref": "P"}, "Version": {"Ref": "V"}}
    first = deploy(target, "prompt", {"P": prompt("one {{question}}"), "V": released}, outputs=outputs)
    assert first.status == "CREATE_COMPLETE", first.reasons
    assert first.outputs["Version"] == f"{first.outputs['Arn']}:1"
    changed = deploy(target, "prompt", {"P": prompt("two {{question}}"), "V": released}, outputs=outputs)
    assert changed.outputs == first.outputs
    agent = target.client("bedrock-agent", DEV, REGION)

    def text(**identifier: str) -> str:
        return str(agent.get_prompt(**identifier)["variants"][0]["templateConfiguration"]["text"]["text"])

    assert text(promptIdentifier=first.outputs["Arn"]) == "two {{question}}"
    assert text(promptIdentifier=first.outputs["Arn"], promptVersion="1") == "one {{question}}"
    assert text(promptIdentifier=first.outputs["Version"]) == "one {{question}}"
    tags = agent.list_tags_for_resource(resourceArn=first.outputs["Arn"])["tags"]
    assert (tags["owner"], tags["aws:cloudformation:stack-name"]) == ("team", "prompt")
    assert delete(target, "prompt") == "DELETE_COMPLETE"
    assert first.outputs["Arn"] not in {item["arn"] for item in agent.list_prompts()["promptSummaries"]}


def test_an_application_inference_profile_by_id_and_by_arn(target: Target) -> None:
    source = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
    profile = {
        "Type": "AWS::Bedrock::ApplicationInferenceProfile",
        "Properties": {
            "InferenceProfileName": "lending", "ModelSource": {"CopyFrom": source},
            "Tags": [{"Key": "cost-centre", "Value": "42"}],
        },
    }  # fmt: skip
    outputs = {"Id": {"Ref": "A"}, "Arn": {"Fn::GetAtt": ["A", "InferenceProfileArn"]}}
    stack = deploy(target, "profile", {"A": profile}, outputs=outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    bedrock = target.client("bedrock", DEV, REGION)
    for identifier in stack.outputs.values():
        found = bedrock.get_inference_profile(inferenceProfileIdentifier=identifier)
        assert found["models"] == [{"modelArn": source}]
    answer = target.client("bedrock-runtime", DEV, REGION).converse(
        modelId=stack.outputs["Arn"], messages=[{"role": "user", "content": [{"text": "hello"}]}]
    )
    assert answer["stopReason"] == "end_turn"
    assert delete(target, "profile") == "DELETE_COMPLETE"
