"""Models of the running target: ids, quotas, latency, streams, embeddings, prompts, other endpoints."""

from __future__ import annotations

import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.local.errors import LocalTargetError
from foundation.local.target import Target
from tests.local.bedrock.conftest import DEV, MODEL, PROD, RECOVERY, REGION
from tests.local.bedrock.guarded import GUARDRAIL, config, messages

pytestmark = pytest.mark.local
QUESTION = messages("What is the excess for water damage?")
ANSWER = "The excess for water damage is 250 euros."


def change(target: Target, **rule: Any) -> None:
    target.call("PUT", "/_foundation/model", {"rules": [{"pattern": "amazon.*", **rule}]})


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def test_fails_for_models_that_are_not_there(runtime: Any) -> None:
    assert code_of(runtime.converse, modelId="amazon.nova-lite-v1:0", messages=QUESTION) == "ValidationException"
    assert code_of(runtime.converse, modelId="no.such-model", messages=QUESTION) == "ValidationException"
    arn = f"arn:aws:bedrock:{REGION}::foundation-model/no.such-model"
    assert code_of(runtime.converse, modelId=arn, messages=QUESTION) == "ResourceNotFoundException"
    assert code_of(runtime.converse, modelId="amazon.titan-embed-text-v2:0", messages=QUESTION) == "ValidationException"


def test_fails_for_more_output_than_the_model_gives(runtime: Any) -> None:
    with pytest.raises(ClientError, match="exceeds the model limit of 10000"):
        runtime.converse(modelId=MODEL, messages=QUESTION, inferenceConfig={"maxTokens": 10_001})


def test_control_plane_knows_the_same_models(bedrock_target: Target, runtime: Any) -> None:
    control = bedrock_target.client("bedrock", DEV, REGION)
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    assert control.get_foundation_model(modelIdentifier=model)["modelDetails"]["modelName"] == "Claude Haiku 4.5"
    source = f"arn:aws:bedrock:{REGION}:{DEV}:inference-profile/{MODEL}"
    made = control.create_inference_profile(
        inferenceProfileName=f"p-{uuid.uuid4().hex[:6]}", modelSource={"copyFrom": source}
    )
    answer = runtime.converse(modelId=made["inferenceProfileArn"], messages=QUESTION)
    assert answer["output"]["message"]["content"] == [{"text": ANSWER}]


def test_fails_over_the_quota_of_an_account_region_and_model(bedrock_target: Target, runtime: Any) -> None:
    change(bedrock_target, requests_per_minute=1)
    runtime.converse(modelId=MODEL, messages=QUESTION)
    with pytest.raises(ClientError, match="Too many requests, please wait before trying again") as caught:
        runtime.converse(modelId=MODEL, messages=QUESTION)
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    for account, region in ((DEV, RECOVERY), (PROD, REGION)):
        bedrock_target.client("bedrock-runtime", account, region).converse(modelId=MODEL, messages=QUESTION)
    runtime.converse(modelId="eu.amazon.nova-pro-v1:0", messages=QUESTION)


def test_fails_over_the_token_quota_which_reserves_the_maximum(bedrock_target: Target, runtime: Any) -> None:
    change(bedrock_target, tokens_per_minute=500)
    with pytest.raises(ClientError, match="Too many tokens"):
        runtime.converse(modelId=MODEL, messages=QUESTION, inferenceConfig={"maxTokens": 500})
    for _ in range(3):
        runtime.converse(modelId=MODEL, messages=QUESTION, inferenceConfig={"maxTokens": 100})


def test_latency_is_simulated(bedrock_target: Target, runtime: Any) -> None:
    change(bedrock_target, time_to_first_token_ms=100, ms_per_token=10)
    answer = runtime.converse(modelId=MODEL, messages=QUESTION)
    tokens = answer["usage"]["outputTokens"]
    assert answer["metrics"]["latencyMs"] >= 100 + 10 * (tokens - 1)


