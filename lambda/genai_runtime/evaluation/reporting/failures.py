"""The failed cases that a page shows: the worst of each pattern first, within a budget of bytes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from markupsafe import escape

from genai_runtime.evaluation.records import Pattern, Response
from genai_runtime.evaluation.reporting.data import CandidateData, Outcome, RunData
from genai_runtime.evaluation.reporting.patterns import PATTERNS, pattern_of, worst_first
from genai_runtime.evaluation.reporting.result import failures_of, undecided_of
from genai_runtime.evaluation.reporting.text import clean, clip, dollars, milliseconds

MOST_CASES: Final = 300
MOST_BYTES: Final = 2_500_000
"""Of the cases' own text once it is escaped: the page stays one that a browser opens at once and a mail can carry."""
_MOST_CHARACTERS: Final = 4000
_MOST_PASSAGES: Final = 10
_MOST_SCORES: Final = 40


@dataclass(frozen=True)
class Line:
    """One score of a case."""

    metric: str
    gating: bool
    value: float | None
    passed: bool | None
    detail: str


@dataclass(frozen=True)
class FailedCase:
    """A case as the page shows it; every text is clean and shortened."""

    id: str
    candidate: str
    anchor: str
    severity: str
    kind: str
    tags: tuple[tuple[str, str], ...]
    undecided: bool
    pattern: Pattern | None
    pattern_name: str
    failed_metrics: tuple[str, ...]
    prompt: tuple[tuple[str, str], ...]
    context: tuple[tuple[str, str], ...]
    more_context: int
    answer: str | None
    error: str | None
    references: tuple[str, ...]
    expectation: str
    scores: tuple[Line, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        """Bytes of its texts in the page."""
        texts = [text for pair in (*self.prompt, *self.context) for text in pair]
        texts += [self.answer or "", self.error or "", self.expectation, *self.references]
        texts += [line.detail for line in self.scores]
        return sum(len(escape(text).encode()) for text in texts)


@dataclass(frozen=True)
class Shown:
    """The cases of the page, and how many there are."""

    cases: tuple[FailedCase, ...]
    total: int

    @property
    def left_out(self) -> int:
        """Failed and undecided cases that the page doesn't hold."""
        return self.total - len(self.cases)


def shown_failures(data: RunData, most: int = MOST_CASES, budget: int = MOST_BYTES) -> Shown:
    """Each candidate and pattern in turn gives its worst case, until `most` cases or `budget` bytes are reached; shown by
    candidate, severity and id."""
    found = [(candidate, outcome) for candidate in data.candidates for outcome in _failed(data, candidate)]
    chosen: list[tuple[CandidateData, Outcome, FailedCase]] = []
    spent = 0
    for candidate, outcome in _in_turn(found):
        case = _view(candidate, outcome)
        spent += case.size
        if len(chosen) == most or spent > budget:
            break
        chosen.append((candidate, outcome, case))
    order = {candidate.name: number for number, candidate in enumerate(data.candidates)}
    chosen.sort(key=lambda each: (order[each[0].name], each[2].undecided, worst_first(each[1])))
    return Shown(tuple(case for _, _, case in chosen), len(found))


def anchor_of(candidate: str, case: str) -> str:
    """Id of a case in the page."""
    return f"case-{candidate}--{case}"


def _failed(data: RunData, candidate: CandidateData) -> list[Outcome]:
    found = {outcome.case.id: outcome for outcome in [*failures_of(data, candidate), *undecided_of(candidate)]}
    return list(found.values())


def _in_turn(found: Sequence[tuple[CandidateData, Outcome]]) -> Iterator[tuple[CandidateData, Outcome]]:
    queues: dict[tuple[str, str], list[tuple[CandidateData, Outcome]]] = {}
    for candidate, outcome in found:
        queues.setdefault((candidate.name, str(pattern_of(outcome))), []).append((candidate, outcome))
    for queue in queues.values():
        queue.sort(key=lambda each: worst_first(each[1]))
    # Severe failures first of all: none may be missing because another pattern had its turn.
    severe = [each for queue in queues.values() for each in queue if each[1].case.severity == "severe"]
    yield from severe
    for turn in zip_longest(*queues.values()):
        yield from (each for each in turn if each is not None and each[1].case.severity != "severe")


def _view(candidate: CandidateData, outcome: Outcome) -> FailedCase:
    case, response, pattern = outcome.case, outcome.response, pattern_of(outcome)
    ranked = sorted(outcome.scores, key=lambda score: (score.passed is not False, score.metric not in candidate.gating))
    return FailedCase(
        id=case.id,
        candidate=candidate.name,
        anchor=anchor_of(candidate.name, case.id),
        severity=case.severity,
        kind=case.kind,
        tags=tuple((_text(name, 60), _text(value, 60)) for name, value in sorted(case.tags.items())[:12]),
        undecided=candidate.passed(outcome) is None,
        pattern=pattern,
        pattern_name=PATTERNS[pattern].name,
        failed_metrics=tuple(score.metric for score in ranked if score.passed is False),
        prompt=_prompt(outcome),
        context=tuple((passage.id, _text(passage.text)) for passage in case.context[:_MOST_PASSAGES]),
        more_context=max(len(case.context) - _MOST_PASSAGES, 0),
        answer=_text(response.answer) if response and response.answer is not None else None,
        error=_error(response),
        references=tuple(_text(each) for each in case.right_answers[:_MOST_PASSAGES]),
        expectation=_expectation(outcome),
        scores=tuple(
            Line(score.metric, score.metric in candidate.gating, score.value, score.passed, _text(score.detail, 1000))
            for score in ranked[:_MOST_SCORES]
        ),
        facts=_facts(response),
    )


def _prompt(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """The message, or each variable with its name."""
    if outcome.case.prompt is not None:
        return (("", _text(outcome.case.prompt)),)
    variables = sorted((outcome.case.variables or {}).items())
    return tuple((_text(name, 100), _text(value)) for name, value in variables[:_MOST_PASSAGES])


def _expectation(outcome: Outcome) -> str:
    wanted = outcome.case.expect.model_dump(mode="json", exclude_defaults=True)
    return _text(json.dumps(wanted, ensure_ascii=False, sort_keys=True)) if wanted else ""


def _error(response: Response | None) -> str | None:
    if response is None:
        return "nothing came back: the batch of this case failed before it was asked"
    if response.error is None:
        return None
    return _text(f"{response.error.error_class}: {response.error.code}: {response.error.message}", 1000)


def _facts(response: Response | None) -> tuple[tuple[str, str], ...]:
    if response is None:
        return ()
    call = [
        f"{response.usage.input_tokens:,} tokens in, {response.usage.output_tokens:,} out",
        f"stopped by {response.stop_reason}" if response.stop_reason else "",
        f"guardrail {response.guardrail_action}" if response.guardrail_action else "",
        dollars(response.cost_usd) if response.cost_usd is not None else "",
        f"first token {milliseconds(response.first_token_ms)}" if response.first_token_ms is not None else "",
        f"last token {milliseconds(response.last_token_ms)}" if response.last_token_ms is not None else "",
        f"{response.attempts} attempts, {response.throttled} throttled" if response.attempts != 1 else "",
    ]
    found = (("Trace", response.trace_id or ""), ("Call", ", ".join(filter(None, call))))
    return tuple((name, _text(value, 300)) for name, value in found if value)


def _text(text: str, most: int = _MOST_CHARACTERS) -> str:
    return clip(clean(text), most)
