"""A deployed platform as ModelAccess sees it: contracts, one prompt, one guardrail, a model that answers."""

import json
from typing import Any

from genai_runtime.model_access.request import Invocation
from tests.unit.runtime.fake_aws import Call, FakeAws, Reply, aws_error

ACCOUNT = "arn:aws:bedrock:eu-west-1:222222222222"
FUNCTION = "arn:aws:lambda:eu-west-1:222222222222:function:model-access"
GUARDRAIL_ARN = f"{ACCOUNT}:guardrail/abcdefghijkl"
PROMPT_ARN = f"{ACCOUNT}:prompt/PROMPT1234"
MODEL = "eu.amazon.nova-lite-v1:0"
OTHER_MODEL = "amazon.nova-micro-v1:0"
QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/222222222222/shadow"
TRACE = "1-5759e988-bd862e3fe1be46a994272793"

ENVIRONMENT = {
    "ENVIRONMENT": "dev",
    "PARAMETER_PREFIX": "/genai-foundation",
    "AUDIT_TABLE_NAME": "audit",
    "AUDIT_RETENTION_DAYS": "30",
    "LIVE_APPLICATION": "abc1234",
    "LIVE_ENVIRONMENT": "def5678",
    "LIVE_MAX_AGE_SECONDS": "15",
    "SHADOW_QUEUE_URL": QUEUE_URL,
    "POWERTOOLS_SERVICE_NAME": "model-access",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}

PROMPT: dict[str, Any] = {
    "id": "PROMPT1234",
    "arn": PROMPT_ARN,
    "version": "1",
    "model": MODEL,
    "limits": {
        "max_input_tokens": 200,
        "variables": {
            "context": {"max_characters": 400, "qualifier": "grounding_source"},
            "question": {"max_characters": 100, "qualifier": "query"},
        },
    },
}

PARAMETERS: dict[str, Any] = {
    "/genai-foundation/use-cases/claims": {
        "name": "claims",
        "lob": "claims",
        "guardrail": {"name": "baseline", "version": 2},
        "prompts": {"grounded-answer": 3},
        "models": [MODEL, OTHER_MODEL],
    },
    "/genai-foundation/prompts/grounded-answer/3": PROMPT,
    "/genai-foundation/guardrails/baseline/2": {"id": "abcdefghijkl", "arn": GUARDRAIL_ARN, "version": "1"},
}

STORED_PROMPT: dict[str, Any] = {
    "name": "grounded-answer-v3",
    "id": "PROMPT1234",
    "arn": PROMPT_ARN,
    "version": "1",
    "defaultVariant": "default",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
    "variants": [
        {
            "name": "default",
            "templateType": "CHAT",
            "modelId": MODEL,
            "templateConfiguration": {
                "chat": {
                    "system": [{"text": "Answer from the context only."}],
                    "messages": [
                        {"role": "user", "content": [{"text": "<context>{{context}}</context>\nQ: {{ question }}\n"}]}
                    ],
                    "inputVariables": [{"name": "context"}, {"name": "question"}],
                }
            },
            "inferenceConfiguration": {"text": {"maxTokens": 300, "temperature": 0.0}},
        }
    ],
}

MANIFEST = "ab" * 32
LIVE: dict[str, Any] = {
    "use_case": "claims",
    "sequence": 7,
    "manifest": MANIFEST,
    "stable": {"prompts": {"grounded-answer": 3}, "guardrail": {"name": "baseline", "version": 2}},
}

EVENT: dict[str, Any] = {
    "use_case": "claims",
    "prompt": "grounded-answer",
    "variables": {"context": "The excess is 250 euro.", "question": "How high is the excess?"},
    "user": "u-17",
}


def invocation(alias: str | None = "claims", seconds: float = 60) -> Invocation:
    """An invocation through an alias, or of the bare function."""
    arn = FUNCTION if alias is None else f"{FUNCTION}:{alias}"
    return Invocation(function_arn=arn, request_id="request-1", trace_id=TRACE, seconds=seconds)


def converse_response(text: str, stop: str = "end_turn", trace: dict[str, Any] | None = None) -> dict[str, Any]:
    """Converse's response on the wire."""
    response: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": stop,
        "usage": {"inputTokens": 42, "outputTokens": 7, "totalTokens": 49},
        "metrics": {"latencyMs": 12},
    }
    return response | ({"trace": {"guardrail": trace}} if trace else {})


NOTHING_DEPLOYED = Reply(
    {"__type": "ResourceNotFoundException", "Message": "no deployment", "ResourceType": "Deployment"}, 404
)


def configuration(content: str) -> Reply:
    """GetLatestConfiguration's response; an empty one says that nothing has changed."""
    headers = {"Next-Poll-Configuration-Token": "token-1", "Next-Poll-Interval-In-Seconds": "15"}
    return Reply(content, headers=headers | {"Content-Type": "application/json"})


def go_live(aws: FakeAws, **changes: Any) -> None:
    """Make a document live, by default one with the contract's versions."""
    document = LIVE | changes
    aws.sequence("appconfigdata:GetLatestConfiguration", configuration(json.dumps(document)), configuration(""))


def deploy(aws: FakeAws, parameters: dict[str, Any] = PARAMETERS) -> None:
    """Make the fake answer as a deployed account does."""

    def parameter(call: Call) -> Reply:
        name = call.body["Name"]
        if name not in parameters:
            return aws_error("ParameterNotFound")
        value = parameters[name]
        text = value if isinstance(value, str) else json.dumps(value)
        return Reply({"Parameter": {"Name": name, "Type": "String", "Value": text, "Version": 1}})

    aws.answers["ssm:GetParameter"] = parameter
    aws.always("appconfigdata:StartConfigurationSession", Reply({"InitialConfigurationToken": "token-0"}, 201))
    aws.always("appconfigdata:GetLatestConfiguration", NOTHING_DEPLOYED)
    aws.always("bedrock-agent:GetPrompt", Reply(STORED_PROMPT))
    aws.always("bedrock:Converse", Reply(converse_response("It is 250 euro.")))
    aws.always("dynamodb:PutItem", Reply({}))
