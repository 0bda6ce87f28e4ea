"""Which arm of an experiment a request belongs to. Pure: the same answer in every process, without asking anybody."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from genai_runtime.live.records import Document, Experiment, Versions
from genai_runtime.live.versions import overlaid

Arm = Literal["stable", "candidate"]


@dataclass(frozen=True)
class Route:
    """How a request is answered.

    :param versions: what it is answered with; what they don't name is the contract's
    :param manifest: the release that they come from, if from one
    :param experiment: the experiment that it is counted in; None where it takes no part
    :param copied: the candidate is asked too, afterwards
    """

    versions: Versions
    manifest: str | None
    arm: Arm = "stable"
    experiment: str | None = None
    copied: bool = False


def position(experiment: str, unit: str) -> float:
    """Where a unit lies in [0, 1): uniform over units, and independent between experiments."""
    digest = hashlib.sha256(f"{experiment}\n{unit}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def route(document: Document, *, prompt: str, user: str | None, request_id: str, chosen_model: bool = False) -> Route:
    """The versions for a request.

    A caller that chooses a model itself gets it, with everything else as it is live, and isn't counted: its answers would
    tell nothing about the candidate's model.
    """
    stable, experiment = document.stable, document.experiment
    outside = Route(stable, document.manifest)
    if experiment is None or chosen_model or not concerns(experiment, stable, prompt):
        return outside
    unit = _unit(experiment, user, request_id)
    if unit is None:
        return outside
    chosen = position(experiment.id, unit) < experiment.share
    if experiment.kind == "shadow":
        return replace(outside, experiment=experiment.id, copied=True) if chosen else outside
    if chosen:
        return Route(overlaid(stable, experiment.candidate), experiment.manifest, "candidate", experiment.id)
    return replace(outside, experiment=experiment.id)


def concerns(experiment: Experiment, stable: Versions, prompt: str) -> bool:
    """Whether the candidate is about the prompt: it names it, or all are guarded otherwise."""
    candidate = experiment.candidate
    return prompt in candidate.prompts or prompt in candidate.models or candidate.guardrail != stable.guardrail


def _unit(experiment: Experiment, user: str | None, request_id: str) -> str | None:
    match experiment.kind:
        case "ab":
            return user
        case "canary":
            return user or request_id
        case "shadow":
            return request_id
