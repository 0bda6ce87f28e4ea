"""From two folders to Settings, or to every fault of every file at once."""

from __future__ import annotations

from dataclasses import dataclass
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
from stacks.settings.release import ReleaseLock
from stacks.settings.settings import Catalog, Settings
from stacks.settings.use_case import UseCase

T = TypeVar("T", bound=Strict)
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Examination:
    """Both folders after every check: what is valid by itself, and every fault. Catalog entries are keyed by NAME-vN."""

    files: Files
    errors: tuple[ConfigError, ...]
    platform: Platform | None
    hub: ModelHub | None
    lock: ReleaseLock | None
    use_cases: dict[str, UseCase]
    guardrails: dict[str, GuardrailSpec]
    prompts: dict[str, PromptSpec]


def load_settings(config: Path, catalog: Path | None = None) -> Settings:
    """Read, validate and cross-check. `catalog` defaults to the folder of that name beside `config`, else this checkout's.

    Raises ConfigErrors with all faults of all files, and nothing else, whatever the files hold.
    """
    found = examine(config, catalog or default_catalog(config))
    if found.errors or found.platform is None or found.hub is None or found.lock is None:
        raise ConfigErrors(found.errors)
    released = found.lock
    chosen = Catalog(
        guardrails={name: spec for name, spec in found.guardrails.items() if name in released.guardrails},
        prompts={name: spec for name, spec in found.prompts.items() if name in released.prompts},
        models={model.id: model for model in found.hub.models},
    )
    return Settings(config, chosen, found.platform, tuple(found.use_cases.values()))


def default_catalog(config: Path) -> Path:
    """The catalog that belongs to a configuration folder."""
    beside = config.parent / "catalog"
    return beside if beside.is_dir() else CHECKOUT / "catalog"


def examine(config: Path, catalog: Path) -> Examination:
    """Every check of every file; never raises for what they hold."""
    files = read_files(config, catalog)
    errors = list(files.errors)
    platform, hub = _one(Platform, files.platform, errors), _one(ModelHub, files.models, errors)
    lock = _one(ReleaseLock, files.lock, errors)
    use_cases = _many(UseCase, files.use_cases, errors)
    guardrails = _many(GuardrailSpec, files.guardrails, errors)
    prompts = _many(PromptSpec, files.prompts, errors)
    errors += cross_checks(files)
    return Examination(files, tuple(errors), platform, hub, lock, use_cases, guardrails, prompts)


def _one(model: type[T], document: Document, errors: list[ConfigError]) -> T | None:
    if document.root is None:
        return None
    value, found = validate(model, document.root)
    errors += found
    return value


def _many(model: type[T], documents: dict[str, Document], errors: list[ConfigError]) -> dict[str, T]:
    values = {stem: _one(model, document, errors) for stem, document in sorted(documents.items())}
    return {stem: value for stem, value in values.items() if value is not None}
