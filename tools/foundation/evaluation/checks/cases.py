"""GF-EVAL-004 to 008: each case by itself and beside the others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError
from genai_runtime.evaluation.case import Case

CONTEXT_VARIABLE = "context"
SHORT_ANSWER = 12
"""Characters below which a single word in a question gives no answer away: yes, IAM, Monday."""


def check_cases(found: ReadSuite) -> Iterator[ConfigError]:
    """Faults of cases that are valid by themselves."""
    yield from _enough(found)
    ids: dict[str, int] = {}
    questions: dict[tuple[object, ...], int] = {}
    for line, case in found.cases.items():
        first = ids.setdefault(case.id, line)
        if first != line:
            yield found.error(
                "GF-EVAL-005", line, "id", f"{case.id} is the id of line {first} too: give each case its own"
            )
        first = questions.setdefault(_asked(case), line)
        if first != line:
            text = "asks the same with the same context as line {}: it would count twice, delete or change one of them"
            yield found.error("GF-EVAL-006", line, "prompt" if case.prompt else "variables", text.format(first))
        yield from _leaks(found, line, case)
        yield from _passages(found, line, case)
        yield from _pattern(found, line, case)


def normalised(text: str) -> str:
    """NFKC with white space collapsed. Case and marks stay: a robustness case may differ in nothing else."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def question(case: Case) -> str:
    """What is asked, without the context."""
    if case.prompt is None:
        return "\n".join(value for name, value in (case.variables or {}).items() if name != CONTEXT_VARIABLE)
    text = case.prompt
    for passage in case.context:
        text = text.replace(passage.text, " ")
    return text


def _enough(found: ReadSuite) -> Iterator[ConfigError]:
    if found.suite is not None and found.tree is not None and len(found.cases) < found.suite.minimum_cases:
        place = found.tree.get("minimum_cases") or found.tree
        text = f"{found.suite.minimum_cases} cases are needed for a verdict and the dataset has {len(found.cases)}: add cases"
        yield ConfigError("GF-EVAL-004", place.file, place.line, "minimum_cases", "", text)


def _asked(case: Case) -> tuple[object, ...]:
    variables = tuple(sorted((name, normalised(value)) for name, value in (case.variables or {}).items()))
    return normalised(case.prompt or ""), variables, tuple(normalised(each.text) for each in case.context)


def _leaks(found: ReadSuite, line: int, case: Case) -> Iterator[ConfigError]:
    """An answer that stands in the question. A refusal and a label to choose give nothing away."""
    if case.expect.refusal:
        return
    asked = _comparable(question(case))
    for position, answer in enumerate(case.right_answers):
        given = _comparable(answer)
        tells = len(given) >= SHORT_ANSWER or " " in given or given.isdigit()
        if given and tells and re.search(rf"(?<!\w){re.escape(given)}(?!\w)", asked):
            key = "reference" if position == 0 and case.reference else "references"
            text = "stands in the question itself, so that repeating the question would pass: ask without the answer"
            yield found.error("GF-EVAL-007", line, key, text)


def _comparable(text: str) -> str:
    return " ".join(re.findall(r"\w+", normalised(text).casefold()))


def _passages(found: ReadSuite, line: int, case: Case) -> Iterator[ConfigError]:
    ids = [passage.id for passage in case.context]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        text = f"{', '.join(twice)} is the id of two passages: citations couldn't tell them apart, rename one"
        yield found.error("GF-EVAL-008", line, "context", text)
    if unknown := [each for each in case.expect.citations or () if each not in ids]:
        text = f"{', '.join(unknown)} is no passage of the context: correct the id, or add the passage"
        yield found.error("GF-EVAL-008", line, "expect.citations", text)


def _pattern(found: ReadSuite, line: int, case: Case) -> Iterator[ConfigError]:
    if case.expect.pattern is None:
        return
    try:
        re.compile(case.expect.pattern)
    except (re.error, OverflowError, RecursionError) as error:
        text = f"is no regular expression of Python's re ({error}): correct it"
        yield found.error("GF-EVAL-009", line, "expect.pattern", text)
