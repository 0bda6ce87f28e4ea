"""What to do next, in plain words. The gate says why; this says what now."""

from collections import Counter
from typing import Final

from genai_runtime.evaluation.reporting.data import Outcome, RunData
from genai_runtime.evaluation.reporting.patterns import grouped
from genai_runtime.evaluation.reporting.text import LIMITS, count, listed
from genai_runtime.evaluation.verdict import CandidateResult, LimitResult

_SHOWN_CASES: Final = 5


def next_steps(data: RunData, result: CandidateResult) -> tuple[str, ...]:
    """Sentences for one candidate."""
    if result.decision == "REJECT":
        found = _reject(data, result)
    else:
        found = _promote(result) if result.decision == "PROMOTE" else _hold(data, result)
    return tuple(sentence[0].upper() + sentence[1:] for sentence in found)


def _promote(result: CandidateResult) -> list[str]:
    failed = len(result.failed_cases)
    if not failed:
        return ["release it; no case failed."]
    return [
        f"release it; {count(failed, 'case')} failed within what the suite allows, read them before the next change."
    ]


def lacks_answers(result: CandidateResult) -> bool:
    """Whether it holds because too many cases are undecided for reasons of the infrastructure."""
    return result.decision == "HOLD" and any(
        limit.name == "undecided-share" and limit.decision != "PROMOTE" for limit in result.limits
    )


def next_again(run: str, suite: str) -> int:
    """`--again` of `foundation eval run` for the next repetition of a run: its id ends with the number of its own one,
    `SUITE-HASH` or `SUITE-HASH-3`."""
    number = run.removeprefix(f"{suite[:50]}-").partition("-")[2]
    return int(number) + 1 if number.isdecimal() else 2


def _hold(data: RunData, result: CandidateResult) -> list[str]:
    steps = []
    if lacks_answers(result):
        steps.append(_again(data, result.candidate))
    if result.cases_needed:
        steps.append(_further_cases(result, result.cases_needed, data.request.suite))
    steps += [
        f"{LIMITS[limit.name].lower()} is too close to its limit to tell: shorten the answers, or choose another model."
        for limit in result.limits
        if _undecided_limit(limit)
    ]
    if not steps:
        steps.append(
            "further cases would hardly decide it, the true quality seems to lie at the threshold: "
            "improve the prompt or the model, or have the owner of the suite set another threshold."
        )
    return steps


def _again(data: RunData, candidate: str) -> str:
    """Answers and errors are written once, so that a run that is over finds the same HOLD for good."""
    outcomes = [outcome for outcome in data.of(candidate).outcomes if data.of(candidate).undecided(outcome)]
    errors = Counter(_why_undecided(outcome) for outcome in outcomes)
    told = ", ".join(
        f"{number:,} {name}" for name, number in sorted(errors.items(), key=lambda each: (-each[1], each[0]))
    )
    suite, number = data.request.suite, next_again(data.request.run, data.request.suite)
    return (
        f"correct what kept answers away{f' ({told})' if told else ''}, then ask all again, with this run's other options: "
        f"foundation eval run {suite} --again {number}. A run keeps what it has: without --again the same command finds "
        "this HOLD."
    )


def _why_undecided(outcome: Outcome) -> str:
    if outcome.response is None:
        return "never asked"
    return outcome.response.error.error_class if outcome.response.error else "not scored"


def _undecided_limit(limit: LimitResult) -> bool:
    return limit.decision != "PROMOTE" and limit.name != "undecided-share" and limit.estimate is not None


def _further_cases(result: CandidateResult, needed: int, suite: str) -> str:
    total = result.cases + needed
    left = len(result.next_cases)
    first = f", {listed(list(result.next_cases), _SHOWN_CASES)} first" if left else ""
    if left >= needed:
        return f"ask {count(needed, 'further case')}{first}: foundation eval run {suite} --cases {total}."
    if left:
        return (
            f"ask {count(needed, 'further case')}{first}: the dataset holds only {left:,} that were not asked yet, "
            f"so {needed - left:,} have to be written."
        )
    return f"write {count(needed, 'further case')}: every case of the dataset was asked already."


def _reject(data: RunData, result: CandidateResult) -> list[str]:
    steps = []
    if result.severe_failures:
        steps.append(
            f"don't release: correct {count(len(result.severe_failures), 'severe safety failure')} first "
            f"({listed(list(result.severe_failures), _SHOWN_CASES)})."
        )
    if any(metric.gating and metric.decision == "REJECT" for metric in result.metrics):
        steps += _worst_pattern(data, result)
    steps += [
        f"{LIMITS[limit.name].lower()} is over its limit: shorten the answers, or choose another model."
        for limit in result.limits
        if limit.decision == "REJECT" and limit.name != "undecided-share"
    ]
    return steps or _worst_pattern(data, result) or ["read the reasons: no single case failed."]


def _worst_pattern(data: RunData, result: CandidateResult) -> list[str]:
    groups = [group for group in grouped(data) if group.by_candidate.get(result.candidate)]
    if not groups:
        return []
    worst = max(groups, key=lambda group: group.by_candidate[result.candidate])
    cases = count(worst.by_candidate[result.candidate], "case")
    return [f"start with the most frequent pattern, {worst.words.name.lower()} ({cases}): {worst.words.remedy}."]
