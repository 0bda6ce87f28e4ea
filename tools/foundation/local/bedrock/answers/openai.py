"""An OpenAI-compatible chat completions endpoint as the model (a local llama.cpp, vLLM, Ollama …).

Its failures become Bedrock's: silence ModelTimeoutException, 429 ThrottlingException, 5xx or no connection
ServiceUnavailableException, anything else ModelErrorException. The key, if one is needed, comes from the environment.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ministack.services import bedrock_runtime as upstream

from foundation.local.bedrock.answers.base import Finish, Piece
from foundation.local.bedrock.errors import BedrockError
from foundation.local.bedrock.request import ConverseRequest, Json
from foundation.local.bedrock.settings import OPENAI_PREFIX

API_KEY_VARIABLE = "FOUNDATION_MODEL_API_KEY"
_STOP_REASONS = {"length": "max_tokens", "tool_calls": "tool_use", "content_filter": "content_filtered"}


class OpenAiEndpoint:
    """Answers through POST URL/v1/chat/completions."""

    def __init__(self, source: str, timeout_seconds: float) -> None:
        base, _, self.model = source.removeprefix(OPENAI_PREFIX).partition("#")
        base = base.rstrip("/").removesuffix("/chat/completions").removesuffix("/v1")
        self.url = f"{base}/v1/chat/completions"
        self.timeout_seconds = timeout_seconds

    def answer(self, request: ConverseRequest) -> Iterator[Piece]:
        """The endpoint's answer as it streams in; with tools in one piece, since their calls come whole only then."""
        body = self._body(request)
        try:
            with urllib.request.urlopen(self._http_request(body), timeout=self.timeout_seconds) as response:  # noqa: S310
                yield from _streamed(response) if body["stream"] else _whole(json.load(response))
        except urllib.error.HTTPError as error:
            raise _http_error(error) from error
        except TimeoutError as error:
            raise BedrockError("ModelTimeoutException", "The model didn't answer in time.") from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise BedrockError("ModelTimeoutException", "The model didn't answer in time.") from error
            raise BedrockError(
                "ServiceUnavailableException", f"The model endpoint can't be reached: {error.reason}."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise BedrockError("ServiceUnavailableException", f"The model endpoint broke off: {error}.") from error
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise BedrockError("ModelErrorException", "The model endpoint's answer isn't a chat completion.") from error

    def _body(self, request: ConverseRequest) -> Json:
        tools, tool_choice = upstream._openai_tools(request.tool_config)
        body: dict[str, Any] = {
            "model": self.model,
            "messages": upstream._openai_messages(_messages(request), [{"text": t.text} for t in request.system]),
            "stream": not tools,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop": list(request.stop_sequences) or None,
            "stream_options": None if tools else {"include_usage": True},
            "tools": tools or None,
            "tool_choice": tool_choice,
        }
        return {key: value for key, value in body.items() if value is not None}

    def _http_request(self, body: Json) -> urllib.request.Request:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(API_KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        return urllib.request.Request(self.url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310


def _messages(request: ConverseRequest) -> list[Json]:
    """The turns in Converse's shape with their (perhaps masked) texts, and tool blocks as they came."""
    return [
        {
            "role": turn.role,
            "content": [
                *({"text": t.text} for t in turn.texts),
                *(b for b in turn.raw["content"] if "toolUse" in b or "toolResult" in b),
            ],
        }
        for turn in request.turns
    ]


def _streamed(lines: Iterable[bytes]) -> Iterator[Piece]:
    """Server-sent events to pieces."""
    stop_reason, usage = "end_turn", cast(Json, {})
    for line in lines:
        if not line.startswith(b"data:"):
            continue
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            break
        event = json.loads(data)
        if "error" in event:
            raise BedrockError("ModelErrorException", str(event["error"]))
        usage = event.get("usage") or usage
        for choice in event.get("choices") or []:
            if text := (choice.get("delta") or {}).get("content"):
                yield str(text)
            if choice.get("finish_reason"):
                stop_reason = _STOP_REASONS.get(choice["finish_reason"], "end_turn")
    yield Finish(stop_reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _whole(completion: Json) -> Iterator[Piece]:
    choice, usage = completion["choices"][0], completion.get("usage") or {}
    blocks, stop_reason = upstream._converse_blocks_from_message(choice["message"])
    if stop_reason == "end_turn":
        stop_reason = _STOP_REASONS.get(choice.get("finish_reason") or "", stop_reason)
    yield from (block["text"] for block in blocks if "text" in block)
    tool_uses = tuple(block["toolUse"] for block in blocks if "toolUse" in block)
    yield Finish(stop_reason, usage.get("prompt_tokens"), usage.get("completion_tokens"), tool_uses)


def _http_error(error: urllib.error.HTTPError) -> BedrockError:
    detail = error.read(2_000).decode(errors="replace")
    if error.code == 429:
        return BedrockError("ThrottlingException", "Too many requests, please wait before trying again.")
    if error.code in (408, 504):
        return BedrockError("ModelTimeoutException", "The model didn't answer in time.")
    if error.code >= 500:
        return BedrockError("ServiceUnavailableException", f"The model endpoint answered {error.code}: {detail}")
    return BedrockError("ModelErrorException", f"The model endpoint answered {error.code}: {detail}")
