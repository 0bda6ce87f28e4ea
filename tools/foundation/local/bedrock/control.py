"""What the runtime reads of Bedrock's control plane: guardrails, prompts and application inference profiles of ministack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import bedrock, bedrock_agent

_CONFIGS = ("TopicPolicy", "ContentPolicy", "WordPolicy", "SensitiveInformationPolicy", "ContextualGroundingPolicy")


def guardrail_policy(account: str, region: str, identifier: str, version: str) -> Mapping[str, Any]:
    """Every field of a guardrail version as given to CreateGuardrail, with `guardrailId` and `guardrailArn`.

    `identifier` is the id or the ARN (of this account and Region). LookupError if the guardrail or version doesn't exist.
    """
    guardrail_id = _own_id(identifier, f"arn:aws:bedrock:{region}:{account}:guardrail/")
    draft = bedrock._guardrails.get_scoped(account, region, guardrail_id)
    stored = (
        draft
        if version == "DRAFT" or draft is None
        else bedrock._guardrail_versions.get_scoped(account, region, f"{guardrail_id}/{version}")
    )
    if stored is None:
        raise LookupError(f"guardrail {identifier} version {version}")
    configs = {f"{name[0].lower()}{name[1:]}Config": stored[name] for name in _CONFIGS if stored.get(name)}
    return {
        "guardrailId": guardrail_id,
        "guardrailArn": stored["GuardrailArn"],
        "name": stored["Name"],
        "blockedInputMessaging": stored["BlockedInputMessaging"],
        "blockedOutputsMessaging": stored["BlockedOutputsMessaging"],
        **configs,
    }


def prompt_version(account: str, region: str, arn: str) -> Mapping[str, Any] | None:
    """A prompt of Prompt management by its ARN (`…:prompt/ID:VERSION`, or the draft without a version); None: unknown."""
    name = _own_id(arn, f"arn:aws:bedrock:{region}:{account}:prompt/")
    prompt_id, _, version = name.partition(":")
    found: Mapping[str, Any] | None = (
        bedrock_agent._prompt_versions.get_scoped(account, region, f"{prompt_id}/{version}")
        if version
        else bedrock_agent._prompts.get_scoped(account, region, prompt_id)
    )
    return found


def application_profile(account: str, region: str, profile_id: str) -> str | None:
    """The ARN that an application inference profile was copied from; None: unknown."""
    found = bedrock._inference_profiles_apps.get_scoped(account, region, profile_id)
    return str(found["Models"][0]["ModelArn"]) if found else None


def _own_id(identifier: str, prefix: str) -> str:
    """The id of an id or ARN; an ARN of another account or Region gives an id that nothing has."""
    return identifier.removeprefix(prefix) if not identifier.startswith("arn:") or identifier.startswith(prefix) else ""
