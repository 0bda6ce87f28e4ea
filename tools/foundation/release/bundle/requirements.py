"""What each environment's gate asks for, and what each use case uses once the release is live."""

from __future__ import annotations

from foundation.evaluation.check import check_suite
from foundation.evaluation.evaluate import check_scorable
from foundation.evaluation.options import suite_folder
from foundation.evaluation.prices import load_prices
from foundation.evaluation.resolve import Asked, Resolver
from foundation.evaluation.suites import load_suite
from foundation.release.errors import ReleaseError
from genai_foundation.catalog import ConfigErrors
from genai_runtime.live.records import GuardrailVersion, Versions
from genai_runtime.release.manifest import ORDER, UNRESOLVED, Requirement
from stacks.settings import Environment, Settings, default_catalog
from stacks.settings.platform import Release

REQUESTED_BY = "release pipeline"


def pipeline_of(settings: Settings) -> Release:
    """The configuration's release section. Raises ReleaseError GF-REL-406 without one."""
    if settings.release is None:
        raise ReleaseError(
            "GF-REL-406",
            f"{settings.config}/platform.yaml has no release: add it (docs/configuration.md), or deploy with `make deploy`",
        )
    return settings.release


def requirements(settings: Settings) -> tuple[Requirement, ...]:
    """Every evaluation of every environment, resolved as far as that goes before a deployment.

    Raises ReleaseError, EvaluationError and ConfigErrors, all before anything is built: a release whose gate can't decide
    is none.
    """
    release = pipeline_of(settings)
    prices = load_prices(default_catalog(settings.config) / "prices.yaml")
    return tuple(
        _requirement(settings, Resolver(settings, environment, None, prices), suite, release.smoke_cases)
        for environment in ORDER
        for suite in release.gates.get(environment, ())
    )


def _requirement(settings: Settings, resolver: Resolver, suite: str, smoke_cases: int) -> Requirement:
    folder = suite_folder(settings, suite)
    if faults := [problem.error for problem in check_suite(folder, settings) if problem.blocking]:
        raise ConfigErrors(faults)
    loaded = load_suite(folder)
    smoke = resolver.environment == "prod"
    cases = min(smoke_cases, len(loaded.cases)) if smoke else None
    request = resolver.request(loaded, Asked(cases=cases, requested_by=REQUESTED_BY))
    check_scorable(loaded, request)
    return Requirement(
        environment=resolver.environment,
        purpose="smoke" if smoke else "gate",
        request=request.model_copy(update={"run": UNRESOLVED}),
    )


def live(settings: Settings) -> dict[Environment, dict[str, Versions]]:
    """By environment and use case: the contract's prompts and guardrail, each prompt with its own model."""
    return {
        environment: {
            case.name: Versions(
                prompts={prompt.name: prompt.version for prompt in case.prompts},
                guardrail=GuardrailVersion(name=case.guardrail.name, version=case.guardrail.version),
            )
            for case in settings.use_cases_in(environment)
        }
        for environment in ORDER
    }
