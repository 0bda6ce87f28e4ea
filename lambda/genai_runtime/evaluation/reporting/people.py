"""How far the judge agrees with people, reviewers with each other, and what judging took: figures as texts."""

from collections.abc import Iterator
from dataclasses import dataclass

from genai_runtime.evaluation.judging.records import Agreement, Counts, Kappa, ReviewerAgreement
from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.facts import Fact
from genai_runtime.evaluation.suite import Rubric

_MEANING = 60
_METHODS = {"cohen": "Cohen's kappa", "fleiss": "Fleiss' kappa"}


@dataclass(frozen=True)
class Confusion:
    """People's levels (rows) against the judge's (columns, the last for no verdict), each level with its meaning."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class People:
    """The section of the page; empty parts are left out."""

    judge: tuple[Fact, ...]
    confusion: Confusion | None
    reviewers: tuple[Fact, ...]


def people(data: RunData) -> People | None:
    """What the page says of judge and reviewers; None where the suite has neither."""
    suite, gate = data.suite, data.gate
    judge = tuple(_judge(data, gate.judge)) if suite.judge else ()
    reviewers = tuple(_reviewers(gate.reviewers)) if suite.review else ()
    if not judge and not reviewers:
        return None
    table = _confusion(gate.judge, suite.judge.rubric) if suite.judge and gate.judge and gate.judge.items else None
    return People(judge, table, reviewers)


def kappa(found: Kappa) -> str:
    """0.81 (0.70 to 0.92)."""
    if found.estimate is None:
        return "unknown: all used one and the same level"
    between = f" ({found.low:.2f} to {found.high:.2f})" if found.low is not None and found.high is not None else ""
    return f"{found.estimate:.2f}{between}".replace("-", "−")


def _judge(data: RunData, agreement: Agreement | None) -> Iterator[Fact]:
    if data.request.judge:
        yield "Judge", text.clean(data.request.judge.model_id)
    if agreement is not None:
        yield "May it gate?", f"{'yes' if agreement.can_gate else 'no'}: {agreement.reason}"
    if agreement is not None and agreement.items:
        unjudged = f", {agreement.unjudged:,} without a verdict" if agreement.unjudged else ""
        yield "Labelled by people", f"{text.count(agreement.items, 'item')}{unjudged}"
        yield "Kappa with people", kappa(agreement.kappa)
        yield "Weighted kappa", f"{kappa(agreement.weighted)}, by how far levels are apart"
        yield "Same level", text.share(agreement.observed)
        if agreement.people is not None:
            yield "People with each other", f"{agreement.people:.2f}".replace("-", "−")
    if data.judging is not None:
        yield from _counts(data.judging)


def _counts(counts: Counts) -> Iterator[Fact]:
    yield "Answers judged", f"{counts.answers:,}, {_part(counts.split, counts.answers)} with split votes"
    if counts.pairs:
        said = f"{_part(counts.inconsistent, counts.pairs)} with another winner in the other order"
        yield "Pairs judged", f"{counts.pairs:,}, {said}"
    if counts.failed:
        yield "Votes without a verdict", f"{counts.failed:,}"
    yield "Judge's calls", f"{counts.calls:,}, {counts.throttled:,} of them throttled"
    yield "Judge's tokens", f"{counts.usage.input_tokens:,} in, {counts.usage.output_tokens:,} out"
    yield "Judge's cost", text.dollars(counts.cost_usd) if counts.cost_usd is not None else "unknown"


def _part(part: int, whole: int) -> str:
    return f"{part:,} ({text.share(part / whole)})" if whole else f"{part:,}"


def _confusion(agreement: Agreement, rubric: Rubric) -> Confusion:
    columns = (*(str(level) for level in agreement.levels), "no verdict")
    rows = zip(agreement.levels, agreement.confusion, strict=True)
    return Confusion(
        columns,
        tuple((str(level), text.one_line(rubric.levels.get(level, ""), _MEANING), counts) for level, counts in rows),
    )


def _reviewers(agreement: ReviewerAgreement | None) -> Iterator[Fact]:
    if agreement is None:
        yield "Agreement", "unknown: fewer than two reviewers answered"
        return
    yield "Reviewers", f"{agreement.reviewers:,}, {text.count(agreement.items, 'answer')} graded by all of them"
    yield _METHODS[agreement.method], kappa(agreement.kappa)
