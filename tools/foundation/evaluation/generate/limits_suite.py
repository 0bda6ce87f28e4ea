"""api-limits: figures, JSON and robustness. Numbers within a tolerance, fields as JSON, questions without an answer, and the
same questions with typing errors, in capitals, in German, French and Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from foundation.evaluation.generate.documentation import LABELS, Api, Parameter, api
from foundation.evaluation.generate.draw import choose, number, place, sample
from foundation.evaluation.generate.extraction import extraction_case
from foundation.evaluation.generate.passages import limit_sentence, limits_passage
from foundation.evaluation.generate.reference_suite import REFUSAL
from foundation.evaluation.generate.robustness import LANGUAGES, ask, in_capitals, mistyped
from genai_runtime.evaluation.case import Case, Expectation, Number

NAME = "api-limits"
SERVICES = ("bedrock", "dynamodb", "events", "iam", "kms", "lambda", "secretsmanager", "stepfunctions")
DISTRACTORS = 3
PER_SERVICE = {"limit": 10, "unanswerable": 5, "extraction": 5}
ROBUST = 3
"""Limits of each service that are also asked in every other way."""
WAYS = ("typing-errors", "capitals", *(language for language in LANGUAGES if language != "en"))
Difficulty = Literal["easy", "hard"]


@dataclass(frozen=True)
class Limit:
    """One bound of one parameter."""

    parameter: Parameter
    bound: Literal["minimum", "maximum"]
    value: int

    @property
    def id(self) -> str:
        """Unique in the suite."""
        return f"{self.parameter.id}.{self.bound}"

    @property
    def sentence(self) -> str:
        """The documentation's statement."""
        return limit_sentence(self.parameter, self.bound, self.value)


def cases() -> list[Case]:
    """Every case, in the order of services and topics."""
    return [case for name in SERVICES for case in _of(api(name))]


def _of(source: Api) -> Iterator[Case]:
    limits = sample(list(_limits(source)), PER_SERVICE["limit"], "limit")
    for limit in limits:
        yield limit_case(limit, source)
    for limit in limits[:ROBUST]:
        for way in WAYS:
            yield robustness_case(limit, source, way)
    unanswered = sample(list(_limits(source)), PER_SERVICE["limit"] + PER_SERVICE["unanswerable"], "limit")
    for limit in unanswered[PER_SERVICE["limit"] :]:
        yield unanswerable_case(limit, source)
    sheets = [each for each in source.parameters if each.maximum is not None and each.measured]
    for parameter in sample(sheets, PER_SERVICE["extraction"], "extraction"):
        yield extraction_case(parameter)


def _limits(source: Api) -> Iterator[Limit]:
    """A bound of each parameter that has one; a minimum below 2 says too little to ask for."""
    for parameter in source.parameters:
        if parameter.measured is None:
            continue
        if (parameter.minimum or 0) > 1 and number(parameter.id, "bound") % 3 == 0:
            yield Limit(parameter, "minimum", parameter.minimum or 0)
        elif parameter.maximum is not None:
            yield Limit(parameter, "maximum", parameter.maximum)


def limit_case(limit: Limit, source: Api) -> Case:
    """What the smallest or largest allowed value is; hard: among the parameters of the same operation."""
    return _case(f"limit.{limit.id}", limit, source, question(limit, "en"), "limit", "en", kind="quality")


def robustness_case(limit: Limit, source: Api, way: str) -> Case:
    """A limit asked in another way; the answer stays the same."""
    language = way if way in LANGUAGES else "en"
    text = question(limit, language)
    if way == "typing-errors":
        text = mistyped(text, limit.id, keep=_names(limit.parameter))
    elif way == "capitals":
        text = in_capitals(text)
    return _case(f"{way}.{limit.id}", limit, source, text, "robustness", language, kind="robustness", way=way)


def unanswerable_case(limit: Limit, source: Api) -> Case:
    """A limit that the passages don't state: the right answer is the refusal."""
    language = choose(LANGUAGES, limit.id, "language")
    others = _others(limit, source, "easy", DISTRACTORS + 1)
    return Case(
        id=f"unanswerable.{limit.id}",
        kind="quality",
        severity="high",
        variables={"question": question(limit, language)},
        reference=REFUSAL,
        context=tuple(limits_passage(each) for each in others),
        expect=Expectation(refusal=True),
        tags=_tags(limit, "unanswerable", language, "easy", "none"),
        origin="generated",
    )


def question(limit: Limit, language: str) -> str:
    """The question in a language."""
    parameter = limit.parameter
    measured = (parameter.measured or ("value", ""))[0]
    return ask(language, limit.bound, measured, parameter.name, parameter.operation, LABELS[parameter.service])


def _case(
    case_id: str, limit: Limit, source: Api, text: str, topic: str, language: str, *,
    kind: Literal["quality", "robustness"], way: str = "none",
) -> Case:  # fmt: skip
    difficulty: Difficulty = "hard" if number(limit.id, "difficulty") % 2 else "easy"
    passage = limits_passage(limit.parameter)
    others = [limits_passage(each) for each in _others(limit, source, difficulty, DISTRACTORS)]
    # Rounded sizes are what people say for large byte limits; lengths and counts are exact.
    tolerance = 0.01 * limit.value if limit.parameter.kind == "blob" else 0.0
    return Case(
        id=case_id,
        kind=kind,
        severity="medium",
        variables={"question": text},
        reference=limit.sentence,
        references=(str(limit.value),),
        context=place(others, passage, limit.id),
        documents=(limit.parameter.document,),
        expect=Expectation(
            refusal=False, number=Number(value=limit.value, tolerance=tolerance), citations=(limit.parameter.id,)
        ),
        tags=_tags(limit, topic, language, difficulty, way),
        origin="generated",
    )


def _names(parameter: Parameter) -> frozenset[str]:
    """What developers paste and don't type."""
    return frozenset({parameter.name, parameter.operation, *LABELS[parameter.service].split()})


def _tags(limit: Limit, topic: str, language: str, difficulty: Difficulty, way: str) -> dict[str, str]:
    return {
        "service": limit.parameter.service,
        "topic": topic,
        "language": language,
        "difficulty": difficulty,
        "perturbation": way,
    }


def _others(limit: Limit, source: Api, difficulty: Difficulty, count: int) -> list[Parameter]:
    wanted = limit.parameter
    others = [
        each
        for each in source.parameters
        if each.name != wanted.name
        and (each.operation == wanted.operation) == (difficulty == "hard")
        and each.measured
        and (each.minimum, each.maximum) != (None, None)
    ]
    return sample(others, count, limit.id)
