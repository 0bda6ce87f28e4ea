"""What is known not to be known: collected from verdicts, strata, suites and the dimensions without evidence."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.release.dossier.dimensions import DIMENSIONS, GOVERNANCE, Dimension, measurable_by, measured
from foundation.release.dossier.facts import Facts
from foundation.release.dossier.runs import Run, latest_verdicts
from genai_runtime.evaluation.reporting.text import count, figure, span
from genai_runtime.evaluation.verdict import CandidateResult, MetricResult
from genai_runtime.release.records import Refused

FEW_CASES = 30
"""Of a stratum; fewer say little."""


def known_limits(facts: Facts) -> list[str]:
    """Sentences, the weightiest first: verdicts, results, dimensions, the ledger."""
    found = [
        *(
            f"{each.environment} refused it: {'; '.join(each.reasons)}"
            for each in latest_verdicts(facts.lines)
            if isinstance(each, Refused)
        ),
        *(line for run in facts.runs for line in _of_run(run)),
        *_requirements(facts),
        *(no_evidence(each, facts) for each in without_evidence(facts)),
        *_guardrails(facts),
        *(
            f"Ledger entry {line.key} isn't genuine: {line.problem}"
            for line in facts.lines
            if line.signature == "refused"
        ),
    ]
    if facts.changes_problem:
        found.append(f"What changed can't be told: {facts.changes_problem}.")
    if facts.materials.problem:
        found.append(f"The bill of materials: {facts.materials.problem}.")
    return list(dict.fromkeys(found))


def without_evidence(facts: Facts) -> list[Dimension]:
    """Dimensions that no run of this release measured. Governance's evidence is the ledger."""
    return [each for each in DIMENSIONS if each != GOVERNANCE and not any(measured(each, facts.runs))]


def no_evidence(dimension: Dimension, facts: Facts) -> str:
    """What is missing, and which suite would close the gap."""
    suites = [name for name, each in sorted(facts.suites.items()) if measurable_by(dimension, each.suite)]
    gated = {each.suite.name for each in facts.gated}
    asked = [name for name in suites if name in gated]
    if asked:
        return (
            f"{dimension.name}: no evidence yet; {', '.join(asked)} measures it, in a gate that has no result so far."
        )
    if suites:
        return (
            f"{dimension.name}: no evidence; {', '.join(suites)} could measure it, and no gate of this release asks it."
        )
    return f"{dimension.name}: no evidence; no suite of the catalog measures it."


def _of_run(run: Run) -> Iterator[str]:
    if run.result is None:
        yield f"{run.where}: {run.problem}."
        return
    for candidate in run.result.gate.candidates:
        yield from (f"{run.asked(candidate.candidate)}: {line}" for line in _of_candidate(candidate))
    kappa = run.result.gate.judge_kappa
    if run.suite.judge and kappa is not None and kappa < run.suite.judge.minimum_kappa:
        least = run.suite.judge.minimum_kappa
        yield f"{run.where}: judge and people agree with kappa {figure(kappa)}, below {least:g}: its metrics don't gate."
    if run.environment == "dev":
        yield f"{run.where}: asked from a redacted copy of the dataset."


def _of_candidate(candidate: CandidateResult) -> Iterator[str]:
    if candidate.decision != "PROMOTE":
        yield f"{candidate.decision}: {' '.join(candidate.reasons)}"
    if candidate.severe_failures:
        yield f"{count(len(candidate.severe_failures), 'severe failure')}: {', '.join(candidate.severe_failures[:5])}."
    for metric in candidate.metrics:
        yield from _of_metric(metric)
    for limit in candidate.limits:
        if limit.decision != "PROMOTE":
            yield f"limit {limit.name} {limit.decision}: {limit.reason}."


def _of_metric(metric: MetricResult) -> Iterator[str]:
    if metric.decision != "PROMOTE" and not metric.gating:
        yield (
            f"{metric.name} (informative) is {figure(metric.estimate)} ({span(metric.interval)}), wanted is "
            f"{metric.threshold:g}: {metric.decision}."
        )
    if metric.undecided:
        yield f"{metric.name}: {count(metric.undecided, 'case')} without a value, of {metric.cases + metric.undecided:,}."
    few = [each for each in metric.strata if each.cases < FEW_CASES]
    if few:
        groups = ", ".join(f"{each.tag} {each.value} ({each.cases})" for each in few)
        yield f"{metric.name}: fewer than {FEW_CASES} cases in {groups}."
    held = [each for each in metric.strata if each.decision != "PROMOTE"]
    if held:
        groups = ", ".join(f"{each.tag} {each.value} ({each.decision}, {figure(each.estimate)})" for each in held)
        yield f"{metric.name} isn't shown to hold in {groups}."


def _requirements(facts: Facts) -> Iterator[str]:
    done = {(run.environment, run.evidence.suite) for run in facts.runs}
    for each in facts.manifest.requirements:
        where = f"{each.environment}, {each.request.suite}"
        if (each.environment, each.request.suite) not in done:
            yield f"{where}: not evaluated so far."
        elif each.purpose == "smoke":
            yield f"{where}: {each.request.cases} cases after the deployment find gross faults only."


def _guardrails(facts: Facts) -> Iterator[str]:
    """False positives are known only where harmless questions were asked too."""
    asked = [
        metric.name
        for each in facts.gated
        for metric in each.suite.metrics
        if metric.registered == "refusal" and "safety" not in metric.kinds
    ]
    if not asked:
        yield "How often guardrails refuse harmless requests isn't measured by any gate of this release."
