"""Puts the simulation into an imported ministack, and changes its settings at run time."""

from __future__ import annotations

from typing import Any

from ministack.services import bedrock, bedrock_runtime
from pydantic import ValidationError

from foundation.local.bedrock import control
from foundation.local.bedrock.evaluation_jobs import install as evaluation_jobs
from foundation.local.bedrock.model_table import SOURCE_REGIONS, table
from foundation.local.bedrock.routes import with_simulation
from foundation.local.bedrock.settings import BedrockSettings
from foundation.local.bedrock.simulation import Simulation
from foundation.local.patches.base import Patch

_simulation = Simulation(
    BedrockSettings(), control.guardrail_policy, control.application_profile, control.prompt_version
)
_installed = BedrockSettings()


def _runtime() -> None:
    bedrock_runtime.handle_request = with_simulation(bedrock_runtime.handle_request, _simulation)


def _catalog() -> None:
    bedrock._INFERENCE_PROFILE_PREFIXES = tuple(SOURCE_REGIONS)


PATCHES = (
    Patch(
        "bedrock-runtime",
        "services.bedrock_runtime answers with a hash of the prompt for any model id, judges words and a few PII patterns "
        "only, and sends a stream's events in one piece",
        "applications must get answers from their context, refusals by their guardrail, and AWS's errors",
        _runtime,
    ),
    Patch(
        "bedrock-catalog",
        "services.bedrock lists models of 2024 without Cohere's embeddings and global inference profiles",
        "GetFoundationModel and application inference profiles must know the models that Converse knows",
        _catalog,
    ),
    *evaluation_jobs.PATCHES,
)
_is_patched = False


def install(settings: BedrockSettings) -> None:
    """Patch ministack once, and take the settings; again: take the settings only."""
    global _installed, _is_patched
    if not _is_patched:
        for patch in PATCHES:
            patch.apply()
        _is_patched = True
    _installed = settings
    _change(settings)


def _change(settings: BedrockSettings) -> None:
    _simulation.change(settings, table(settings.models, bedrock._CATALOG))


def admin(method: str, body: Any) -> tuple[int, dict[str, Any]]:
    """`/_foundation/model`: GET reads the settings, PUT replaces them, DELETE goes back to those of `install`.

    GET also tells `calls`: conversations by model id that the quotas admitted since the process started; PUT ignores it.

    Every change refills the quotas; a PUT without `models` keeps those that there are. Answers 400 with GF-BEDROCK-001
    for settings that don't fit, 405 for another method.
    """
    if method == "PUT":
        try:
            given = {name: body[name] for name in body if name != "calls"} if isinstance(body, dict) else body
            settings = BedrockSettings.model_validate(given)
            kept = {} if "models" in settings.model_fields_set else {"models": _simulation.settings.models}
            _change(settings.model_copy(update=kept))
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            return 400, {"code": "GF-BEDROCK-001", "message": f"model settings don't fit: {faults}"}
    elif method == "DELETE":
        _change(_installed)
    elif method != "GET":
        return 405, {"code": "GF-BEDROCK-002", "message": f"model settings take GET, PUT or DELETE, not {method}"}
    else:
        return 200, _simulation.settings.model_dump(mode="json") | {"calls": _simulation.calls}
    return 200, _simulation.settings.model_dump(mode="json")
