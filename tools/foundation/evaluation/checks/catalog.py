"""GF-EVAL-017 to 021: what a suite names, against the catalog and the settings."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError, PromptSpec
from genai_foundation.catalog.names import reference
from genai_foundation.catalog.validation import guess
from stacks.settings import ENVIRONMENTS, Settings

CONTEXT_VARIABLE = "context"


def check_catalog(found: ReadSuite, settings: Settings) -> Iterator[ConfigError]:
    """Prompt, models and guardrail exist; each case fills the prompt's variables within their limits."""
    suite, tree = found.suite, found.tree
    if suite is None or tree is None:
        return
    name = reference(suite.prompt.name, suite.prompt.version)
    prompt = settings.catalog.prompts.get(name)
    if prompt is None:
        text = f"{name} is no released prompt: {guess(name, settings.catalog.prompts, 'use one of')}"
        yield tree.children["prompt"].error("GF-EVAL-017", text)
    else:
        yield from _variables(found, prompt)
    if suite.guardrail is not None:
        name = reference(suite.guardrail.name, suite.guardrail.version)
        if name not in settings.catalog.guardrails:
            text = f"{name} is no released guardrail: {guess(name, settings.catalog.guardrails, 'use one of')}"
            yield tree.children["guardrail"].error("GF-EVAL-019", text)
    answering = {each.id for env in ENVIRONMENTS for each in settings.models_for(env) if each.spec.converses}
    judge = [("judge.model", suite.judge.model)] if suite.judge else []
    for key, model in [*((f"models[{index}]", each) for index, each in enumerate(suite.models)), *judge]:
        if model not in answering:
            place = tree.get("judge", "model") if key.startswith("judge") else tree.get("models")
            text = f"{model} answers in text in no environment: {guess(model, answering, 'use one of')}"
            yield ConfigError("GF-EVAL-018", tree.file, place.line if place else 0, key, "", text)


def _variables(found: ReadSuite, prompt: PromptSpec) -> Iterator[ConfigError]:
    wanted = {variable.name for variable in prompt.variables}
    for line, case in found.cases.items():
        if case.variables is None:
            continue
        values = dict(case.variables)
        if case.context:
            values.setdefault(CONTEXT_VARIABLE, "\n".join(f"[{each.id}] {each.text}" for each in case.context))
        if values.keys() != wanted:
            missing, more = sorted(wanted - values.keys()), sorted(values.keys() - wanted)
            text = f"doesn't fill prompt {prompt.reference}: missing {missing or 'none'}, not in the prompt {more or 'none'}"
            yield found.error("GF-EVAL-020", line, "variables", f"{text}; give exactly {sorted(wanted)}")
            continue
        for name, value in values.items():
            most = prompt.variable(name).max_characters
            if len(value) > most or not value.strip():
                text = (
                    f"has {len(value)} characters and prompt {prompt.reference} takes 1 to {most}: shorten or fill it"
                )
                yield found.error("GF-EVAL-021", line, f"variables.{name}", text)
