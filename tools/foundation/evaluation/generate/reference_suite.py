"""bedrock-api-reference: what operations, parameters and errors of Bedrock and its neighbours are for, in prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from foundation.evaluation.generate.documentation import LABELS, Api, Operation, Parameter, ServiceError, api
from foundation.evaluation.generate.draw import choose, nearest, number, place, sample
from foundation.evaluation.generate.passages import (
    error_passage,
    listed,
    operation_passage,
    parameter_passage,
    required_sentence,
)
from genai_runtime.evaluation.case import Case, Expectation, Passage, Severity

NAME = "bedrock-api-reference"
SERVICES = (
    "bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime", "iam", "kms", "lambda", "s3",
)  # fmt: skip
REFUSAL = "I can't answer that from the documentation given."
"""As the prompt api-answer words it."""
DISTRACTORS = 3
PER_SERVICE = {"operation": 9, "parameter": 8, "error": 5, "required": 4, "unanswerable": 5}
OPERATION_QUESTIONS = (
    "What does the {name} operation of {label} do?",
    "What is the {name} operation in {label} for?",
    "What happens when I call the {name} operation of {label}?",
)
PARAMETER_QUESTIONS = (
    "What is the parameter {name} of {operation} in {label} for?",
    "What does the parameter {name} mean in {operation} ({label})?",
)
ERROR_QUESTIONS = (
    "When does {label} return the error {name}?",
    "What does the error {name} of {label} mean?",
)
REQUIRED_QUESTIONS = (
    "Which parameters must a call of {name} in {label} give?",
    "Which parameters must I give when I call {name} of {label}?",
)
Difficulty = Literal["easy", "hard"]


def cases() -> list[Case]:
    """Every case, in the order of services and topics."""
    return [case for name in SERVICES for case in _of(api(name))]


def _of(source: Api) -> Iterator[Case]:
    for operation in sample(source.operations, PER_SERVICE["operation"], "operation"):
        yield operation_case(operation, source)
    parameters = [each for each in source.parameters if _describes(each)]
    for parameter in sample(parameters, PER_SERVICE["parameter"], "parameter"):
        yield parameter_case(parameter, source)
    for error in sample(source.errors, PER_SERVICE["error"], "error"):
        yield error_case(error, source)
    calls = [each for each in source.operations if 1 < len(each.required) <= 5]
    for operation in sample(calls, PER_SERVICE["required"], "required"):
        yield required_case(operation, source)
    for operation in sample(source.operations, PER_SERVICE["unanswerable"], "unanswerable"):
        yield unanswerable_case(operation, source)


def operation_case(operation: Operation, source: Api) -> Case:
    """What an operation does; hard: among operations with like names."""
    difficulty = _difficulty(operation.id, "operation")
    question = choose(OPERATION_QUESTIONS, operation.id, "question")
    return _case(
        "operation", operation.id, operation.document, difficulty,
        question.format(name=operation.name, label=LABELS[operation.service]),
        operation.summary, operation_passage(operation),
        [operation_passage(each) for each in _other_operations(operation, source, difficulty)],
    )  # fmt: skip


def parameter_case(parameter: Parameter, source: Api) -> Case:
    """What a parameter is for; hard: among the parameters of the same operation."""
    difficulty = _difficulty(parameter.id, "parameter")
    question = choose(PARAMETER_QUESTIONS, parameter.id, "question")
    same = difficulty == "hard"
    others = [
        each
        for each in source.parameters
        if each.name != parameter.name and (each.operation == parameter.operation) == same and _describes(each)
    ]
    return _case(
        "parameter", parameter.id, parameter.document, difficulty,
        question.format(name=parameter.name, operation=parameter.operation, label=LABELS[parameter.service]),
        parameter.summary, parameter_passage(parameter),
        [parameter_passage(each) for each in sample(others, DISTRACTORS, parameter.id)],
    )  # fmt: skip


def error_case(error: ServiceError, source: Api) -> Case:
    """What an error means; hard: among errors of the same service."""
    difficulty = _difficulty(error.id, "error")
    pool = source if difficulty == "hard" else api(choose([s for s in SERVICES if s != error.service], error.id))
    others = [each for each in pool.errors if each.name != error.name]
    return _case(
        "error", error.id, error.document, difficulty,
        choose(ERROR_QUESTIONS, error.id, "question").format(name=error.name, label=LABELS[error.service]),
        error.summary, error_passage(error),
        [error_passage(each) for each in nearest(others, DISTRACTORS, error.name, lambda each: each.name)],
    )  # fmt: skip


def required_case(operation: Operation, source: Api) -> Case:
    """Which parameters are required."""
    difficulty = _difficulty(operation.id, "required")
    question = choose(REQUIRED_QUESTIONS, operation.id, "question")
    pattern = "(?s)" + "".join(rf"(?=.*\b{re.escape(name)}\b)" for name in operation.required)
    return _case(
        "required", operation.id, operation.document, difficulty,
        question.format(name=operation.name, label=LABELS[operation.service]),
        required_sentence(operation), operation_passage(operation),
        [operation_passage(each) for each in _other_operations(operation, source, difficulty)],
        references=(f"{listed(operation.required)}.",), pattern=pattern,
    )  # fmt: skip


def unanswerable_case(operation: Operation, source: Api) -> Case:
    """A question whose passage is missing: the right answer is the refusal. Hard: operations with like names are there."""
    difficulty = _difficulty(operation.id, "unanswerable")
    question = choose(OPERATION_QUESTIONS, operation.id, "question")
    others = _other_operations(operation, source, difficulty, DISTRACTORS + 1)
    return Case(
        id=f"unanswerable.{operation.id}",
        kind="quality",
        severity="high",
        variables={"question": question.format(name=operation.name, label=LABELS[operation.service])},
        reference=REFUSAL,
        context=tuple(operation_passage(each) for each in others),
        expect=Expectation(refusal=True),
        tags=_tags("unanswerable", operation.service, difficulty),
        origin="generated",
    )


def _case(
    topic: str, place_id: str, document: str, difficulty: Difficulty, question: str, reference: str, passage: Passage,
    distractors: Sequence[Passage], *, references: tuple[str, ...] = (), pattern: str | None = None,
) -> Case:  # fmt: skip
    severity: Severity = "high" if topic == "required" else "medium"
    return Case(
        id=f"{topic}.{place_id}",
        kind="quality",
        severity=severity,
        variables={"question": question},
        reference=reference,
        references=references,
        context=place(distractors, passage, topic, place_id),
        documents=(document,),
        expect=Expectation(refusal=False, citations=(passage.id,), pattern=pattern),
        tags=_tags(topic, place_id.split(".")[0], difficulty),
        origin="generated",
    )


def _tags(topic: str, service: str, difficulty: Difficulty) -> dict[str, str]:
    return {"service": service, "topic": topic, "language": "en", "difficulty": difficulty}


def _difficulty(item: str, topic: str) -> Difficulty:
    return "hard" if number(item, topic, "difficulty") % 2 else "easy"


def _other_operations(
    operation: Operation, source: Api, difficulty: Difficulty, count: int = DISTRACTORS
) -> list[Operation]:
    if difficulty == "hard":
        others = [each for each in source.operations if each.name != operation.name]
        return nearest(others, count, operation.name, lambda each: each.name)
    foreign = api(choose([name for name in SERVICES if name != operation.service], operation.id, "foreign"))
    return sample([each for each in foreign.operations if each.name != operation.name], count, operation.id)


def _describes(parameter: Parameter) -> bool:
    """Whether the description says more than the name does."""
    return len(parameter.summary) >= 40 and parameter.summary.endswith(".") and len(parameter.summary) <= 320