def test_slow_answers_wait_side_by_side(bedrock_target: Target) -> None:
    change(bedrock_target, time_to_first_token_ms=400)
    runtime = bedrock_target.client("bedrock-runtime", DEV, REGION)
    started = time.monotonic()
    threads = [
        threading.Thread(target=runtime.converse, kwargs={"modelId": MODEL, "messages": QUESTION}) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 8 * 0.4


def stream(runtime: Any, **request: Any) -> list[tuple[float, str, Any]]:
    started = time.monotonic()
    events = runtime.converse_stream(modelId=MODEL, **request)["stream"]
    return [(time.monotonic() - started, *next(iter(event.items()))) for event in events]


def test_stream_comes_in_order_and_as_it_is_written(bedrock_target: Target, runtime: Any) -> None:
    change(bedrock_target, time_to_first_token_ms=100, ms_per_token=50)
    events = stream(runtime, messages=QUESTION)
    names = [name for _, name, _ in events]
    deltas = [(at, content["delta"]["text"]) for at, name, content in events if name == "contentBlockDelta"]
    assert names == [
        "messageStart",
        *["contentBlockDelta"] * len(deltas),
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert "".join(text for _, text in deltas) == ANSWER
    assert deltas[0][0] >= 0.1
    assert deltas[-1][0] - deltas[0][0] >= 0.05 * (len(deltas) - 1) * 0.8
    assert events[-2][2] == {"stopReason": "end_turn"}
    assert events[-1][2]["usage"]["outputTokens"] == len(deltas)
    assert events[-1][2]["metrics"]["latencyMs"] >= 100


@pytest.fixture
def guardrail(bedrock_target: Target) -> tuple[str, str]:
    made = bedrock_target.client("bedrock", DEV, REGION).create_guardrail(name=f"s-{uuid.uuid4().hex[:8]}", **GUARDRAIL)
    return made["guardrailId"], "DRAFT"


def text_of(events: list[tuple[float, str, Any]]) -> str:
    return "".join(content["delta"]["text"] for _, name, content in events if name == "contentBlockDelta")


def test_guarded_stream_is_judged_before_its_first_word(runtime: Any, guardrail: tuple[str, str]) -> None:
    masked = stream(
        runtime, messages=messages("Where do I write or call for help with claims?"), guardrailConfig=config(guardrail)
    )
    assert text_of(masked) == "Write to {EMAIL} or call {PHONE} for help with claims."
    assert masked[-2][2] == {"stopReason": "guardrail_intervened"}
    assert masked[-1][2]["trace"]["guardrail"]["actionReason"] == "Guardrail masked."
    refused = stream(runtime, messages=messages("Which shares should I buy?"), guardrailConfig=config(guardrail))
    assert text_of(refused) == "INPUT BLOCKED"


def test_asynchronous_stream_masks_nothing_and_tells_afterwards(runtime: Any, guardrail: tuple[str, str]) -> None:
    given = config(guardrail, streamProcessingMode="async")
    events = stream(runtime, messages=messages("Where do I write or call for help with claims?"), guardrailConfig=given)
    assert "claims@example.com" in text_of(events)
    assert events[-2][2] == {"stopReason": "guardrail_intervened"}


def test_prompt_by_its_arn(bedrock_target: Target, runtime: Any) -> None:
    agent = bedrock_target.client("bedrock-agent", DEV, REGION)
    text = "<context>{{context}}</context><question>{{question}}</question>"
    variant = {
        "name": "v1", "templateType": "TEXT", "modelId": MODEL,
        "templateConfiguration": {"text": {"text": text, "inputVariables": [{"name": "context"}, {"name": "question"}]}},
        "inferenceConfiguration": {"text": {"maxTokens": 3}},
    }  # fmt: skip
    made = agent.create_prompt(name=f"p-{uuid.uuid4().hex[:6]}", defaultVariant="v1", variants=[variant])
    version = agent.create_prompt_version(promptIdentifier=made["id"])
    values = {"context": {"text": "The sky is blue today."}, "question": {"text": "What is blue?"}}
    answer = runtime.converse(modelId=version["arn"], promptVariables=values)
    assert answer["output"]["message"]["content"] == [{"text": "The sky is"}]
    assert answer["stopReason"] == "max_tokens"


def test_embeddings(runtime: Any) -> None:
    def embed(text: str) -> list[float]:
        body = json.dumps({"inputText": text, "dimensions": 512})
        answer = json.loads(runtime.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)["body"].read())
        vector: list[float] = answer["embedding"]
        return vector

    first, again, other = embed("water damage"), embed("water damage"), embed("pension plan")
    assert first == again
    assert len(first) == 512
    assert sum(a * b for a, b in zip(first, other, strict=True)) < 0.5


def test_model_behind_an_openai_compatible_endpoint(bedrock_target: Target, runtime: Any) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = f"{body['model']} heard {len(body['messages'])}"
            self.send_response(200)
            self.end_headers()
            for event in (
                {"choices": [{"delta": {"content": said}}]},
                {"choices": [{"delta": {}, "finish_reason": "stop"}]},
            ):
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        model = f"openai:http://127.0.0.1:{server.server_address[1]}#tiny"
        bedrock_target.call("PUT", "/_foundation/model", {"model": model})
        answer = runtime.converse(modelId=MODEL, messages=QUESTION)
        assert answer["output"]["message"]["content"] == [{"text": "tiny heard 1"}]
        assert text_of(stream(runtime, messages=QUESTION)) == "tiny heard 1"
    finally:
        server.shutdown()
        server.server_close()
    assert code_of(runtime.converse, modelId=MODEL, messages=QUESTION) == "ServiceUnavailableException"


def test_fails_for_settings_that_do_not_fit(bedrock_target: Target) -> None:
    with pytest.raises(LocalTargetError, match="GF-BEDROCK-001"):
        bedrock_target.call("PUT", "/_foundation/model", {"model": "gpt"})
