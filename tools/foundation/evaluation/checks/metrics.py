"""GF-EVAL-012 to 014: metrics that are unknown, misconfigured, or that no case can feed."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError
from genai_foundation.catalog.yaml_tree import Node
from genai_runtime.evaluation.jobs.errors import JobFailed
from genai_runtime.evaluation.jobs.names import managed
from genai_runtime.evaluation.metrics import registry
from genai_runtime.evaluation.metrics.errors import MetricError
from genai_runtime.evaluation.suite import MetricSpec, Suite

_STEPS = {"judge": "judge", "judge-preference": "judge", "human-review": "review"}


def check_metrics(found: ReadSuite) -> Iterator[ConfigError]:
    """Each metric of the suite against the registry and the cases."""
    if found.suite is None or found.tree is None:
        return
    yield from _jobs(found.suite, found.tree)
    for index, spec in enumerate(found.suite.metrics):
        place = found.tree.get("metrics", index) or found.tree
        if spec.registered in registry.OTHER_STEPS:
            yield from _step(found.suite, spec, place)
        else:
            yield from _scored(found, spec, place)


def _scored(found: ReadSuite, spec: MetricSpec, place: Node) -> Iterator[ConfigError]:
    try:
        metric = registry.find(spec.registered)
    except MetricError as error:
        yield ConfigError("GF-EVAL-012", place.file, place.line, f"{place.key}.name", "", error.message)
        return
    try:
        metric.options.model_validate(spec.options)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            key = f"{place.key}.options.{'.'.join(map(str, each['loc']))}"
            text = f"is not an option that {spec.registered} takes ({each['msg'].lower()}): correct it"
            yield ConfigError("GF-EVAL-013", place.file, place.line, key, "", text)
    kinds = spec.kinds
    if not any(metric.applies(case) and (not kinds or case.kind in kinds) for case in found.cases.values()):
        wanted = " and ".join(metric.needs) or "any case"
        scope = f" of the kinds {', '.join(kinds)}" if kinds else ""
        text = f"metric {spec.name} needs {wanted}, which no case{scope} has: add such cases or drop the metric"
        yield ConfigError("GF-EVAL-014", place.file, place.line, place.key, "", text)


def _jobs(suite: Suite, tree: Node) -> Iterator[ConfigError]:
    if suite.engine != "bedrock-job":
        return
    try:
        managed(suite)
    except JobFailed as error:
        place = tree.get("engine") or tree
        yield ConfigError("GF-EVAL-014", place.file, place.line, "engine", "", error.message)


def _step(suite: Suite, spec: MetricSpec, place: Node) -> Iterator[ConfigError]:
    if suite.engine == "bedrock-job":  # a job computes it
        return
    section = _STEPS[spec.registered]
    if getattr(suite, section) is None:
        text = (
            f"metric {spec.name} comes from {section}, which the suite doesn't have: add {section} or drop the metric"
        )
        yield ConfigError("GF-EVAL-014", place.file, place.line, place.key, "", text)
