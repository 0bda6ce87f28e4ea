"""Bedrock's control plane: whole guardrails on the wire, ARNs as identifiers, versions that can be deleted."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.services import bedrock, bedrock_agent

from foundation.local.patches.base import Patch

Response = tuple[int, dict[str, str], bytes]

# Member of the request's …Config -> member of GetGuardrail's answer.
_POLICIES: dict[str, tuple[str, dict[str, str]]] = {
    "topicPolicy": ("topics", {"topicsConfig": "topics", "tierConfig": "tier"}),
    "contentPolicy": ("filters", {"filtersConfig": "filters", "tierConfig": "tier"}),
    "wordPolicy": ("words", {"wordsConfig": "words", "managedWordListsConfig": "managedWordLists"}),
    "sensitiveInformationPolicy": (
        "piiEntities",
        {"piiEntitiesConfig": "piiEntities", "regexesConfig": "regexes"},
    ),
    "contextualGroundingPolicy": ("filters", {"filtersConfig": "filters"}),
}  # fmt: skip


def answered_policy(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored guardrail record as GetGuardrail answers it."""
    answer = dict(stored)
    for name, (_, members) in _POLICIES.items():
        key = name[:1].upper() + name[1:]
        config = stored.get(key)
        if config:
            answer[key] = {members.get(member, member): value for member, value in config.items()}
        else:
            answer.pop(key, None)
    return {key: value for key, value in answer.items() if value is not None}


def _whole_guardrails() -> None:
    upstream_get = bedrock._get_guardrail

    def get_guardrail(identifier: str, query_params: Any) -> Response:
        version = (query_params.get("guardrailVersion") or ["DRAFT"])[0]
        record = find_guardrail(identifier, version)
        if record is None:
            missing: Response = upstream_get(identifier, query_params)
            return missing
        return _json(answered_policy({**record, "Version": version}))

    bedrock._get_guardrail = get_guardrail


def find_guardrail(identifier: str, version: str) -> dict[str, Any] | None:
    """The record of a guardrail version in the current account and Region, by id or ARN."""
    guardrail_id = identifier.rpartition("/")[2]
    if version in ("", "DRAFT"):
        draft: dict[str, Any] | None = bedrock._guardrails.get(guardrail_id)
        return draft
    found: dict[str, Any] | None = bedrock._guardrail_versions.get(f"{guardrail_id}/{version}")
    return found


def _json(content: dict[str, Any]) -> Response:
    made: Response = bedrock._json(content)
    return made


def _guardrail_identifiers() -> None:
    upstream_create = bedrock._create_guardrail

    def create_guardrail(body: bytes) -> Response:
        status, headers, content = upstream_create(body)
        answer = json.loads(content)
        given = answer.get("guardrailId")
        if status >= 400 or not given:
            return status, headers, content
        record = bedrock._guardrails.pop(given)
        made = given.replace("-", "")
        arn = bedrock._guardrail_arn(made)
        tags = bedrock._tags.pop(record["GuardrailArn"], None)
        if tags is not None:
            bedrock._tags[arn] = tags
        record.update({"GuardrailId": made, "GuardrailArn": arn})
        bedrock._guardrails[made] = record
        return status, headers, json.dumps({**answer, "guardrailId": made, "guardrailArn": arn}).encode()

    bedrock._create_guardrail = create_guardrail


def _guardrail_versions() -> None:
    upstream_delete, upstream_update = bedrock._delete_guardrail, bedrock._update_guardrail

    def delete_guardrail(identifier: str, query_params: Any) -> Response:
        version = (query_params.get("guardrailVersion") or [""])[0]
        if not version:
            whole: Response = upstream_delete(identifier.rpartition("/")[2], query_params)
            return whole
        key = f"{identifier.rpartition('/')[2]}/{version}"
        if bedrock._guardrail_versions.pop(key, None) is None:
            missing: Response = bedrock._not_found(f"Guardrail {identifier} version {version} not found.")
            return missing
        return 202, {}, b""

    def update_guardrail(identifier: str, body: bytes) -> Response:
        record = bedrock._guardrails.get(identifier.rpartition("/")[2])
        given = json.loads(body or b"{}")
        for name in ("topic", "content", "word", "sensitiveInformation", "contextualGrounding"):
            if record is not None and f"{name}PolicyConfig" not in given:
                record[f"{name[:1].upper()}{name[1:]}Policy"] = None
        answer: Response = upstream_update(identifier, body)
        return answer

    bedrock._delete_guardrail = delete_guardrail
    bedrock._update_guardrail = update_guardrail


