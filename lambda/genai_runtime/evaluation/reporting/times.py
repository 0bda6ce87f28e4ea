"""How long answers took: what is measured, its percentiles, and its distribution over the candidates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.data import CandidateData, RunData, percentile
from genai_runtime.evaluation.reporting.plots import Series, distribution

_SLOW: Final = (("50 %", 0.5), ("90 %", 0.9), ("95 %", 0.95), ("99 %", 0.99), ("most", 1.0))
_FEW: Final = (("50 %", 0.5), ("10 %", 0.1), ("5 %", 0.05), ("1 %", 0.01), ("least", 0.0))


@dataclass(frozen=True)
class Quantity:
    """Something that is measured of each answer. `tail` are the percentiles where it is bad."""

    name: str
    limit: str
    of: Callable[[Response], float | None]
    unit: Callable[[float | None], str]
    tail: Sequence[tuple[str, float]]


QUANTITIES: Final = (
    Quantity("Time to first token", "first-token-p95-ms", lambda each: each.first_token_ms, text.milliseconds, _SLOW),
    Quantity("Time to last token", "last-token-p95-ms", lambda each: each.last_token_ms, text.milliseconds, _SLOW),
    Quantity("Tokens per second", "", lambda each: each.tokens_per_second, text.rate, _FEW),
)


@dataclass(frozen=True)
class Percentiles:
    """One candidate's row in the table of a quantity."""

    candidate: str
    number: int
    answers: int
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Distribution:
    """A quantity's panel: the plot, the table, the limit."""

    name: str
    plot: Markup
    headings: tuple[str, ...]
    rows: tuple[Percentiles, ...]
    limit: str


def distributions(data: RunData) -> tuple[Distribution, ...]:
    """The panel of each quantity that was measured at all."""
    measured = ((number, each, percentiles(data.candidates, each)) for number, each in enumerate(QUANTITIES))
    return tuple(_panel(data, number, quantity, rows) for number, quantity, rows in measured if rows)


def percentiles(candidates: Sequence[CandidateData], quantity: Quantity) -> tuple[Percentiles, ...]:
    """A row for each candidate whose answers have the quantity."""
    found = []
    for number, candidate in enumerate(candidates):
        if values := candidate.measured(quantity.of):
            figures = tuple(quantity.unit(percentile(values, share)) for _, share in quantity.tail)
            found.append(Percentiles(candidate.name, number, len(values), figures))
    return tuple(found)


def _panel(data: RunData, number: int, quantity: Quantity, rows: tuple[Percentiles, ...]) -> Distribution:
    limits = (limit for result in data.gate.candidates for limit in result.limits)
    limit = next((each.limit for each in limits if each.name == quantity.limit), None)
    series = [Series(candidate.name, candidate.measured(quantity.of)) for candidate in data.candidates]
    return Distribution(
        quantity.name,
        distribution(series, f"times-{number}", quantity=quantity.name, unit=quantity.unit, limit=limit),
        tuple(heading for heading, _ in quantity.tail),
        rows,
        quantity.unit(limit) if limit is not None else "",
    )
