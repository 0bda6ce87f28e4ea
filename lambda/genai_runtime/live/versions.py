"""Versions laid over each other, and within what a use case may use. Pure."""

from collections.abc import Iterator

from genai_runtime.live.records import Document, Versions
from genai_runtime.model_access.contracts import UseCaseContract


def overlaid(base: Versions, over: Versions) -> Versions:
    """What `over` names takes the place of what `base` has. A prompt that `over` names without a model has its own again."""
    kept = {prompt: model for prompt, model in base.models.items() if prompt not in over.prompts}
    return Versions(prompts=base.prompts | over.prompts, models=kept | over.models, guardrail=over.guardrail)


def excess(document: Document, contract: UseCaseContract) -> tuple[str, ...]:
    """What the document names beyond the use case's contract; empty when nothing."""
    found = [f"use case {document.use_case!r}"] if document.use_case != contract.name else []
    found += _beyond(document.stable, contract)
    if document.experiment:
        found += _beyond(document.experiment.candidate, contract)
    return tuple(dict.fromkeys(found))


def _beyond(versions: Versions, contract: UseCaseContract) -> Iterator[str]:
    for prompt in sorted({*versions.prompts, *versions.models} - contract.prompts.keys()):
        yield f"prompt {prompt!r}"
    for model in sorted(set(versions.models.values()) - contract.models):
        yield f"model {model!r}"
    if versions.guardrail.name != contract.guardrail.name:
        yield f"guardrail {versions.guardrail.name!r}"
