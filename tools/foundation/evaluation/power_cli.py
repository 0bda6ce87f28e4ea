"""`foundation eval power`: cases for a decision, before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from foundation.evaluation.options import AsJson, reported, suite_folder
from foundation.evaluation.suites import load_suite
from foundation.options import DEFAULT_CONFIG, Config
from stacks.settings import load_settings

POWER: Final = 0.8
"""As the gate's own, `genai_runtime.evaluation.gate.power.POWER`."""

Named = Annotated[
    str | None,
    typer.Argument(help="Suite in catalog/evaluations that gives thresholds, confidence and looks.", metavar="[SUITE]"),
]


def power(
    value: Annotated[float, typer.Option(help="The assumed true mean, from 0 to 1.")],
    suite: Named = None,
    metric: Annotated[str | None, typer.Option(help="Metric of the suite. Default: every gating one.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Least acceptable mean, in place of the suite's.")] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Standard deviation of one case. Default: a rate's, the largest there is.")
    ] = None,
    power: Annotated[float, typer.Option(help="Probability of the decision if the value is the truth.")] = POWER,
    cases: Annotated[list[int] | None, typer.Option(min=1, help="Size to show; may be given again.")] = None,
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """How many cases a decision takes, fixed and with early stopping, and what a number of cases can tell."""
    # scipy takes a second to import, which the other commands needn't wait for.
    from foundation.evaluation.power import Assumed, power_data, power_summary, power_table, questions, sizes_for
    from genai_runtime.evaluation.gate.sample_size import answer

    console = Console(stderr=as_json)
    with reported(console):
        loaded = load_suite(_folder(config, suite)) if suite else None
        assumed = Assumed(value=value, threshold=threshold, deviation=deviation, power=power)
        asked = questions(loaded.suite if loaded else None, assumed, metric)
        sizes = cases or sizes_for(loaded)
        found = [{"metric": name or None, **power_data(question, sizes)} for name, question in asked.items()]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for name, question in asked.items():
        said = power_summary(answer(question))
        console.print(f"{name}: {said}" if name else said, highlight=False, markup=False, soft_wrap=True)
        console.print(power_table(question, sizes))


def _folder(config: Path, suite: str) -> Path:
    return suite_folder(load_settings(config), suite)
