"""GF-MOD-013, 014: models that the evaluation names."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from stacks.settings.checks.trees import approved, hub, texts
from stacks.settings.files import Files
from stacks.settings.platform import ENVIRONMENTS


def check_evaluation(files: Files) -> list[ConfigError]:
    """Judges and quotas name models that an environment approves."""
    root = files.platform.root
    lists = {environment: approved(files, environment) or {} for environment in ENVIRONMENTS}
    known = {model for models in lists.values() for model in models}
    errors = []
    for judge, node in texts(root, "evaluation", "judges"):
        if judge not in known:
            errors.append(
                node.error("GF-MOD-013", f"is approved in no environment: {guess(judge, known, 'use one of')}")
            )
        elif not _answers_in_text(files, judge):
            errors.append(node.error("GF-MOD-013", "doesn't answer in text: use a model that does"))
    quotas = root.get("evaluation", "quotas") if root is not None else None
    for environment, models in quotas.items() if quotas is not None else ():
        here = next((lists[each] for each in ENVIRONMENTS if each == environment), {})
        for model, node in models.items():
            if here and str(model) not in here:
                text = f"is not approved in {environment}: {guess(str(model), here, 'remove it, or use one of')}"
                errors.append(node.error("GF-MOD-014", text))
    return errors


def _answers_in_text(files: Files, model: str) -> bool:
    described = (hub(files) or {}).get(model)
    outputs = [value for value, _ in texts(described, "output_modalities")]
    return not outputs or "TEXT" in outputs
