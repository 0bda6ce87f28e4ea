"""What the platform does for each dimension, as the release's own catalog and configuration say it. A control is no evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.release.dossier import dimensions as d
from foundation.release.dossier.dimensions import Dimension
from genai_foundation.catalog import GuardrailSpec
from genai_foundation.catalog.guardrail import ContentFilter, PiiEntity, Regex
from genai_runtime.evaluation.reporting.text import count
from genai_runtime.evaluation.suite import Suite
from genai_runtime.release.manifest import ORDER, Manifest
from stacks.settings import Settings


@dataclass(frozen=True)
class Control:
    """What is done, and where that is written."""

    text: str
    source: str


@dataclass(frozen=True)
class Release:
    """What controls are read from."""

    settings: Settings
    manifest: Manifest
    suites: Sequence[Suite]
    """Those that must end with PROMOTE."""

    @property
    def guardrails(self) -> list[GuardrailSpec]:
        """Those that requests pass once the release is live."""
        used = {
            f"{versions.guardrail.name}-v{versions.guardrail.version}"
            for each in self.manifest.live.values()
            for versions in each.values()
        }
        return [
            self.settings.catalog.guardrails[name] for name in sorted(used) if name in self.settings.catalog.guardrails
        ]


def controls(dimension: Dimension, release: Release) -> list[Control]:
    """The controls of a dimension, most specific first."""
    return list(_CONTROLS[dimension](release))


def _privacy(release: Release) -> Iterator[Control]:
    for each in release.guardrails:
        policy = each.sensitive_information_policy
        if policy is None:
            continue
        done = [_actions(entity) for entity in policy.pii_entities]
        blocked = sum("BLOCK" in actions for actions in done)
        masked = sum("ANONYMIZE" in actions and "BLOCK" not in actions for actions in done)
        own = sum(_actions(regex) != {"NONE"} for regex in policy.regexes)
        yield Control(
            f"Guardrail {each.name} v{each.version} blocks {blocked} kinds of personal data and masks {masked}; "
            f"{count(own, 'pattern')} of its own",
            _guardrail_file(each),
        )
    yield Control(
        "Models are called through private endpoints, by roles of one use case each", "docs/security-model.md"
    )
    yield Control("Dev evaluates redacted copies of golden datasets", "docs/evaluation/suites.md")


def _safety(release: Release) -> Iterator[Control]:
    for each in release.guardrails:
        parts = []
        # What only reports a finding stops nothing.
        filters = [filter_.type.lower() for filter_ in _filters(each) if _stops(filter_)]
        if filters:
            parts.append("content filters " + ", ".join(filters))
        topics = each.topic_policy.topics if each.topic_policy else ()
        denied = [topic.name for topic in topics if "BLOCK" in (topic.input_action, topic.output_action)]
        if denied:
            parts.append("denied topics " + ", ".join(denied))
        if each.word_policy:
            parts.append("word lists")
        if parts:
            yield Control(f"Guardrail {each.name} v{each.version}: {'; '.join(parts)}", _guardrail_file(each))


def _transparency(release: Release) -> Iterator[Control]:
    yield Control(
        "Each answer and its audit record name release, prompt version, model and guardrail version",
        "docs/use-cases.md",
    )
    for each in release.guardrails:
        yield Control(
            f"Guardrail {each.name} v{each.version} tells the person that a request or an answer was withheld",
            _guardrail_file(each),
        )
    yield Control("Release notes are made from the manifest", "docs/releasing/dossier.md")


def _explainability(release: Release) -> Iterator[Control]:
    prompts = {
        f"{name}-v{version}"
        for each in release.manifest.live.values()
        for versions in each.values()
        for name, version in versions.prompts.items()
    }
    for name in sorted(prompts & release.settings.catalog.prompts.keys()):
        prompt = release.settings.catalog.prompts[name]
        if any(each.qualifier == "grounding_source" for each in prompt.variables):
            yield Control(
                f"Prompt {name} answers from passages that the caller gives with it", f"catalog/prompts/{name}.yaml"
            )
    yield Control("A blocked answer names the guardrail's findings", "docs/use-cases.md")


def _veracity(release: Release) -> Iterator[Control]:
    for each in release.guardrails:
        policy = each.contextual_grounding_policy
        thresholds = ", ".join(
            f"{filter_.type.lower()} {filter_.threshold:g}"
            for filter_ in (policy.filters if policy else ())
            if filter_.action == "BLOCK" and filter_.threshold
        )
        if thresholds:
            yield Control(f"Guardrail {each.name} v{each.version} checks answers: {thresholds}", _guardrail_file(each))
    for suite in release.suites:
        gating = [metric for metric in suite.metrics if metric.gating]
        yield Control(
            f"Suite {suite.name} must hold {len(gating)} thresholds with {suite.confidence:.0%} confidence",
            f"catalog/evaluations/{suite.name}/suite.yaml",
        )


def _fairness(release: Release) -> Iterator[Control]:
    for suite in release.suites:
        tags = sorted({tag for metric in suite.metrics if metric.gating for tag in metric.strata if tag in d.GROUPS})
        if tags:
            yield Control(
                f"Suite {suite.name} must hold its thresholds in every group of {', '.join(tags)} on its own",
                f"catalog/evaluations/{suite.name}/suite.yaml",
            )


def _controllability(release: Release) -> Iterator[Control]:
    wanted = release.settings.release
    if wanted is not None:
        yield Control(
            f"Two people approve, of {', '.join(release.manifest.approvers)}; evidence counts for "
            f"{release.manifest.evidence_days} days",
            "config/platform.yaml",
        )
    yield Control("Versions go back within seconds, without a deployment", "docs/releasing/rolling-back.md")
    yield Control(
        "Canaries, A/B tests and shadows end by themselves beyond their limits", "docs/releasing/live-versions.md"
    )
    for suite in release.suites:
        if suite.review:
            yield Control(
                f"Suite {suite.name}: people review {suite.review.cases} answers",
                f"catalog/evaluations/{suite.name}/suite.yaml",
            )


def _governance(release: Release) -> Iterator[Control]:
    yield Control(
        "Seals, verdicts, approvals and warrants are signed entries of a ledger",
        "docs/adr/0019-a-signed-ledger-and-warrants.md",
    )
    cases = {name for environment in ORDER for name in release.manifest.live.get(environment, {})}
    for case in release.settings.use_cases:
        if case.name in cases:
            given = [
                f"{kind} {approval.reference} by {approval.by} on {approval.on.isoformat()}"
                for kind, approval in (("legal", case.approvals.legal), ("risk", case.approvals.risk))
                if approval is not None
            ]
            yield Control(
                f"Use case {case.name}: {', '.join(given) or 'no review'}", f"config/use_cases/{case.name}.yaml"
            )


def _actions(found: PiiEntity | Regex) -> set[str]:
    """What is done to a request and to an answer."""
    return {found.input_action or found.action, found.output_action or found.action}


def _filters(guardrail: GuardrailSpec) -> Sequence[ContentFilter]:
    return guardrail.content_policy.filters if guardrail.content_policy else ()


def _stops(found: ContentFilter) -> bool:
    directions = ((found.input_strength, found.input_action), (found.output_strength, found.output_action))
    return any(strength != "NONE" and action == "BLOCK" for strength, action in directions)


def _guardrail_file(guardrail: GuardrailSpec) -> str:
    return f"catalog/guardrails/{guardrail.name}-v{guardrail.version}.yaml"


_CONTROLS: Final[Mapping[Dimension, Callable[[Release], Iterator[Control]]]] = {
    d.PRIVACY: _privacy,
    d.SAFETY: _safety,
    d.TRANSPARENCY: _transparency,
    d.EXPLAINABILITY: _explainability,
    d.VERACITY: _veracity,
    d.FAIRNESS: _fairness,
    d.CONTROLLABILITY: _controllability,
    d.GOVERNANCE: _governance,
}
