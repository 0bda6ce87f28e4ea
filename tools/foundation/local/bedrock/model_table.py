"""Models that the local target knows: ids, limits and where AWS offers them.

A hand-kept extract of the Bedrock user guide (models by Region, inference profiles), which ages. The settings bring the
organisation's own list (catalog/models.yaml), which wins. A model in neither is unknown, as it would be in a Region
without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from foundation.local.bedrock.settings import ListedModel

Kind = Literal["text", "embedding", "other"]
Regions = tuple[str, ...] | None
"""None: every Region, or not recorded."""

EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
US = ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
APAC = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2",
)  # fmt: skip
SOURCE_REGIONS: dict[str, Regions] = {"eu": EU, "us": US, "apac": APAC, "global": None}
"""Geography of an inference profile -> Regions that may call it."""


@dataclass(frozen=True)
class FoundationModel:
    """One model id of Bedrock."""

    id: str
    name: str
    provider: str
    context_tokens: int
    max_output_tokens: int
    kind: Kind = "text"
    on_demand: Regions = ()
    """Where the bare model id works."""
    profiles: Mapping[str, Regions] = field(default_factory=dict)
    """Id of a system-defined inference profile -> Regions that may call it."""


def _profiles(model_id: str, *geographies: str) -> dict[str, Regions]:
    return {f"{geography}.{model_id}": SOURCE_REGIONS[geography] for geography in geographies}


def _text(
    model_id: str, name: str, context: int, output: int, geographies: str, on_demand: Regions = ()
) -> FoundationModel:
    """A text model; `geographies` are the prefixes of its inference profiles, parted by blanks."""
    provider = {"amazon": "Amazon", "anthropic": "Anthropic"}[model_id.partition(".")[0]]
    profiles = _profiles(model_id, *geographies.split())
    return FoundationModel(model_id, name, provider, context, output, "text", on_demand, profiles)


def _embedding(model_id: str, name: str, context: int, on_demand: Regions, geographies: str = "") -> FoundationModel:
    provider = {"amazon": "Amazon", "cohere": "Cohere"}[model_id.partition(".")[0]]
    profiles = _profiles(model_id, *geographies.split())
    return FoundationModel(model_id, name, provider, context, 0, "embedding", on_demand, profiles)


_NOVA = ("us-east-1", "us-gov-west-1")
_TITAN_V2 = (*EU, "eu-central-2", "eu-west-2", "us-east-1", "us-east-2", "us-west-2", "ap-northeast-1", "ap-northeast-2",
             "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-2", "ca-central-1", "sa-east-1")  # fmt: skip
_COHERE_V3 = ("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-west-2", "ap-northeast-1",
              "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "sa-east-1")  # fmt: skip

MODELS = (
    _text("amazon.nova-micro-v1:0", "Nova Micro", 128_000, 10_000, "us eu apac", _NOVA),
    _text("amazon.nova-lite-v1:0", "Nova Lite", 300_000, 10_000, "us eu apac", _NOVA),
    _text("amazon.nova-pro-v1:0", "Nova Pro", 300_000, 10_000, "us eu apac", _NOVA),
    _text("amazon.nova-2-lite-v1:0", "Nova 2 Lite", 1_000_000, 64_000, "us eu global"),
    _text("amazon.nova-premier-v1:0", "Nova Premier", 1_000_000, 32_000, "us"),
    _text("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", 200_000, 4_096, "us eu apac"),
    _text("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude 3.7 Sonnet", 200_000, 64_000, "us eu apac"),
    _text("anthropic.claude-sonnet-4-20250514-v1:0", "Claude Sonnet 4", 200_000, 64_000, "us eu apac global"),
    _text("anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", 200_000, 64_000, "us eu global"),
    _text("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", 200_000, 64_000, "us eu global"),
    _text("anthropic.claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", 200_000, 64_000, "us eu global"),
    _embedding("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", 8_192, _TITAN_V2),
    _embedding("cohere.embed-english-v3", "Embed English", 512, _COHERE_V3),
    _embedding("cohere.embed-multilingual-v3", "Embed Multilingual", 512, _COHERE_V3),
    _embedding("cohere.embed-v4:0", "Embed v4", 128_000, (), "us eu global"),
)
UpstreamEntry = tuple[str, str, str, list[str], list[str], bool]
"""ministack's: id, name, provider, input modalities, output modalities, whether it streams."""


class ModelTable:
    """The models that an account can call, by id and by inference profile."""

    def __init__(self, models: Iterable[FoundationModel]) -> None:
        self._models = {model.id: model for model in models}
        self._profiles = {profile: model for model in self._models.values() for profile in model.profiles}

    def model(self, model_id: str) -> FoundationModel | None:
        """The model of a model id."""
        return self._models.get(model_id)

    def of_profile(self, profile_id: str) -> FoundationModel | None:
        """The model behind a system-defined inference profile."""
        return self._profiles.get(profile_id)


def table(listed: Iterable[ListedModel] = (), upstream: list[UpstreamEntry] | None = None) -> ModelTable:
    """Our models, those of the settings in place of ours, and ministack's that neither has (any Region, any profile).

    `upstream`, ministack's own list, gets what it lacks: else GetFoundationModel and CreateInferenceProfile know other
    models than Converse does.
    """
    models = {model.id: model for model in MODELS} | {entry.id: _listed(entry) for entry in listed}
    known = {entry[0] for entry in upstream or ()}
    own = [entry for entry in upstream or () if entry[0] not in models]
    if upstream is not None:
        upstream.extend(_upstream(model) for model in models.values() if model.id not in known)
    for model_id, name, provider, _, outputs, _ in own:
        profiles = _profiles(model_id, *SOURCE_REGIONS)
        models[model_id] = FoundationModel(model_id, name, provider, 128_000, 4_096, _kind(outputs), None, profiles)
    return ModelTable(models.values())


def _listed(entry: ListedModel) -> FoundationModel:
    return FoundationModel(
        entry.id, entry.name, entry.provider, entry.context_window, entry.max_output_tokens,
        _kind(entry.output_modalities), entry.regions, {p.id: p.source_regions for p in entry.inference_profiles},
    )  # fmt: skip


def _upstream(model: FoundationModel) -> UpstreamEntry:
    output = {"text": "TEXT", "embedding": "EMBEDDING", "other": "OTHER"}[model.kind]
    return model.id, model.name, model.provider, ["TEXT"], [output], model.kind == "text"


def _kind(output_modalities: Iterable[str]) -> Kind:
    outputs = set(output_modalities)
    return "text" if "TEXT" in outputs else "embedding" if "EMBEDDING" in outputs else "other"
