"""A gate's verdict as the comment on a pull request and as a status's description. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.evaluation.reporting.comment import markdown
from genai_runtime.evaluation.reporting.text import HEADLINES, count
from genai_runtime.release.gate.event import Start
from genai_runtime.release.hosts.base import MOST_COMMENT, MOST_DESCRIPTION, State, mark

_MOST_REASON: Final = 700
_CUT: Final = "\n\n*Shortened: the runs' own reports have the rest.*\n"


@dataclass(frozen=True)
class Outcome:
    """What a gate came to.

    :param runs: of Decide, each with suite, run and decision
    :param error: why there is no verdict; empty when there is one
    """

    passed: bool
    decision: str
    reasons: Sequence[str] = ()
    runs: Sequence[Mapping[str, str]] = ()
    left_out: Sequence[str] = ()
    error: str = ""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Outcome | None":
        """From the machine's state; None while nothing is decided."""
        if (error := state.get("error")) is not None:
            return cls(False, "", error=cause_of(error))
        if "passed" not in state:
            return None
        return cls(
            state["passed"] is True, state["decision"], state["reasons"], state["runs"], state.get("left_out", ())
        )

    @property
    def status(self) -> State:
        """Of the commit."""
        return "success" if self.passed else "failure"


def cause_of(error: Any) -> str:
    """The message of a step's error, as Step Functions' Catch keeps it: {"Error", "Cause"}, Cause being Lambda's JSON."""
    if not isinstance(error, Mapping):
        return str(error)
    cause = error.get("Cause")
    parsed = _json(cause)
    if isinstance(parsed, Mapping) and parsed.get("errorMessage"):
        return str(parsed["errorMessage"])
    return str(cause or error.get("Error") or "without a cause")


def description(start: Start, outcome: Outcome | None) -> str:
    """One line for the status."""
    if outcome is None:
        text = f"the {start.environment} gate is evaluating"
    elif outcome.error:
        text = f"no verdict: {outcome.error}"
    elif not outcome.passed:
        short = [f"{each['suite']} {each['decision'] or 'without a result'}" for each in _not_passed(start, outcome)]
        text = f"{outcome.decision}: {', '.join(short) or '; '.join(outcome.reasons)}"
    elif not outcome.runs:
        text = "nothing could be evaluated before the merge"
    else:
        later = f", {len(outcome.left_out)} after the merge" if outcome.left_out else ""
        text = f"{count(len(outcome.runs), 'suite')} passed{later}"
    text = " ".join(text.split())
    return text if len(text) <= MOST_DESCRIPTION else f"{text[: MOST_DESCRIPTION - 1]}…"


def render(start: Start, outcome: Outcome, pages: Mapping[str, str]) -> str:
    """The comment, without its marker, short enough for every host.

    :param pages: the runs' own comments by run; used where a run doesn't pass
    """
    head = [f"## {_sign(start, outcome)} {_title(start, outcome)}", "", _about(start), ""]
    if outcome.error:
        head += [f"- {markdown(outcome.error, _MOST_REASON)}", ""]
    head += _table(outcome)
    if not outcome.passed:
        head += [*(f"- {markdown(reason, _MOST_REASON)}" for reason in outcome.reasons), ""]
    if outcome.left_out:
        head += ["**Not evaluated before the merge**", "", *(f"- {_note(note)}" for note in outcome.left_out), ""]
    # A smoke evaluation may fail for reasons that no run's decision tells: a metric below its threshold, too few answers.
    shown = [] if outcome.passed else _not_passed(start, outcome) or outcome.runs
    most = MOST_COMMENT - len(mark(start.context)) - 1
    return _cut(["\n".join(head), *(pages[each["run"]] for each in shown if each["run"] in pages)], most)


def _title(start: Start, outcome: Outcome) -> str:
    if outcome.error:
        return f"{start.environment}: the evaluation gate could not decide"
    if not outcome.runs and outcome.passed:
        return f"{start.environment}: nothing could be evaluated before the merge"
    if outcome.passed:
        return f"{start.environment}: evaluation gate passed"
    if start.purpose == "smoke":
        return f"{start.environment}: smoke evaluation failed"
    headline = HEADLINES.get(outcome.decision, "No verdict").lower()  # type: ignore[call-overload]
    return f"{start.environment}: evaluation gate refused, {outcome.decision}: {headline}"


def _sign(start: Start, outcome: Outcome) -> str:
    if outcome.passed:
        return "✅" if outcome.runs else "ℹ️"
    failed = outcome.decision == "REJECT" or (start.purpose == "smoke" and not outcome.error)
    return "❌" if failed else "⏸️"


def _about(start: Start) -> str:
    what = "This pull request's candidates, before the merge" if start.is_pull_request else "The merged release"
    return f"{what}. Manifest `{start.manifest[:12]}`, commit `{start.commit[:12]}`, execution `{_plain(start.execution)}`."


def _table(outcome: Outcome) -> list[str]:
    if not outcome.runs:
        return []
    rows = [
        f"| `{each['suite']}` | {each['decision'] or 'no result'} | `{each['run'] or '–'}` |" for each in outcome.runs
    ]
    return ["| Suite | Decision | Run |", "| --- | --- | --- |", *rows, ""]


def _not_passed(start: Start, outcome: Outcome) -> list[Mapping[str, str]]:
    """The runs whose decision isn't good enough."""
    fine = ("PROMOTE", "HOLD") if start.purpose == "smoke" else ("PROMOTE",)
    return [each for each in outcome.runs if each["decision"] not in fine]


def _note(note: str) -> str:
    """A sentence with names in backquotes, in which nothing else formats or mentions."""
    parts = note.split("`")
    return "`".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    """`markdown` takes white space away at both ends."""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{markdown(text, _MOST_REASON)}{after}" if text.strip() else text


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter in "-_")


def _cut(parts: Sequence[str], most: int) -> str:
    """All parts, shortened at a line's end."""
    text = "\n\n---\n\n".join(part.rstrip("\n") for part in parts) + "\n"
    if len(text) <= most:
        return text
    kept = text[: most - len(_CUT)]
    return kept[: kept.rfind("\n")] + _CUT


def _json(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
