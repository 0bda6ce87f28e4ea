"""What is live, and how an experiment stands, in a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from foundation.release.people.live import LiveUseCase, contract_versions
from genai_runtime.live.online import harm
from genai_runtime.live.online.experiment import decide
from genai_runtime.live.online.records import ExperimentState
from genai_runtime.live.records import Experiment, LogRecord, Versions


def as_data(live: LiveUseCase) -> dict[str, Any]:
    """For `--json`: the document, and the running or last experiment with its counts."""
    newest = live.newest()
    experiment = _shown_experiment(live)
    state = live.counts(experiment.id) if experiment else None
    return {
        "environment": live.environment,
        "use_case": live.name,
        "live": newest.model_dump(mode="json") if newest else None,
        "versions": (newest.document.stable if newest else contract_versions(live.contract)).model_dump(mode="json"),
        "experiment": experiment.model_dump(mode="json") if experiment else None,
        "standing": _standing(state) if state else None,
    }


def show(console: Console, live: LiveUseCase) -> None:
    """The versions, and an experiment's limits and harm."""
    newest = live.newest()
    versions = newest.document.stable if newest else contract_versions(live.contract)
    where = f"{live.name} in {live.environment}"
    if newest is None:
        console.print(f"{where}: no release yet, the contract's versions are live", highlight=False)
    else:
        release = (newest.document.manifest or "none")[:12]
        said = f"{where}: record {newest.document.sequence} of {newest.at} by {newest.by}, release {release}"
        console.print(said, highlight=False, markup=False, soft_wrap=True)
    console.print(_versions(versions))
    experiment = _shown_experiment(live)
    if experiment:
        running = newest is not None and newest.document.experiment is not None
        _show_experiment(console, experiment, live.counts(experiment.id), running=running)


def history_table(records: tuple[LogRecord, ...]) -> Table:
    """Every change, newest last."""
    table = Table(title="history", title_justify="left")
    for heading in ("record", "at", "what", "by", "release", "why"):
        table.add_column(heading, overflow="fold")
    for each in records:
        experiment = each.document.experiment
        what = f"{each.action} {experiment.id}" if each.action == "experiment" and experiment else each.action
        release = (each.document.manifest or "")[:12]
        table.add_row(str(each.document.sequence), each.at, what, each.by, release, each.reason)
    return table


def _shown_experiment(live: LiveUseCase) -> Experiment | None:
    """The running experiment, else the last one: what it did is of interest after it ended too."""
    found = [each.document.experiment for each in live.history() if each.document.experiment]
    return found[-1] if found else None


def _versions(versions: Versions) -> Table:
    table = Table()
    for heading in ("prompt", "version", "model"):
        table.add_column(heading)
    for name, version in sorted(versions.prompts.items()):
        table.add_row(name, str(version), versions.models.get(name, "its own"))
    table.caption = f"guardrail {versions.guardrail.name} v{versions.guardrail.version}"
    return table


def _standing(state: ExperimentState) -> dict[str, Any]:
    found = decide(state)
    return {
        "state": found.state,
        "counted": found.counted,
        "reason": found.reason,
        "limits": [
            {"metric": each.limit.metric, "limit": each.limit.share, "bad": each.tally.bad, "of": each.tally.of,
             "low": each.low, "high": each.high}
            for each in found.limits
        ],
        "harm": [
            {"metric": each.limit.metric, "harmed": each.harmed, "until_detected": each.detected.bad,
             "after": each.late.bad, "beyond_live": each.beyond}
            for each in harm.report(state)
        ],
    }  # fmt: skip


def _show_experiment(console: Console, experiment: Experiment, state: ExperimentState | None, *, running: bool) -> None:
    said = f"{experiment.kind} {experiment.id}, share {experiment.share:g}, since {experiment.started_at}"
    console.print(f"{said}: {'runs' if running else 'ended'}", highlight=False, markup=False)
    if state is None:
        console.print("  nothing is observed yet", highlight=False)
        return
    standing = _standing(state)
    table = Table()
    for heading in ("metric", "limit", "counted", "share lies between"):
        table.add_column(heading)
    for each in standing["limits"]:
        between = f"{each['low']:.3f} and {each['high']:.3f}"
        table.add_row(each["metric"], f"{each['limit']:g}", f"{each['bad']} of {each['of']}", between)
    console.print(table)
    console.print(f"  {standing['state']}: {standing['reason']}", highlight=False, markup=False, soft_wrap=True)
    for each in standing["harm"]:
        console.print(
            f"  {each['metric']}: {each['harmed']} requests of users went wrong with the candidate, "
            f"{each['until_detected']} until that was detected and {each['after']} until the last function had switched; "
            f"about {each['beyond_live']:.1f} of them only because of it",
            highlight=False,
            soft_wrap=True,
        )
