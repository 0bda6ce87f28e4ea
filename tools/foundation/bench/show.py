"""The figures as tables, aim beside figure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from foundation.bench.figures import Figure, percentile
from foundation.bench.run import FAILED, OK, Section

STATES = {True: "[green]met[/]", False: "[red]not met[/]", None: ""}


def show(console: Console, sections: Iterable[Section]) -> None:
    """One table per section, and a line for a section without figures."""
    for section in sections:
        if section.state == OK:
            console.print(_table(section))
        else:
            style = "red" if section.state == FAILED else "yellow"
            said = f"{section.name}: {section.state}: {section.error}"
            console.print(said, style=style, highlight=False, markup=False, soft_wrap=True)


def _table(section: Section) -> Table:
    table = Table(title=f"{section.name} ({section.seconds:.0f} s)", title_justify="left")
    table.add_column("figure")
    for heading in ("n", "median", "min", "max", "unit"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    table.add_column("aim")
    table.add_column("")
    for figure in section.figures:
        summary = (figure.median, min(figure.samples), max(figure.samples))
        numbers = [number(each) for each in summary] if figure.n > 1 else [number(figure.median), "", ""]
        aim = figure.aim.text if figure.aim else ""
        table.add_row(_name(figure), str(figure.n), *numbers, figure.unit, aim, STATES[figure.met])
    return table


def _name(figure: Figure) -> str:
    """The name, with the percentiles and what a reader must know."""
    shown = [f"p{each} {number(percentile(figure.samples, each))}" for each in figure.percentiles]
    more = ", ".join([*shown, *([figure.note] if figure.note else [])])
    return f"{figure.name} [dim]({more})[/]" if more else figure.name


def number(value: float) -> str:
    """Three digits that matter, none after the point from 100 on."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
