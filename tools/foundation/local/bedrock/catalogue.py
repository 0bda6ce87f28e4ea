"""Models that the local target knows: ids, limits and where AWS offers them.

A hand-kept extract of the Bedrock user guide (models by Region, inference profiles). It ages; a model that is missing here
is unknown to the local target, as it would be to an account in a Region without it. `on_demand=None`: Regions not recorded,
so none is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
US = ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
APAC = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2",
)  # fmt: skip
SOURCE_REGIONS: dict[str, tuple[str, ...] | None] = {"eu": EU, "us": US, "apac": APAC, "global": None}
"""Geography of an inference profile -> Regions that may call it; None: every Region."""


@dataclass(frozen=True)
class FoundationModel:
    """One model id of Bedrock."""

    id: str
    name: str
    provider: str
    context_tokens: int
    max_output_tokens: int
    kind: Literal["text", "embedding"] = "text"
    on_demand: tuple[str, ...] | None = ()
    """Regions where the bare model id works; None: not recorded."""
    geographies: tuple[str, ...] = ()
    """Prefixes of its system-defined inference profiles."""


def _nova(size: str, name: str, context: int) -> FoundationModel:
    return FoundationModel(
        f"amazon.nova-{size}-v1:0", name, "Amazon", context, 10_000,
        on_demand=("us-east-1", "us-gov-west-1"), geographies=("us", "eu", "apac"),
    )  # fmt: skip


def _claude(
    model_id: str, name: str, output: int, geographies: tuple[str, ...] = ("us", "eu", "global")
) -> FoundationModel:
    return FoundationModel(f"anthropic.{model_id}", name, "Anthropic", 200_000, output, geographies=geographies)


_TITAN_V2 = (*EU, "eu-central-2", "eu-west-2", "us-east-1", "us-east-2", "us-west-2", "ap-northeast-1", "ap-northeast-2",
             "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-2", "ca-central-1", "sa-east-1")  # fmt: skip
_COHERE_V3 = ("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-west-2", "ap-northeast-1",
              "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "sa-east-1")  # fmt: skip

MODELS = {
    model.id: model
    for model in (
        _nova("micro", "Nova Micro", 128_000),
        _nova("lite", "Nova Lite", 300_000),
        _nova("pro", "Nova Pro", 300_000),
        FoundationModel(
            "amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon", 1_000_000, 64_000, geographies=("us", "eu", "global")
        ),
        FoundationModel("amazon.nova-premier-v1:0", "Nova Premier", "Amazon", 1_000_000, 32_000, geographies=("us",)),
        _claude("claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", 4_096, ("us", "eu", "apac")),
        _claude("claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", 64_000, ("us", "eu", "apac")),
        _claude("claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", 64_000, ("us", "eu", "apac", "global")),
        _claude("claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", 64_000),
        _claude("claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", 64_000),
        _claude("claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", 64_000),
        FoundationModel(
            "amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon", 8_192, 0, "embedding", _TITAN_V2
        ),
        FoundationModel(
            "cohere.embed-english-v3", "Embed English", "Cohere", 512, 0, "embedding", _COHERE_V3
        ),
        FoundationModel(
            "cohere.embed-multilingual-v3", "Embed Multilingual", "Cohere", 512, 0, "embedding", _COHERE_V3
        ),
        FoundationModel(
            "cohere.embed-v4:0", "Embed v4", "Cohere", 128_000, 0, "embedding", geographies=("us", "eu", "global")
        ),
    )
}  # fmt: skip


def register(upstream: list[tuple[str, str, str, list[str], list[str], bool]]) -> None:
    """Make this catalogue and ministack's `_CATALOG` one: each gets what only the other has, in place.

    Without it GetFoundationModel and CreateInferenceProfile know other models than Converse does.
    """
    known = {entry[0] for entry in upstream}
    upstream.extend(
        (m.id, m.name, m.provider, ["TEXT"], ["TEXT" if m.kind == "text" else "EMBEDDING"], m.kind == "text")
        for m in MODELS.values()
        if m.id not in known
    )
    for model_id, name, provider, _, outputs, _ in upstream:
        if model_id not in MODELS:
            kind: Literal["text", "embedding"] = "embedding" if outputs == ["EMBEDDING"] else "text"
            MODELS[model_id] = FoundationModel(
                model_id, name, provider, 128_000, 4_096, kind, None, tuple(SOURCE_REGIONS)
            )
