"""`python -m foundation.bench`: every section in turn, tables, bench.json; exit code 1 when a section failed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from foundation.bench import demo, findings, gate, lint, requests, synth, target
from foundation.bench.document import document, write
from foundation.bench.evaluation import overhead, peers, quota, resume, scoring
from foundation.bench.figures import Figure
from foundation.bench.machine import load, machine, versions
from foundation.bench.peer import node
from foundation.bench.release import detection
from foundation.bench.run import FAILED, LEFT_OUT, Bench, Runs, Section, run_section
from foundation.bench.show import show
from foundation.cdk import ROOT
from foundation.options import DEFAULT_CONFIG, Config
from stacks.settings import ConfigErrors, load_settings

OUT: Final = Path("build/bench")
SECTIONS: Final[dict[str, Callable[[Bench], list[Figure]]]] = {
    "synth": synth.synth,
    "lint": lint.lint,
    "findings": findings.findings,
    "deploy": target.deploy,
    "requests": requests.requests,
    "gate": gate.gate,
    "evaluation-scoring": scoring.scoring,
    "evaluation-peers": peers.peers,
    "evaluation-quota": quota.quota,
    "evaluation-overhead": overhead.overhead,
    "evaluation-resume": resume.resume,
    "release-detection": detection.detection,
    "demo": demo.demo,
}
WIDTH: Final = 150
# Minutes each, and nothing that a quick look needs.
SLOW: Final = ("demo", "evaluation-peers")
app = typer.Typer(add_completion=False)


@app.command()
def bench(
    config: Config = DEFAULT_CONFIG,
    only: Annotated[list[str] | None, typer.Option(help=f"A section: {', '.join(SECTIONS)}. Repeatable.")] = None,
    quick: Annotated[bool, typer.Option(help="Fewer runs; the demo and the peers of evaluation are left out.")] = False,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date in bench.json; today.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of bench.json and everything in between.")] = OUT,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print bench.json, and the tables on standard error.")
    ] = False,
) -> None:
    """Measure synthesis, lint, findings, deployment, requests, evaluation, releases, the demo; a missed aim doesn't fail it."""
    console = _console(as_json)
    if unknown := sorted(set(only or ()) - SECTIONS.keys()):
        raise typer.BadParameter(
            f"no section {', '.join(unknown)}: there are {', '.join(SECTIONS)}", param_hint="--only"
        )
    try:
        settings = load_settings(config)
    except ConfigErrors as errors:
        console.print(str(errors), style="red", highlight=False, markup=False)
        raise typer.Exit(1) from errors
    before = load()
    made = Bench(settings, out, Runs.of(quick), quick, lambda said: console.print(said, style="dim", highlight=False))
    sections = run(made, only)
    data = document(
        sections,
        when=day.date() if day else date.today(),
        machine=machine(),
        versions=versions(ROOT, node()),
        load=(before, load()),
        quick=quick,
    )
    write(data, out / "bench.json")
    show(console, sections)
    console.print(f"{out / 'bench.json'}", highlight=False)
    if as_json:
        print(json.dumps(data, indent=2))
    raise typer.Exit(0 if data["complete"] else 1)


def _console(as_json: bool) -> Console:
    # Without a terminal rich assumes 80 columns, which breaks every name over several lines.
    stream = sys.stderr if as_json else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDTH)


def run(bench: Bench, only: Sequence[str] | None = None) -> list[Section]:
    """Every section in order; one that isn't asked for is in the result as left out."""
    made: list[Section] = []
    for name, measure in SECTIONS.items():
        if only and name not in only:
            made.append(Section(name, LEFT_OUT, error="not asked for"))
        elif bench.quick and name in SLOW and not only:
            made.append(Section(name, LEFT_OUT, error="left out by --quick: ask for it with --only"))
        else:
            made.append(run_section(name, measure, bench))
            if made[-1].state == FAILED:
                bench.say(f"{name} failed: {made[-1].error.splitlines()[0]}")
    return made
