"""Release notes in Markdown: what is released in which versions, what changed, which thresholds hold (ACC-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foundation.release.bundle.changes import as_markdown
from foundation.release.dossier.facts import Facts
from foundation.release.dossier.limits import known_limits
from foundation.release.dossier.runs import Run
from genai_foundation.catalog import PromptSpec
from genai_runtime.evaluation.reporting.comment import markdown
from genai_runtime.evaluation.reporting.text import figure, span
from genai_runtime.release.manifest import ORDER, Item


def release_notes(facts: Facts) -> str:
    """`release-notes.md`. The same facts give the same text."""
    parts = [
        _head(facts),
        _changed(facts),
        _live(facts),
        *(_items(facts, kind, heading) for kind, heading in (
            ("prompt", "Prompts and their LLM configuration"), ("guardrail", "Guardrails"), ("model", "Models"),
            ("dataset", "Datasets"), ("flow", "Flows"), ("tool", "Agents and tools"), ("configuration", "Configuration"),
            ("prices", "Prices"), ("code", "Code"),
        )),
        _thresholds(facts),
        _results(facts),
        _people(facts),
        _bullets("Known limits", known_limits(facts), "None is known."),
        f"Responsible-AI documentation: `dossier.html` beside this file, of the same manifest, as of {facts.as_of}.\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _head(facts: Facts) -> str:
    manifest = facts.manifest
    subject = markdown(manifest.subject) or "no subject"
    return (
        f"# Release {facts.hash[:12]}\n\n{subject}\n\n"
        f"- manifest `{facts.hash}`\n- commit `{manifest.commit}` by {markdown(manifest.author)}, {manifest.committed_at}\n"
        f"- bill of materials `{facts.materials.sha256}`, {_materials(facts)}\n"
    )


def _materials(facts: Facts) -> str:
    if facts.materials.problem:
        return facts.materials.problem
    packages = ", ".join(f"{number:,} packages of {kind}" for kind, number in sorted(facts.materials.packages.items()))
    return f"{packages} in {len(facts.materials.locks)} lock files"


def _changed(facts: Facts) -> str:
    if facts.before is None:
        return "## What changed\n\nNothing was released to production before it.\n"
    found = f"It can't be told: {markdown(facts.changes_problem, 600)}.\n" if facts.changes_problem else ""
    return f"## What changed since {facts.before[:12]}\n\n{found or as_markdown(facts.changes)}"


def _live(facts: Facts) -> str:
    rows = []
    for environment in ORDER:
        for name, versions in sorted(facts.manifest.live.get(environment, {}).items()):
            prompts = ", ".join(f"{prompt} v{version}" for prompt, version in sorted(versions.prompts.items()))
            models = ", ".join(f"{prompt}: {model}" for prompt, model in sorted(versions.models.items()))
            guardrail = f"{versions.guardrail.name} v{versions.guardrail.version}"
            rows.append([environment, name, prompts, models or "each prompt's own", guardrail])
    return "## What use cases use\n\n" + table(["environment", "use case", "prompts", "models", "guardrail"], rows)


def _items(facts: Facts, kind: str, heading: str) -> str:
    found = [item for item in facts.manifest.items if item.kind == kind]
    if not found:
        return f"## {heading}\n\nNone.\n"
    if kind == "prompt":
        rows = [_prompt(item, facts.settings.catalog.prompts.get(item.name)) for item in found]
        return f"## {heading}\n\n" + table(["prompt", "model", "inference", "SHA-256"], rows)
    return f"## {heading}\n\n" + table(["name", "SHA-256"], [[item.name, f"`{item.sha256[:16]}`"] for item in found])


def _prompt(item: Item, spec: PromptSpec | None) -> list[str]:
    if spec is None:
        return [item.name, "", "", f"`{item.sha256[:16]}`"]
    said = {
        "max tokens": spec.inference.max_tokens, "temperature": spec.inference.temperature, "top p": spec.inference.top_p,
    }  # fmt: skip
    inference = ", ".join(f"{name} {value:g}" for name, value in said.items() if value is not None)
    return [item.name, spec.model, inference, f"`{item.sha256[:16]}`"]


def _thresholds(facts: Facts) -> str:
    hashes = {item.name: item.sha256 for item in facts.manifest.items if item.kind == "threshold"}
    gates = {
        name: ", ".join(
            f"{each.environment} ({each.purpose})" for each in facts.manifest.requirements if each.request.suite == name
        )
        for name in hashes
    }
    rows = [
        [
            name, gates[name] or "no gate", metric.name, "gating" if metric.gating else "informative", f"{metric.threshold:g}",
            f"{metric.allowed_regression:g}", ", ".join(metric.strata) or "–",
        ]
        for name, each in sorted(facts.suites.items()) if name in hashes
        for metric in each.suite.metrics
    ]  # fmt: skip
    head = ["suite", "gates", "metric", "", "at least", "allowed regression", "strata"]
    return "## Quality thresholds\n\n" + table(head, rows)


def _results(facts: Facts) -> str:
    if not facts.runs:
        return "## Results\n\nNo evaluation so far.\n"
    rows = [row for run in facts.runs for row in _metrics(run)]
    return "## Results\n\n" + table(["environment", "suite", "metric", "estimate", "interval", "decision"], rows)


def _metrics(run: Run) -> Iterator[list[str]]:
    name = f"{run.evidence.suite} (`{run.evidence.run}`)"
    if run.result is None:
        yield [run.environment, name, "–", "–", "–", f"{run.evidence.decision}; {run.problem}"]
        return
    for candidate in run.result.gate.candidates:
        where = f"{run.asked(candidate.candidate).removeprefix(f'{run.environment}, ')} (`{run.evidence.run}`)"
        for metric in candidate.metrics:
            kind = metric.name if metric.gating else f"{metric.name} (informative)"
            yield [run.environment, where, kind, figure(metric.estimate), span(metric.interval), metric.decision]


def _people(facts: Facts) -> str:
    rows = [
        [role, markdown(given.by), given.at, markdown(given.comment)] if given else [role, "not yet", "–", "–"]
        for role, given in facts.approvals.items()
    ]
    return "## Approvals\n\n" + table(["role", "by", "at", "comment"], rows)


def _bullets(heading: str, lines: Sequence[str], none: str) -> str:
    return f"## {heading}\n\n" + ("".join(f"- {markdown(each, 600)}\n" for each in lines) or f"{none}\n")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; no cell breaks it."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') or ' ' for cell in line)} |\n" for line in lines)
