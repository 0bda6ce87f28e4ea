"""What the patches rest on in ministack 1.5.33, and why each is needed: fails when a new version changes either."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any

import pytest
from ministack.core.responses import StreamingResponse, request_scope
from ministack.services import bedrock, bedrock_agent, bedrock_runtime

from foundation.local.bedrock import PATCHES, BedrockSettings, control
from foundation.local.bedrock.routes import with_simulation
from foundation.local.bedrock.simulation import Simulation

ACCOUNT, REGION = "222222222222", "eu-west-1"
BODY = json.dumps(
    {"messages": [{"role": "user", "content": [{"text": "Context: The sky is blue.\nQuestion: What is blue?"}]}]}
).encode()
PATH = "/model/eu.amazon.nova-lite-v1%3A0/converse"


def call(handler: Any, path: str, body: bytes = BODY, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    with request_scope(ACCOUNT, REGION):
        status, _, answer = asyncio.run(handler("POST", path, headers or {}, body, {}))
    return status, answer if isinstance(answer, StreamingResponse) else json.loads(answer)


@pytest.fixture
def simulated() -> Any:
    sources = control.guardrail_policy, control.application_profile, control.prompt_version
    return with_simulation(bedrock_runtime.handle_request, Simulation(BedrockSettings(), *sources))


def test_every_patch_says_what_and_why() -> None:
    assert {patch.name for patch in PATCHES} == {"bedrock-runtime", "bedrock-catalog", "bedrock-evaluation-jobs"}
    assert all(patch.upstream and patch.reason for patch in PATCHES)


def test_upstream_answers_with_a_hash_for_any_model(simulated: Any) -> None:
    status, answer = call(bedrock_runtime.handle_request, "/model/no.such-model/converse")
    assert status == 200
    assert "[ministack mock" in answer["output"]["message"]["content"][0]["text"]
    status, answer = call(simulated, "/model/no.such-model/converse")
    assert (status, answer) == (400, {"message": "The provided model identifier is invalid."})
    status, answer = call(simulated, PATH)
    assert answer["output"]["message"]["content"] == [{"text": "The sky is blue."}]


def test_upstream_judges_no_topics(simulated: Any) -> None:
    topic = {
        "name": "Sky",
        "definition": "Anything about the blue sky.",
        "examples": ["What is blue?", "Is the sky blue?"],
        "type": "DENY",
    }
    with request_scope(ACCOUNT, REGION):
        config = {
            "name": "t",
            "blockedInputMessaging": "NO",
            "blockedOutputsMessaging": "NO",
            "topicPolicyConfig": {"topicsConfig": [topic]},
        }
        made = json.loads(bedrock._create_guardrail(json.dumps(config).encode())[2])
    try:
        choice = {"guardrailIdentifier": made["guardrailId"], "guardrailVersion": "DRAFT"}
        body = json.dumps({**json.loads(BODY), "guardrailConfig": choice}).encode()
        assert call(bedrock_runtime.handle_request, PATH, body)[1]["stopReason"] == "end_turn"
        assert call(simulated, PATH, body)[1]["stopReason"] == "guardrail_intervened"
    finally:
        with request_scope(ACCOUNT, REGION):
            bedrock._delete_guardrail(made["guardrailId"], {})


def test_upstream_sends_a_stream_in_one_piece(simulated: Any) -> None:
    with request_scope(ACCOUNT, REGION):
        whole = asyncio.run(bedrock_runtime.handle_request("POST", f"{PATH}-stream", {}, BODY, {}))[2]
    assert isinstance(whole, bytes)
    assert isinstance(call(simulated, f"{PATH}-stream")[1], StreamingResponse)


def test_other_operations_stay_upstreams(simulated: Any) -> None:
    with request_scope(ACCOUNT, REGION):
        status, _, body = asyncio.run(simulated("GET", "/async-invoke", {}, b"", {}))
    assert (status, json.loads(body)) == (200, {"asyncInvokeSummaries": []})


def test_shapes_that_the_simulation_takes_from_upstream() -> None:
    assert list(inspect.signature(bedrock_runtime.handle_request).parameters) == [
        "method",
        "path",
        "headers",
        "body",
        "query_params",
    ]
    for name in ("_es_event", "_es_encode_message", "_family", "_extract_prompt_from_invoke_body", "_build_invoke_response_body",
                 "_build_invoke_stream", "_openai_messages", "_openai_tools", "_converse_blocks_from_message"):  # fmt: skip
        assert callable(getattr(bedrock_runtime, name))
    for store in (bedrock._guardrails, bedrock._guardrail_versions, bedrock._inference_profiles_apps, bedrock_agent._prompts,
                  bedrock_agent._prompt_versions):  # fmt: skip
        assert store.get_scoped(ACCOUNT, REGION, "none") is None
    assert all(len(entry) == 6 for entry in bedrock._CATALOG)
    assert isinstance(bedrock._INFERENCE_PROFILE_PREFIXES, tuple)
