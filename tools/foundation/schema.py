"""`foundation schema`: JSON Schemas for editors, the configuration reference, and the table of Bedrock's Regions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from foundation.live_schema import draft_4
from foundation.reference import Section, render
from foundation.region_table import render as render_regions
from genai_foundation.catalog import GuardrailSpec, ModelHub, PromptSpec
from genai_foundation.live.configuration import SCHEMA as LIVE_SCHEMA
from genai_runtime.live.records import Document
from stacks.settings.codes import CODES
from stacks.settings.platform import Platform
from stacks.settings.use_case import UseCase

CHECKOUT = Path(__file__).resolve().parents[2]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# schema file -> (model, files that it describes, heading)
FILES: Mapping[str, tuple[type[BaseModel], str, str]] = {
    "platform": (Platform, "config/platform.yaml", "Platform"),
    "use_case": (UseCase, "config/use_cases/NAME.yaml", "Use case"),
    "guardrail": (GuardrailSpec, "catalog/guardrails/NAME-vN.yaml", "Guardrail"),
    "prompt": (PromptSpec, "catalog/prompts/NAME-vN.yaml", "Prompt"),
    "models": (ModelHub, "catalog/models.yaml", "Model hub"),
}


def schema(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when a file is stale.")] = False,
) -> None:
    """Write config/schema/*.json, docs/configuration.md, AppConfig's schema of what is live and the Region table from the
    models and pinned data."""
    stale = []
    for path, text in outputs().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        typer.echo(f"{'stale' if check else 'written'}: {path.relative_to(CHECKOUT)}")
    if stale and check:
        typer.echo("run `foundation schema` and commit the result")
        raise typer.Exit(1)


def outputs() -> dict[Path, str]:
    """Every generated file of this checkout with the text that it should have."""
    schemas = {name: editor_schema(model, described) for name, (model, described, _) in FILES.items()}
    texts = {CHECKOUT / "config" / "schema" / f"{name}.json": _json(each) for name, each in schemas.items()}
    sections = [Section(heading, described, schemas[name]) for name, (_, described, heading) in FILES.items()]
    texts[LIVE_SCHEMA] = _json(draft_4(Document))
    texts[CHECKOUT / "docs" / "configuration.md"] = render(sections, CODES)
    texts[CHECKOUT / "stacks" / "settings" / "bedrock_regions.py"] = render_regions()
    return texts


def editor_schema(model: type[BaseModel], described: str) -> dict[str, Any]:
    """The model's JSON Schema with a dialect and a title, as YAML editors want it."""
    generated = model.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, **generated, "title": described}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
