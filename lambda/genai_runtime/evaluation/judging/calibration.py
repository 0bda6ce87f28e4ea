"""calibration.jsonl: answers with people's levels, which the judge labels once per run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from genai_runtime.evaluation.judging import errors
from genai_runtime.evaluation.judging.errors import JudgeFailed
from genai_runtime.evaluation.judging.records import Calibration, CalibrationItem, Labelled, Vote
from genai_runtime.evaluation.judging.scores import level_of_votes
from genai_runtime.evaluation.layout import CALIBRATION_FILE
from genai_runtime.evaluation.suite import Rubric

_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line."""

    line: int
    key: str
    reason: str


def read_calibration(body: bytes, rubric: Rubric) -> tuple[tuple[CalibrationItem, ...], tuple[Fault, ...]]:
    """The items that are valid by themselves, in their order, and all faults."""
    items: list[CalibrationItem] = []
    faults: list[Fault] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(body.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            item = CalibrationItem.model_validate_json(line)
        except ValidationError as error:
            faults += [Fault(number, ".".join(map(str, e["loc"])) or "line", e["msg"]) for e in error.errors()]
            continue
        if (first := first_line.setdefault(item.id, number)) != number:
            faults.append(Fault(number, "id", f"{item.id} is on line {first} already: give each item its own id"))
        if unknown := sorted(set(item.labels) - rubric.levels.keys()):
            faults.append(Fault(number, "labels", f"{unknown} are no levels of the rubric ({sorted(rubric.levels)})"))
        items.append(item)
    return tuple(items), tuple(faults)


def parse_calibration(body: bytes, rubric: Rubric, file: str = CALIBRATION_FILE) -> tuple[CalibrationItem, ...]:
    """The items in their order. Raises JudgeFailed with all that is wrong, as `FILE:LINE: reason`."""
    items, faults = read_calibration(body, rubric)
    if faults:
        problems = [f"{file}:{each.line}: {each.key}: {each.reason}" for each in faults[:_SHOWN]]
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise JudgeFailed(
            errors.CALIBRATION_INVALID,
            f"{file} has {len(faults)} problem(s), correct them and publish the suite again:\n"
            + "\n".join([*problems, *more]),
        )
    return items


def labelled(item: CalibrationItem, votes: Sequence[Vote]) -> Labelled:
    """The judge's level of an item, from its votes as in the run itself."""
    level = level_of_votes(votes)
    error = next((vote.error for vote in votes if vote.error is not None), None) if level is None else None
    return Labelled(id=item.id, people=item.labels, judge=level, error=error)


def calibration_of(
    run: str, model_id: str, items: Sequence[CalibrationItem], votes: Collection[Sequence[Vote]]
) -> Calibration:
    """The record that the gate reads. `votes` has the votes on each item, in the order of the items."""
    pairs = zip(items, votes, strict=True)
    return Calibration(run=run, model_id=model_id, items=tuple(labelled(item, given) for item, given in pairs))
