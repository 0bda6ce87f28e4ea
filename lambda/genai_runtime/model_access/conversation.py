"""The Converse request for a prompt, and what its response means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from genai_runtime.model_access import errors
from genai_runtime.model_access.contracts import GuardrailContract, PromptLimits
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.findings import Finding, findings_of
from genai_runtime.model_access.template import Template, Text, Variable

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.literals import GuardrailConverseContentQualifierType
    from mypy_boto3_bedrock_runtime.type_defs import (
        ContentBlockUnionTypeDef,
        ConverseRequestTypeDef,
        ConverseResponseTypeDef,
    )

Outcome = Literal["answered", "masked", "blocked"]
GuardrailAction = Literal["NONE", "ANONYMIZED", "BLOCKED"]


@dataclass(frozen=True)
class Completion:
    """A model's answer after the guardrail. `answer` is the guardrail's message when the outcome is "blocked"."""

    outcome: Outcome
    answer: str
    stop_reason: str
    input_tokens: int
    output_tokens: int
    action: GuardrailAction
    findings: tuple[Finding, ...]
    model_request_id: str  # finds the full text in Bedrock's model invocation log


def converse_request(
    *,
    model: str,
    template: Template,
    variables: Mapping[str, str],
    limits: PromptLimits,
    guardrail: GuardrailContract,
    metadata: Mapping[str, str],
) -> "ConverseRequestTypeDef":
    """Catalog text as plain text, each value in a guarded block of its own, and always a guardrail.

    `metadata` (at most 16 pairs) appears in the model invocation log.
    """

    def block(part: Text | Variable) -> "ContentBlockUnionTypeDef":
        if isinstance(part, Text):
            return {"text": part.text}
        text, qualifier = variables[part.name], limits.variables[part.name].qualifier
        return {"guardContent": {"text": {"text": text, "qualifiers": _qualifiers(qualifier)}}}

    request: ConverseRequestTypeDef = {
        "modelId": model,
        "messages": [
            {"role": message.role, "content": [block(part) for part in message.parts]} for message in template.messages
        ],
        "guardrailConfig": {
            "guardrailIdentifier": guardrail.arn,
            "guardrailVersion": guardrail.version,
            "trace": "enabled",
        },
        "requestMetadata": dict(metadata),
    }
    if template.system:
        request["system"] = [{"text": text} for text in template.system]
    if template.inference:
        request["inferenceConfig"] = template.inference
    return request


def _qualifiers(
    role: Literal["grounding_source", "query", "none"],
) -> "list[GuardrailConverseContentQualifierType]":
    """`grounding_source` and `query` alone take a block out of every other policy (topics, words, personal data,
    prompt attacks): a caller's text always stays guarded content too."""
    return ["guard_content"] if role == "none" else [role, "guard_content"]


def completion_of(response: "ConverseResponseTypeDef") -> Completion:
    """Read Converse's response. Raises RequestFailed when it holds neither an answer nor a guardrail's message.

    An intervention alone doesn't mean a blocked answer: masking personal data is one too. What was done is read from
    the guardrail's trace, and without a trace an intervention counts as blocked.
    """
    found = findings_of(response.get("trace", {}).get("guardrail", {}))
    actions = {finding.action for finding in found}
    stopped = response["stopReason"]
    action: GuardrailAction = "NONE"
    if "BLOCKED" in actions:
        action = "BLOCKED"
    elif "ANONYMIZED" in actions:
        action = "ANONYMIZED"
    elif stopped in ("guardrail_intervened", "content_filtered"):
        action = "BLOCKED"
    outcomes: dict[GuardrailAction, Outcome] = {"NONE": "answered", "ANONYMIZED": "masked", "BLOCKED": "blocked"}
    blocks = response["output"].get("message", {}).get("content", [])
    answer = "".join(block.get("text", "") for block in blocks)
    if not answer and action != "BLOCKED":
        raise RequestFailed(
            errors.NO_ANSWER,
            f"the model stopped with {stopped!r} and without text: send the request again; if it repeats, the platform "
            "team has to correct the prompt",
        )
    return Completion(
        outcome=outcomes[action],
        answer=answer,
        stop_reason=stopped,
        input_tokens=response["usage"]["inputTokens"],
        output_tokens=response["usage"]["outputTokens"],
        action=action,
        findings=found,
        model_request_id=response["ResponseMetadata"]["RequestId"],
    )