def _arn_routes() -> None:
    bedrock._GUARDRAIL_RE = re.compile(r"^/guardrails/(.+?)/?$")
    bedrock_agent._PROMPT_RE = re.compile(r"^/prompts/([^/]+|arn:.+?)/?$")
    bedrock_agent._PROMPT_VERSION_RE = re.compile(r"^/prompts/([^/]+|arn:.+?)/versions/?$")


def _prompt_identifiers() -> None:
    upstream_get, upstream_delete = bedrock_agent._get_prompt, bedrock_agent._delete_prompt
    upstream_version = bedrock_agent._create_prompt_version

    def get_prompt(identifier: str, query_params: Any) -> Response:
        prompt_id, _, version = identifier.rpartition("/")[2].partition(":")
        params = dict(query_params)
        if version:
            params.setdefault("promptVersion", [version])
        if params.get("promptVersion") == ["DRAFT"]:
            params.pop("promptVersion")
        found: Response = upstream_get(prompt_id, params)
        return found

    def delete_prompt(identifier: str, query_params: Any) -> Response:
        prompt_id, _, version = identifier.rpartition("/")[2].partition(":")
        version = version or (query_params.get("promptVersion") or [""])[0]
        if not version:
            for key in [key for key in bedrock_agent._prompt_versions if key.startswith(f"{prompt_id}/")]:
                bedrock_agent._prompt_versions.pop(key, None)
            whole: Response = upstream_delete(prompt_id, query_params)
            return whole
        if bedrock_agent._prompt_versions.pop(f"{prompt_id}/{version}", None) is None:
            missing: Response = bedrock_agent._not_found(f"Prompt {prompt_id} version {version} not found.")
            return missing
        deleted: Response = bedrock_agent._json({"Id": prompt_id, "Version": version})
        return deleted

    def create_prompt_version(identifier: str, body: bytes) -> Response:
        made: Response = upstream_version(identifier.rpartition("/")[2], body)
        return made

    bedrock_agent._get_prompt = get_prompt
    bedrock_agent._delete_prompt = delete_prompt
    bedrock_agent._create_prompt_version = create_prompt_version


def _profile_identifiers() -> None:
    upstream_get, upstream_delete = bedrock._get_inference_profile, bedrock._delete_inference_profile

    def get_inference_profile(identifier: str) -> Response:
        found: Response = upstream_get(identifier.rpartition("/")[2])
        return found

    def delete_inference_profile(identifier: str) -> Response:
        deleted: Response = upstream_delete(identifier.rpartition("/")[2])
        return deleted

    bedrock._get_inference_profile = get_inference_profile
    bedrock._delete_inference_profile = delete_inference_profile


PATCHES = (
    Patch(
        "bedrock-arn-routes",
        "services.bedrock and services.bedrock_agent match one path segment as the identifier of a guardrail or prompt",
        "an ARN has a slash, which the web server hands over decoded",
        _arn_routes,
    ),
    Patch(
        "bedrock-guardrail-identifiers",
        "services.bedrock._create_guardrail makes ids with a hyphen (gr-…)",
        "CloudFormation's schema and IAM's ARN form allow lower-case letters and digits only",
        _guardrail_identifiers,
    ),
    Patch(
        "bedrock-whole-guardrails",
        "services.bedrock._get_guardrail answers the request's …Config members",
        "SDKs drop members outside GetGuardrail's model: topics, filters, words and PII read back empty",
        _whole_guardrails,
    ),
    Patch(
        "bedrock-guardrail-versions",
        "services.bedrock deletes the whole guardrail when asked for one version, and keeps a policy that an "
        "update left out",
        "deleting a retired AWS::Bedrock::GuardrailVersion must not take the others along",
        _guardrail_versions,
    ),
    Patch(
        "bedrock-prompt-identifiers",
        "services.bedrock_agent finds prompts by id only, keeps versions of a deleted prompt",
        "callers give the ARN (with a version) that AWS::Bedrock::PromptVersion returns",
        _prompt_identifiers,
    ),
    Patch(
        "bedrock-profile-identifiers",
        "services.bedrock finds application inference profiles by id only",
        "callers give the ARN",
        _profile_identifiers,
    ),
)
