"""The documentation as passages: sentences of botocore's text, and its structured facts in words."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.evaluation.generate.documentation import LABELS, Operation, Parameter, ServiceError
from genai_runtime.evaluation.case import Passage


def listed(names: Sequence[str]) -> str:
    """`A, B and C`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def required_sentence(operation: Operation) -> str:
    """Which parameters a call must give."""
    noun = "parameter" if len(operation.required) == 1 else "parameters"
    return f"A call of {operation.name} must give the {noun} {listed(operation.required)}."


def limit_sentence(parameter: Parameter, bound: str, value: int) -> str:
    """A limit in words; `bound` is minimum or maximum."""
    measured, unit = parameter.measured or ("value", "")
    figure = f"{value} {unit.removesuffix('s') if value == 1 else unit}".rstrip()
    subject = f"The parameter {parameter.name} of {parameter.operation} in {LABELS[parameter.service]}"
    return f"{subject} has a {bound} {measured} of {figure}."


def operation_passage(operation: Operation) -> Passage:
    """What an operation does, and what a call must give."""
    sentences = [f"{operation.name} operation ({LABELS[operation.service]}): {operation.summary}"]
    sentences += [required_sentence(operation)] if operation.required else []
    return Passage(id=operation.id, text=" ".join(sentences))


def parameter_passage(parameter: Parameter) -> Passage:
    """What a parameter means."""
    head = f"{parameter.name}, parameter of {parameter.operation} ({LABELS[parameter.service]})"
    return Passage(id=parameter.id, text=f"{head}: {parameter.summary}")


def limits_passage(parameter: Parameter) -> Passage:
    """The limits and values of a parameter, without its meaning."""
    bounds = (("maximum", parameter.maximum), ("minimum", parameter.minimum))
    facts = [limit_sentence(parameter, bound, value) for bound, value in bounds if value is not None]
    return Passage(id=parameter.id, text=" ".join(facts))


def error_passage(error: ServiceError) -> Passage:
    """When a service returns an error."""
    return Passage(id=error.id, text=f"{error.name} error ({LABELS[error.service]}): {error.summary}")


def record_sheet(parameter: Parameter) -> str:
    """A parameter's structured facts as `field: value` lines, for extraction."""
    measured = (parameter.measured or ("value", ""))[0]
    facts = [
        ("Parameter", parameter.name),
        ("Operation", parameter.operation),
        ("Service", LABELS[parameter.service]),
        ("Type", parameter.kind),
        ("Required", "yes" if parameter.required else "no"),
        (f"Minimum {measured}", parameter.minimum),
        (f"Maximum {measured}", parameter.maximum),
        ("Valid values", ", ".join(parameter.values) or None),
    ]
    return "\n".join(f"{name}: {value}" for name, value in facts if value is not None)
