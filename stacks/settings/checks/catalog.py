"""GF-CFG-016 file names, GF-CAT-03N prompts against their models."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.checks.trees import approved, hub, referred, texts
from stacks.settings.files import Files, roots
from stacks.settings.platform import ENVIRONMENTS


def check_names(files: Files) -> list[ConfigError]:
    """A catalog file is NAME-vN.yaml, a use case file NAME.yaml: what is inside has the same name and version."""
    errors = []
    for documents in (files.guardrails, files.prompts):
        for stem, root in roots(documents).items():
            inside = referred(root)
            if inside is not None and inside != stem:
                text = f"holds {inside}: name the file {inside}.yaml, or correct name and version"
                errors.append(_name(root).error("GF-CFG-016", text))
    for stem, root in roots(files.use_cases).items():
        name = root.text("name")
        if name is not None and name != stem:
            errors.append(
                _name(root).error("GF-CFG-016", f"is in {stem}.yaml: name the file {name}.yaml, or correct the name")
            )
    return errors


def _name(root: Node) -> Node:
    return root.children.get("name", root)


def check_prompts(files: Files) -> list[ConfigError]:
    """A prompt's model is known, answers in text, is approved somewhere, and is large enough."""
    errors: list[ConfigError] = []
    models = hub(files)
    for prompt in roots(files.prompts).values():
        wanted = prompt.get("model")
        if models is None or wanted is None or not isinstance(wanted.value, str):
            continue
        model = models.get(wanted.value)
        if model is None:
            text = f"is not in {files.models.file}: {guess(wanted.value, models, 'add it there, or use one of')}"
            errors.append(wanted.error("GF-CAT-030", text))
            continue
        errors += _suits(wanted, model) + _approved_somewhere(files, wanted) + _fits(prompt, model)
    return errors


def _suits(wanted: Node, model: Node) -> list[ConfigError]:
    outputs = [value for value, _ in texts(model, "output_modalities")]
    if not outputs or "TEXT" in outputs:
        return []
    return [wanted.error("GF-CAT-031", f"returns {', '.join(outputs)}, not text: choose a model that answers in text")]


def _approved_somewhere(files: Files, wanted: Node) -> list[ConfigError]:
    lists = [approved(files, environment) for environment in ENVIRONMENTS]
    if any(each is None or wanted.value in each for each in lists):
        return []
    return [
        wanted.error("GF-CAT-032", "is approved in no environment: approve it in platform.yaml or change the prompt")
    ]


def _fits(prompt: Node, model: Node) -> list[ConfigError]:
    errors = []
    window, longest = model.integer("context_window"), model.integer("max_output_tokens")
    given, answer = prompt.get("max_input_tokens"), prompt.get("inference", "max_tokens")
    tokens, answered = prompt.integer("max_input_tokens"), prompt.integer("inference", "max_tokens")
    if answer is not None and answered is not None and longest is not None and answered > longest:
        errors.append(answer.error("GF-CAT-033", f"is over the model's longest answer: write at most {longest}"))
    if given is not None and tokens is not None and window is not None and tokens + (answered or 0) > window:
        text = f"and inference.max_tokens are over the model's context window of {window} tokens: lower one of them"
        errors.append(given.error("GF-CAT-034", text))
    return errors
