"""From two folders to Settings, or to every fault of every file at once."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from genai_foundation.catalog.errors import ConfigError, ConfigErrors
from genai_foundation.catalog.guardrail import GuardrailSpec
from genai_foundation.catalog.model import ModelHub
from genai_foundation.catalog.prompt import PromptSpec
from genai_foundation.catalog.validation import Strict, validate
from genai_foundation.catalog.yaml_tree import Document
from stacks.settings.checks import cross_checks
from stacks.settings.files import Files, read_files
from stacks.settings.platform import Platform
from stacks.settings.release import released
from stacks.settings.settings import Catalog, Settings
from stacks.settings.use_case import UseCase

T = TypeVar("T", bound=Strict)
CHECKOUT = Path(__file__).resolve().parents[2]


def load_settings(config: Path, catalog: Path | None = None) -> Settings:
    """Read, validate and cross-check. `catalog` defaults to the folder of that name beside `config`, else this checkout's.

    Raises ConfigErrors with all faults of all files; nothing else for whatever the files hold.
    """
    files = read_files(config, catalog or default_catalog(config))
    errors = list(files.errors)
    platform = _one(Platform, files.platform, errors)
    hub = _one(ModelHub, files.models, errors)
    use_cases = _many(UseCase, files.use_cases, errors)
    guardrails = _many(GuardrailSpec, files.guardrails, errors)
    prompts = _many(PromptSpec, files.prompts, errors)
    errors += cross_checks(files)
    if errors or platform is None or hub is None:
        raise ConfigErrors(errors)
    models = {model.id: model for model in hub.models}
    chosen = Catalog(_released(guardrails, files, "guardrails"), _released(prompts, files, "prompts"), models)
    return Settings(config, chosen, platform, tuple(use_cases[stem] for stem in sorted(use_cases)))


def default_catalog(config: Path) -> Path:
    """The catalog that belongs to a configuration folder."""
    beside = config.parent / "catalog"
    return beside if beside.is_dir() else CHECKOUT / "catalog"


def _one(model: type[T], document: Document, errors: list[ConfigError]) -> T | None:
    if document.root is None:
        return None
    value, found = validate(model, document.root)
    errors += found
    return value


def _many(model: type[T], documents: dict[str, Document], errors: list[ConfigError]) -> dict[str, T]:
    values = {stem: _one(model, document, errors) for stem, document in documents.items()}
    return {stem: value for stem, value in values.items() if value is not None}


def _released(specs: dict[str, T], files: Files, kind: str) -> dict[str, T]:
    names = released(files.lock, kind)
    return {stem: spec for stem, spec in specs.items() if stem in names}
