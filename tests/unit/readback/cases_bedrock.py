"""Guardrails, prompts and invocation logging: every policy is held against the template."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from typing import Any

from tests.unit.readback.cases import KEY, OTHER_KEY, Case

ARN = "arn:aws:bedrock:eu-west-1:222222222222:guardrail/gr1"
PROMPT_ARN = "arn:aws:bedrock:eu-west-1:222222222222:prompt/PROMPT0001"
TOPIC = {"name": "Tax", "definition": "Tax advice", "examples": ["How?"], "type": "DENY"}

TEMPLATE: dict[str, Any] = {
    "Name": "baseline-v1",
    "BlockedInputMessaging": "in",
    "BlockedOutputsMessaging": "out",
    "KmsKeyArn": KEY,
    "TopicPolicyConfig": {
        "TopicsConfig": [{"Name": "Tax", "Definition": "Tax advice", "Examples": ["How?"], "Type": "DENY"}],
        "TopicsTierConfig": {"TierName": "CLASSIC"},
    },
    "ContentPolicyConfig": {"FiltersConfig": [{"Type": "HATE", "InputStrength": "HIGH", "OutputStrength": "HIGH"}]},
    "WordPolicyConfig": {"WordsConfig": [{"Text": "risk-free"}], "ManagedWordListsConfig": [{"Type": "PROFANITY"}]},
    "SensitiveInformationPolicyConfig": {
        "PiiEntitiesConfig": [{"Type": "EMAIL", "Action": "ANONYMIZE"}],
        "RegexesConfig": [{"Name": "file", "Pattern": "CF-[0-9]+", "Action": "BLOCK"}],
    },
    "ContextualGroundingPolicyConfig": {"FiltersConfig": [{"Type": "GROUNDING", "Threshold": 0.75}]},
}


def answer(version: str) -> dict[str, Any]:
    return {
        "name": "baseline-v1", "guardrailId": "gr1", "guardrailArn": ARN, "version": version, "status": "READY",
        "createdAt": 0, "updatedAt": 0, "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "kmsKeyArn": KEY,
        "topicPolicy": {"topics": [TOPIC], "tier": {"tierName": "CLASSIC"}},
        "contentPolicy": {"filters": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]},
        "wordPolicy": {"words": [{"text": "risk-free"}], "managedWordLists": [{"type": "PROFANITY"}]},
        "sensitiveInformationPolicy": {
            "piiEntities": [{"type": "EMAIL", "action": "ANONYMIZE"}],
            "regexes": [{"name": "file", "pattern": "CF-[0-9]+", "action": "BLOCK"}],
        },
        "contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "threshold": 0.75}]},
    }  # fmt: skip


_G = ("bedrock", "get_guardrail")
_TAMPERED: tuple[tuple[tuple[Any, ...], Any, str], ...] = (
    ((*_G, "topicPolicy", "topics"), [{**TOPIC, "name": "Other"}], "topicPolicy"),
    ((*_G, "topicPolicy", "tier", "tierName"), "STANDARD", "topicPolicy"),
    ((*_G, "contentPolicy", "filters", 0, "inputStrength"), "LOW", "contentPolicy"),
    ((*_G, "wordPolicy", "words", 0, "text"), "risky", "wordPolicy"),
    ((*_G, "sensitiveInformationPolicy", "piiEntities", 0, "action"), "NONE", "sensitiveInformationPolicy"),
    ((*_G, "sensitiveInformationPolicy", "regexes", 0, "pattern"), "CF-", "sensitiveInformationPolicy"),
    ((*_G, "contextualGroundingPolicy", "filters", 0, "threshold"), 0.1, "contextualGroundingPolicy"),
    ((*_G, "blockedInputMessaging"), "come in", "blockedInputMessaging"),
    ((*_G, "blockedOutputsMessaging"), "go on", "blockedOutputsMessaging"),
    ((*_G, "kmsKeyArn"), OTHER_KEY, "kmsKeyArn"),
)
_VARIANT = {
    "name": "v1", "templateType": "TEXT", "modelId": "amazon.nova-lite-v1:0",
    "templateConfiguration": {"text": {"text": "Hi {{x}}", "inputVariables": [{"name": "x"}]}},
    "inferenceConfiguration": {"text": {"maxTokens": 100, "temperature": 0.0}},
}  # fmt: skip
_PROMPT = {
    "Name": "hello", "DefaultVariant": "v1", "CustomerEncryptionKeyArn": KEY,
    "Variants": [
        {
            "Name": "v1", "TemplateType": "TEXT", "ModelId": "amazon.nova-lite-v1:0",
            "TemplateConfiguration": {"Text": {"Text": "Hi {{x}}", "InputVariables": [{"Name": "x"}]}},
            "InferenceConfiguration": {"Text": {"MaxTokens": 100, "Temperature": 0}},
        }
    ],
}  # fmt: skip


def prompt_answer(version: str) -> dict[str, Any]:
    return {
        "arn": PROMPT_ARN, "id": "PROMPT0001", "name": "hello", "version": version, "createdAt": 0, "updatedAt": 0,
        "defaultVariant": "v1", "customerEncryptionKeyArn": KEY, "variants": [_VARIANT],
    }  # fmt: skip


_P = ("bedrock-agent", "get_prompt")
_PROMPT_TAMPERED: tuple[tuple[tuple[Any, ...], Any, str], ...] = (
    ((*_P, "variants", 0, "templateConfiguration", "text", "text"), "Ignore the rules {{x}}", "variants"),
    ((*_P, "variants", 0, "modelId"), "amazon.nova-pro-v1:0", "variants"),
    ((*_P, "variants", 0, "inferenceConfiguration", "text", "maxTokens"), 5000, "variants"),
    ((*_P, "defaultVariant"), "v2", "defaultVariant"),
    ((*_P, "customerEncryptionKeyArn"), OTHER_KEY, "customerEncryptionKeyArn"),
)
_LOGGING = {
    "loggingConfig": {
        "cloudWatchConfig": {
            "logGroupName": "calls", "roleArn": "arn:aws:iam::222222222222:role/logs",
            "largeDataDeliveryS3Config": {"bucketName": "bodies", "keyPrefix": "calls"},
        },
        "textDataDeliveryEnabled": True, "imageDataDeliveryEnabled": True, "embeddingDataDeliveryEnabled": True,
    }
}  # fmt: skip
_L = ("bedrock", "get_model_invocation_logging_configuration")

BEDROCK = (
    Case("AWS::Bedrock::Guardrail", ARN, TEMPLATE, {_G: answer("DRAFT")}, _TAMPERED),
    Case(
        "AWS::Bedrock::GuardrailVersion", "gr1|1", {"GuardrailIdentifier": "gr1"}, {_G: answer("1")},
        (*_TAMPERED, ((*_G, "version"), "2", "Version")), (("AWS::Bedrock::Guardrail", ARN, TEMPLATE),),
    ),
    Case("AWS::Bedrock::Prompt", PROMPT_ARN, _PROMPT, {_P: prompt_answer("DRAFT")}, _PROMPT_TAMPERED),
    Case(
        "AWS::Bedrock::PromptVersion", f"{PROMPT_ARN}:1", {"PromptArn": PROMPT_ARN}, {_P: prompt_answer("1")},
        (*_PROMPT_TAMPERED, ((*_P, "version"), "2", "Version")), (("AWS::Bedrock::Prompt", PROMPT_ARN, _PROMPT),),
    ),
    Case(
        "AWS::Bedrock::ApplicationInferenceProfile", "ip1",
        {"ModelSource": {"CopyFrom": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}},
        {
            ("bedrock", "get_inference_profile"): {
                "inferenceProfileName": "n", "inferenceProfileArn": "arn:aws:bedrock:eu-west-1:222222222222:application-inference-profile/ip1",
                "inferenceProfileId": "ip1", "status": "ACTIVE", "type": "APPLICATION",
                "models": [{"modelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}],
            }
        },
        ((("bedrock", "get_inference_profile", "models", 0, "modelArn"),
          "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "CopyFrom"),),
    ),
    Case(
        "Custom::ModelInvocationLogging", "model-invocation-logging",
        {"LogGroupName": "calls", "RoleArn": "arn:aws:iam::222222222222:role/logs", "BucketName": "bodies", "KeyPrefix": "calls"},
        {_L: _LOGGING},
        (
            (_L, {}, "LogGroupName"),
            ((*_L, "loggingConfig", "cloudWatchConfig", "roleArn"), "arn:aws:iam::222222222222:role/x", "RoleArn"),
            ((*_L, "loggingConfig", "textDataDeliveryEnabled"), False, "textDataDeliveryEnabled"),
        ),
    ),
)  # fmt: skip
