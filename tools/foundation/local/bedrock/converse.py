"""Converse and ConverseStream."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ministack.core.responses import StreamingResponse
from ministack.services import bedrock_runtime as upstream

from foundation.local.bedrock.answers import Finish, Piece
from foundation.local.bedrock.errors import BedrockError, HttpAnswer
from foundation.local.bedrock.request import Json, parse_body
from foundation.local.bedrock.simulation import Caller, Exchange, Simulation, begin
from foundation.local.bedrock.tokens import pieces

_log = logging.getLogger("foundation.bedrock")
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def converse(simulation: Simulation, caller: Caller, identifier: str, body: bytes) -> HttpAnswer:
    """POST /model/ID/converse."""
    started = time.monotonic()
    exchange = await asyncio.to_thread(_answered, simulation, caller, identifier, body)
    if not exchange.is_blocked:
        await asyncio.sleep(exchange.seconds(exchange.finish.output_tokens or 0) - (time.monotonic() - started))
    response: Json = {
        "output": {"message": {"role": "assistant", "content": _content(exchange)}},
        "stopReason": exchange.finish.stop_reason,
        "usage": exchange.usage(),
        "metrics": {"latencyMs": _milliseconds(started)},
    }
    if trace := exchange.trace():
        response["trace"] = trace
    usage = exchange.usage()
    headers = {
        "Content-Type": "application/json",
        "x-amzn-bedrock-input-token-count": str(usage["inputTokens"]),
        "x-amzn-bedrock-output-token-count": str(usage["outputTokens"]),
    }
    return 200, headers, json.dumps(response).encode()


async def converse_stream(
    simulation: Simulation, caller: Caller, identifier: str, body: bytes
) -> tuple[int, dict[str, str], StreamingResponse]:
    """POST /model/ID/converse-stream: events as the model writes.

    With a guardrail in sync mode (the default) the whole answer is judged before its first event; in async mode it is
    judged after its last one, so that text which is then refused has been seen, and nothing is masked.
    """
    started = time.monotonic()
    exchange = await asyncio.to_thread(begin, simulation, caller, identifier, parse_body(body))
    is_async = exchange.request.guardrail is not None and exchange.request.guardrail.stream_mode == "async"
    if exchange.is_blocked:
        exchange.refuse()
        source: Iterator[Piece] = iter([exchange.text])
    elif exchange.guardrail and not is_async:
        await asyncio.to_thread(_generate, exchange)
        source = iter(pieces(exchange.text))
    else:
        # The first piece is fetched here, so that what fails before it is an HTTP error, as on AWS.
        source = await asyncio.to_thread(_primed, exchange.pieces())

    async def run(send: Send, _receive: object) -> None:
        async for event in _events(exchange, source, started, is_live=not exchange.guardrail or is_async):
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    headers = {"Content-Type": "application/vnd.amazon.eventstream", "x-amzn-bedrock-content-type": "application/json"}
    return 200, headers, StreamingResponse(run)


def _answered(simulation: Simulation, caller: Caller, identifier: str, body: bytes) -> Exchange:
    exchange = begin(simulation, caller, identifier, parse_body(body))
    if exchange.is_blocked:
        exchange.refuse()
    else:
        _generate(exchange)
    return exchange


def _generate(exchange: Exchange) -> None:
    texts: list[str] = []
    finish = Finish()
    for piece in exchange.pieces():
        if isinstance(piece, Finish):
            finish = piece
        else:
            texts.append(piece)
    exchange.complete("".join(texts), finish)


def _primed(source: Iterator[Piece]) -> Iterator[Piece]:
    first = next(source)

    def again() -> Iterator[Piece]:
        yield first
        yield from source

    return again()


async def _events(exchange: Exchange, source: Iterator[Piece], started: float, *, is_live: bool) -> Any:
    """The event stream: messageStart, contentBlockDelta …, contentBlockStop, messageStop, metadata; or an exception."""
    yield _event("messageStart", {"role": "assistant"})
    sent: list[str] = []
    finish = Finish()
    try:
        # A model that still writes is waited for elsewhere; what is there already needs no other thread.
        while (piece := await asyncio.to_thread(next, source, None) if is_live else next(source, None)) is not None:
            if isinstance(piece, Finish):
                finish = piece
                continue
            if not exchange.is_blocked:
                await asyncio.sleep(max(0.0, exchange.seconds(len(sent) + 1) - (time.monotonic() - started)))
            sent.append(piece)
            yield _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
        if is_live and not exchange.is_blocked:
            await asyncio.to_thread(exchange.complete, "".join(sent), finish, masks=False)
    except BedrockError as error:
        _log.warning("ConverseStream broke off: %s", error)
        yield _exception(error)
        return
    yield _event("contentBlockStop", {"contentBlockIndex": 0})
    for index, use in enumerate(exchange.finish.tool_uses, start=1):
        start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
        yield _event("contentBlockStart", {"contentBlockIndex": index, "start": start})
        delta = {"toolUse": {"input": json.dumps(use.get("input") or {})}}
        yield _event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        yield _event("contentBlockStop", {"contentBlockIndex": index})
    yield _event("messageStop", {"stopReason": exchange.finish.stop_reason})
    metadata: Json = {"usage": exchange.usage(), "metrics": {"latencyMs": _milliseconds(started)}}
    if trace := exchange.trace():
        metadata["trace"] = trace
    yield _event("metadata", metadata)


def _content(exchange: Exchange) -> list[Json]:
    text = [{"text": exchange.text}] if exchange.text or not exchange.finish.tool_uses else []
    return [*text, *({"toolUse": use} for use in exchange.finish.tool_uses)]


def _event(kind: str, payload: Json) -> bytes:
    encoded: bytes = upstream._es_event(kind, payload)
    return encoded


def _exception(error: BedrockError) -> bytes:
    """An error after the first event: one of the stream's own exceptions, ModelStreamErrorException for the others."""
    known = ("ThrottlingException", "ServiceUnavailableException", "ValidationException", "InternalServerException")
    name = error.code if error.code in known else "ModelStreamErrorException"
    headers = {
        ":message-type": "exception",
        ":exception-type": name[0].lower() + name[1:],
        ":content-type": "application/json",
    }
    encoded: bytes = upstream._es_encode_message(headers, json.dumps({"message": error.message}).encode())
    return encoded


def _milliseconds(started: float) -> int:
    return max(1, round((time.monotonic() - started) * 1_000))
