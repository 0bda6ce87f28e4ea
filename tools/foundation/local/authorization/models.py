"""Which permissions a call of a Bedrock model or guardrail needs.

Converse is authorised as bedrock:InvokeModel, ConverseStream as bedrock:InvokeModelWithResponseStream.
Through an inference profile the caller needs the profile and the foundation models behind it
(with bedrock:InferenceProfileArn), a named guardrail must be allowed for bedrock:ApplyGuardrail, and
bedrock:GuardrailIdentifier is the guardrail's ARN, followed by `:VERSION` unless it is the draft.
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from ministack.services import bedrock, bedrock_agent

from foundation.local.authorization.checks import Check, Request
from foundation.local.organization import organization

_MODEL = re.compile(r"/model/(?P<id>.+)/(?P<operation>converse|converse-stream|invoke|invoke-with-response-stream)")
_GUARDRAIL = re.compile(r"/guardrail/(?P<id>.+)/version/(?P<version>[^/]+)/apply")
_RESOURCE = re.compile(
    r"/(?P<kind>guardrails|prompts|inference-profiles|evaluation-jobs?)/(?P<id>.+?)(/versions|/stop)?/?"
)
_KINDS = {
    "guardrails": "guardrail",
    "prompts": "prompt",
    "inference-profiles": "inference-profile",
    "evaluation-jobs": "evaluation-job",
    "evaluation-job": "evaluation-job",
}
# Geographies of inference profiles; `global` routes anywhere, which AWS authorises without a Region.
_GEOGRAPHY = re.compile(r"(us|eu|apac|us-gov|jp|au|ca|global)\.(?P<model>.+)")
_ACTIONS = {
    "converse": "bedrock:InvokeModel",
    "invoke": "bedrock:InvokeModel",
    "converse-stream": "bedrock:InvokeModelWithResponseStream",
    "invoke-with-response-stream": "bedrock:InvokeModelWithResponseStream",
}


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """The permissions of a call of Bedrock, None for one that ministack reads rightly."""
    path = unquote(request.path)
    if request.service in {"bedrock", "bedrock-agent"}:
        return _named(request, check, path)
    if request.service != "bedrock-runtime":
        return None
    if match := _MODEL.fullmatch(path):
        return list(_model(request, match["id"], _ACTIONS[match["operation"]]))
    if match := _GUARDRAIL.fullmatch(path):
        return [Check("bedrock:ApplyGuardrail", _guardrail_arn(request, match["id"]), check.service)]
    return None


def _named(request: Request, check: Check, path: str) -> Iterable[Check] | None:
    """A control plane call that names its resource, by id or by ARN; a prompt's version is a resource of its own."""
    match = _RESOURCE.fullmatch(path)
    if match is None:
        return None
    kind = _KINDS[match["kind"]]
    if kind == "inference-profile" and _GEOGRAPHY.fullmatch(match["id"]) is None:
        kind = "application-inference-profile"
    arn = match["id"]
    if not arn.startswith("arn:"):
        arn = f"arn:aws:bedrock:{request.region}:{request.account}:{kind}/{arn}"
    version = (request.query.get("promptVersion") or ["DRAFT"])[0]
    if kind == "prompt" and version != "DRAFT" and not _has_version(arn):
        arn = f"{arn}:{version}"
    return [Check(check.action, arn, check.service, check.context)]


def _model(request: Request, identifier: str, action: str) -> Iterator[Check]:
    context: dict[str, Any] = {}
    guardrail = _guardrail(request)
    if guardrail is not None:
        arn, version = guardrail
        context["bedrock:GuardrailIdentifier"] = arn if version == "DRAFT" else f"{arn}:{version}"
    if ":prompt/" in identifier:
        yield Check("bedrock:RenderPrompt", identifier.rpartition(":")[0] if _has_version(identifier) else identifier,
                    request.service)  # fmt: skip
        identifier = _model_of_prompt(identifier)
    profile, models = _resources(request, identifier)
    if profile:
        yield Check(action, profile, request.service, context)
        context = {**context, "bedrock:InferenceProfileArn": profile}
    for model in models:
        yield Check(action, model, request.service, context)
    if guardrail is not None:
        yield Check("bedrock:ApplyGuardrail", guardrail[0], request.service)


def _resources(request: Request, identifier: str) -> tuple[str, list[str]]:
    """The profile's ARN (empty without one) and the foundation models' ARNs."""
    kind, _, name = identifier.rpartition(":")[2].partition("/") if identifier.startswith("arn:") else ("", "", "")
    if kind == "foundation-model":
        return "", [identifier]
    if kind == "application-inference-profile":
        record = bedrock._inference_profiles_apps.get(name) or {}
        sources = [str(model["ModelArn"]) for model in record.get("Models", [])]
        return identifier, [arn for source in sources for arn in _resources(request, source)[1]]
    profile_id = name if kind == "inference-profile" else identifier
    geography = _GEOGRAPHY.fullmatch(profile_id)
    if geography is None:
        return "", [f"arn:aws:bedrock:{request.region}::foundation-model/{identifier}"]
    arn = f"arn:aws:bedrock:{request.region}:{request.account}:inference-profile/{profile_id}"
    return arn, _behind(request.region, profile_id, geography["model"])


def _behind(region: str, profile_id: str, model: str) -> list[str]:
    """A profile's models: in the caller's Region and in every Region that the call may be processed in."""
    geography = profile_id.partition(".")[0]
    if geography == "global":
        return [f"arn:aws:bedrock:{region}::foundation-model/{model}", f"arn:aws:bedrock:::foundation-model/{model}"]
    others = sorted(set(_destinations(profile_id, geography)) - {region})
    return [f"arn:aws:bedrock:{each}::foundation-model/{model}" for each in (region, *others)]


def _destinations(profile_id: str, geography: str) -> Iterable[str]:
    """As the organisation's model list says, else the target's Regions of that geography."""
    for listed in organization.settings.model.get("models", []):
        for profile in listed.get("inference_profiles", []):
            if profile["id"] == profile_id and "destination_regions" in profile:
                return [str(region) for region in profile["destination_regions"]]
    prefix = {"apac": "ap"}.get(geography, geography)
    return [region for region in organization.settings.regions if region.startswith(f"{prefix}-")]


def _guardrail(request: Request) -> tuple[str, str] | None:
    """ARN and version of the guardrail that the request names."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    identifier = headers.get("x-amzn-bedrock-guardrailidentifier", "")
    version = headers.get("x-amzn-bedrock-guardrailversion", "DRAFT")
    if not identifier:
        try:
            config = json.loads(request.body or b"{}").get("guardrailConfig") or {}
        except (ValueError, AttributeError):
            config = {}
        identifier, version = config.get("guardrailIdentifier", ""), str(config.get("guardrailVersion", "DRAFT"))
    return (_guardrail_arn(request, identifier), version) if identifier else None


def _guardrail_arn(request: Request, identifier: str) -> str:
    if identifier.startswith("arn:"):
        return identifier
    return f"arn:aws:bedrock:{request.region}:{request.account}:guardrail/{identifier}"


def _has_version(prompt_arn: str) -> bool:
    return ":" in prompt_arn.rpartition("/")[2]


def _model_of_prompt(arn: str) -> str:
    name, _, version = arn.rpartition("/")[2].partition(":")
    store, key = (bedrock_agent._prompt_versions, f"{name}/{version}") if version else (bedrock_agent._prompts, name)
    record = store.get(key) or {}
    chosen = record.get("DefaultVariant")
    variants = [item for item in record.get("Variants", []) if chosen in (None, item.get("name"))]
    return str(variants[0].get("modelId", "")) if variants else ""
