"""The catalog's models: guardrails, prompts and foundation models as versioned data. Knows no CDK.

guardrail = load_guardrail(Path("catalog/guardrails/baseline-v1.yaml"))   # raises ConfigErrors
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from genai_foundation.catalog.digest import digest
from genai_foundation.catalog.errors import ConfigError, ConfigErrors
from genai_foundation.catalog.guardrail import GuardrailSpec
from genai_foundation.catalog.model import InferenceProfile, ModelHub, ModelSpec
from genai_foundation.catalog.prompt import PromptSpec, PromptVariable
from genai_foundation.catalog.validation import Strict, validate
from genai_foundation.catalog.yaml_tree import read

__all__ = [
    "ConfigError",
    "ConfigErrors",
    "GuardrailSpec",
    "InferenceProfile",
    "ModelHub",
    "ModelSpec",
    "PromptSpec",
    "PromptVariable",
    "digest",
    "load_guardrail",
    "load_models",
    "load_prompt",
    "load_yaml",
]

T = TypeVar("T", bound=Strict)


def load_yaml(path: Path, model: type[T]) -> T:
    """One YAML file as a validated model; raises ConfigErrors with every fault of the file."""
    document = read(path)
    value, errors = validate(model, document.root) if document.root is not None else (None, [])
    if value is None or document.errors:
        raise ConfigErrors([*document.errors, *errors])
    return value


def load_guardrail(path: Path) -> GuardrailSpec:
    """A guardrail file; raises ConfigErrors."""
    return load_yaml(path, GuardrailSpec)


def load_prompt(path: Path) -> PromptSpec:
    """A prompt file; raises ConfigErrors."""
    return load_yaml(path, PromptSpec)


def load_models(path: Path) -> tuple[ModelSpec, ...]:
    """The models of a model hub file; raises ConfigErrors."""
    return load_yaml(path, ModelHub).models
