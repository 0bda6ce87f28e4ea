"""The data plane's routes that the simulation takes over from ministack."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from ministack.core.responses import get_account_id, get_region

from foundation.local.bedrock.apply import apply_guardrail
from foundation.local.bedrock.converse import converse, converse_stream
from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.invoke import invoke_model
from foundation.local.bedrock.simulation import Caller, Simulation

_MODEL = re.compile(r"/model/(?P<id>.+)/(?P<operation>converse|converse-stream|invoke|invoke-with-response-stream)")
_GUARDRAIL = re.compile(r"/guardrail/(?P<id>.+)/version/(?P<version>[^/]+)/apply")
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[tuple[int, dict[str, str], Any]]]


def with_simulation(upstream: Handler, simulation: Simulation) -> Handler:
    """ministack's request handler with the simulated operations in front; the others stay its own."""

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        caller = Caller(get_account_id(), get_region())
        try:
            if method == "POST" and (match := _MODEL.fullmatch(path)):
                return await _model(simulation, caller, unquote(match["id"]), match["operation"], headers, body)
            if method == "POST" and (match := _GUARDRAIL.fullmatch(path)):
                return await asyncio.to_thread(
                    apply_guardrail, simulation, caller, unquote(match["id"]), unquote(match["version"]), body
                )
        except BedrockError as error:
            return error.answer()
        return await upstream(method, path, headers, body, query_params)

    return handle_request


async def _model(
    simulation: Simulation, caller: Caller, identifier: str, operation: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], Any]:
    if operation == "converse":
        return await converse(simulation, caller, identifier, body)
    if operation == "converse-stream":
        return await converse_stream(simulation, caller, identifier, body)
    stream = operation == "invoke-with-response-stream"
    return await invoke_model(simulation, caller, identifier, headers, body, stream=stream)
