"""InvokeModel: embeddings by our own hashing, text in each model family's shape (ministack's) with our answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import bedrock_runtime as upstream

from foundation.local.bedrock import embeddings
from foundation.local.bedrock.errors import HttpAnswer, validation
from foundation.local.bedrock.model_table import FoundationModel
from foundation.local.bedrock.request import Json, parse_body
from foundation.local.bedrock.resolve import Resolved
from foundation.local.bedrock.simulation import Caller, Exchange, Simulation, begin

_MAX_TOKENS = (
    ("max_tokens",), ("maxTokens",), ("inferenceConfig", "maxTokens"), ("inferenceConfig", "max_new_tokens"),
    ("textGenerationConfig", "maxTokenCount"), ("max_gen_len",),
)  # fmt: skip
"""Where the model families keep the limit of the answer."""
_EMBEDDERS: dict[str, Callable[[FoundationModel, Json], tuple[Json, int]]] = {
    "Amazon": embeddings.titan,
    "Cohere": embeddings.cohere,
}


async def invoke_model(
    simulation: Simulation, caller: Caller, identifier: str, headers: Mapping[str, str], body: bytes, *, stream: bool
) -> HttpAnswer:
    """POST /model/ID/invoke and …/invoke-with-response-stream (whose events come at once, after the whole answer)."""
    started = time.monotonic()
    parsed = parse_body(body)
    resolved = simulation.resolve(caller, identifier)
    if resolved.model.kind == "embedding":
        if stream:
            raise validation("The model is unsupported for streaming.")
        return await asyncio.to_thread(_embed, simulation, caller, resolved, parsed)
    if resolved.model.kind != "text":
        raise validation(f"InvokeModel of {resolved.model.id} isn't simulated on the local target.")
    exchange = await asyncio.to_thread(_answer, simulation, caller, identifier, headers, parsed)
    if not exchange.is_blocked:
        await asyncio.sleep(exchange.seconds(exchange.finish.output_tokens or 0) - (time.monotonic() - started))
    family, prompt = _prompt(resolved.model.id, parsed)
    if stream:
        content = upstream._build_invoke_stream(family, resolved.model.id, prompt, exchange.text)
        kind = {"Content-Type": "application/vnd.amazon.eventstream", "x-amzn-bedrock-content-type": "application/json"}
        return 200, kind, content
    answer = upstream._build_invoke_response_body(family, resolved.model.id, prompt, exchange.text)
    _finish(answer, exchange)
    return 200, _counted(exchange.usage()["inputTokens"], exchange.usage()["outputTokens"]), json.dumps(answer).encode()


def _embed(simulation: Simulation, caller: Caller, resolved: Resolved, body: Json) -> HttpAnswer:
    rule = simulation.settings.rule(resolved.model.id)
    answer, tokens = _EMBEDDERS[resolved.model.provider](resolved.model, body)
    simulation.quotas.admit(
        (caller.account, caller.region, resolved.quota_name),
        requests_per_minute=rule.requests_per_minute, tokens_per_minute=rule.tokens_per_minute, reserve=tokens,
    )  # fmt: skip
    return 200, _counted(tokens, 0), json.dumps(answer).encode()


def _answer(
    simulation: Simulation, caller: Caller, identifier: str, headers: Mapping[str, str], body: Json
) -> Exchange:
    """The body as a Converse request: one user message, the family's limit, the guardrail of the headers.

    The guardrail judges the whole prompt: Bedrock's input tags inside it aren't read.
    """
    resolved = simulation.resolve(caller, identifier)
    _, prompt = _prompt(resolved.model.id, body)
    if not prompt:
        raise validation("Malformed input request, please reformat your input and try again.")
    request: Json = {"messages": [{"role": "user", "content": [{"text": prompt}]}], "system": _system(body)}
    limits = [value for path in _MAX_TOKENS if (value := _at(body, path)) is not None]
    request["inferenceConfig"] = {"maxTokens": limits[0]} if limits else {}
    if guardrail := headers.get("x-amzn-bedrock-guardrailidentifier"):
        request["guardrailConfig"] = {
            "guardrailIdentifier": guardrail,
            "guardrailVersion": headers.get("x-amzn-bedrock-guardrailversion"),
            "trace": headers.get("x-amzn-bedrock-trace", "disabled").lower(),
        }
    exchange = begin(simulation, caller, identifier, request)
    if exchange.is_blocked:
        exchange.refuse()
        return exchange
    *texts, finish = exchange.pieces()
    exchange.complete("".join(t for t in texts if isinstance(t, str)), finish)  # type: ignore[arg-type]
    return exchange


def _prompt(model_id: str, body: Json) -> tuple[str, str]:
    family: str = upstream._family(model_id)
    return family, str(upstream._extract_prompt_from_invoke_body(family, body) or "")


def _system(body: Json) -> list[Json]:
    system = body.get("system") or []
    return [{"text": system}] if isinstance(system, str) else [{"text": s["text"]} for s in system if s.get("text")]


def _at(body: Json, path: tuple[str, ...]) -> Any:
    found: Any = body
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _finish(answer: Json, exchange: Exchange) -> None:
    """What only some families report, and the guardrail's part of the body."""
    usage, reason = exchange.usage(), exchange.finish.stop_reason
    if "stop_reason" in answer and reason in ("max_tokens", "stop_sequence"):
        answer["stop_reason"] = reason
    if "stopReason" in answer:
        answer["stopReason"] = reason
        answer["usage"] = usage
    elif "usage" in answer and "input_tokens" in answer["usage"]:
        answer["usage"] = {"input_tokens": usage["inputTokens"], "output_tokens": usage["outputTokens"]}
    if exchange.guardrail is None:
        return
    intervened = reason == "guardrail_intervened"
    answer["amazon-bedrock-guardrailAction"] = "INTERVENED" if intervened else "NONE"
    if trace := exchange.trace():
        guardrail = trace["guardrail"]
        answer["amazon-bedrock-trace"] = {
            "guardrail": {
                "input": guardrail.get("inputAssessment", {}),
                "outputs": [{key: value[0]} for key, value in guardrail.get("outputAssessments", {}).items()],
            }
        }


def _counted(input_tokens: int, output_tokens: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "x-amzn-bedrock-input-token-count": str(input_tokens),
        "x-amzn-bedrock-output-token-count": str(output_tokens),
    }
