"""What an answerer takes and gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from foundation.local.bedrock.request import ConverseRequest, Json
from foundation.local.bedrock.tokens import truncate


@dataclass(frozen=True)
class Finish:
    """The end of an answer: why it stopped, the counts if the model gave any, and its tool calls."""

    stop_reason: str = "end_turn"
    input_tokens: int | None = None
    output_tokens: int | None = None
    tool_uses: tuple[Json, ...] = ()


Piece = str | Finish
"""A part of the answer's text, or (once, last) its end."""


class Answerer(Protocol):
    """A model behind Converse; `BedrockError` for what goes wrong."""

    def answer(self, request: ConverseRequest) -> Iterator[Piece]:
        """The answer in pieces, ended by one Finish."""
        ...


def limit(text: str, request: ConverseRequest) -> tuple[str, str]:
    """An answer cut at a stop sequence or at maxTokens, with Bedrock's stopReason for it."""
    stops = [at for sequence in request.stop_sequences if sequence and (at := text.find(sequence)) >= 0]
    stop_reason = "end_turn"
    if stops:
        text, stop_reason = text[: min(stops)], "stop_sequence"
    if request.max_tokens is not None:
        text, was_cut = truncate(text, request.max_tokens)
        stop_reason = "max_tokens" if was_cut else stop_reason
    return text, stop_reason
