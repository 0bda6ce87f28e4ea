"""Who answers: the extractive reader, or an OpenAI-compatible endpoint."""

from __future__ import annotations

from foundation.local.bedrock.answers.base import Answerer, Finish, Piece
from foundation.local.bedrock.answers.extractive import ExtractiveReader
from foundation.local.bedrock.answers.openai import OpenAiEndpoint
from foundation.local.bedrock.settings import EXTRACTIVE

__all__ = ["Answerer", "Finish", "Piece", "answerer"]


def answerer(source: str, timeout_seconds: float) -> Answerer:
    """The answerer for a settings value (`extractive` or `openai:URL#model`)."""
    return ExtractiveReader() if source == EXTRACTIVE else OpenAiEndpoint(source, timeout_seconds)
