"""GF-ACC-02N: what a use case names elsewhere exists and is allowed in its environments."""

from __future__ import annotations

from collections.abc import Iterator

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from genai_foundation.catalog.yaml_tree import Document, Node
from stacks.settings.checks.trees import approved, children, referred, texts
from stacks.settings.files import Files, roots
from stacks.settings.platform import ENVIRONMENTS


def check_use_case_links(files: Files) -> list[ConfigError]:
    """Models, guardrail, prompts and data producers of every use case."""
    errors: list[ConfigError] = []
    for case in roots(files.use_cases).values():
        errors += _models(files, case)
        errors += _exists(case.get("guardrail"), files.guardrails, "GF-CAT-035", "guardrail")
        for prompt in children(case, "prompts"):
            errors += _exists(prompt, files.prompts, "GF-CAT-036", "prompt")
            errors += _prompt_model(files, case, prompt)
        errors += _producers(files, case)
    return errors


def _environments(case: Node) -> list[str]:
    return [name for name, _ in texts(case, "environments") if name in ENVIRONMENTS]


def _models(files: Files, case: Node) -> Iterator[ConfigError]:
    for model, node in texts(case, "models"):
        for environment in _environments(case):
            allowed = approved(files, environment)
            if allowed is not None and model not in allowed:
                hint = guess(model, allowed, f"models approved in {environment}")
                yield node.error("GF-MOD-012", f"is not approved in {environment}: {hint}")


def _exists(node: Node | None, documents: dict[str, Document], code: str, what: str) -> list[ConfigError]:
    wanted = referred(node)
    if node is None or wanted is None or wanted in documents:
        return []
    text = f"there is no {what} {wanted} in the catalog: {guess(wanted, documents, 'known versions')}"
    return [node.error(code, text)]


def _prompt_model(files: Files, case: Node, prompt: Node) -> list[ConfigError]:
    """The prompt's own model is one that the use case may call (and with that, approved in its environments)."""
    wanted = referred(prompt)
    document = files.prompts.get(wanted) if wanted is not None else None
    model = document.root.text("model") if document is not None and document.root is not None else None
    allowed = {value for value, _ in texts(case, "models")}
    if model is None or not allowed or model in allowed:
        return []
    return [prompt.error("GF-ACC-020", f"is written for {model}, which the use case doesn't list: add it to models")]


def _producers(files: Files, case: Node) -> list[ConfigError]:
    root = files.platform.root
    if root is None:
        return []
    known = [name for each in children(root, "accounts", "data-producers") if (name := each.text("name")) is not None]
    unknown = [node for value, node in texts(case, "data_producers") if value not in known]
    text = "is not a data producer of platform.yaml"
    return [node.error("GF-ACC-021", f"{text}: {guess(node.value, known, 'data producers')}") for node in unknown]
