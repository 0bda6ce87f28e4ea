"""Which models each account may use, from the configuration that the templates came from."""

from pathlib import Path

from foundation.checks.errors import GateError
from stacks.settings import ConfigErrors, load_settings


def approved_models(config: Path) -> dict[str, frozenset[str]]:
    """Ids of approved models and inference profiles by stage.

    Data governance may use what production may: it embeds the documents that production answers from.
    Other accounts that run no workload may use none.

    Raises GateError (GF-CHECK-002) when the configuration isn't valid.
    """
    try:
        settings = load_settings(config)
    except ConfigErrors as errors:
        raise GateError(
            "GF-CHECK-002", f"{config} isn't valid, so approved models are unknown; run `foundation validate`\n{errors}"
        ) from errors
    models: dict[str, frozenset[str]] = {}
    for account in settings.accounts:
        environment = "prod" if account.role == "data-governance" else account.environment
        approved = settings.models_for(environment) if environment else ()
        ids = {model.id for model in approved} | {profile.id for model in approved for profile in model.profiles}
        models[account.stage] = frozenset(ids)
    return models
