"""A suite's files, read strictly: everything that is wrong with a file is told at once."""

import json
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Never

import yaml
from pydantic import ValidationError

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.layout import DATASET_FILE, SUITE_FILE
from genai_runtime.evaluation.planning.errors import SUITE_INVALID, PlanFailed
from genai_runtime.evaluation.suite import Suite

_SHOWN = 50


def parse_suite(body: bytes, file: str = SUITE_FILE) -> Suite:
    """The suite of a suite.yaml. Raises PlanFailed with all that is wrong."""
    try:
        data = yaml.load(body, _Loader)  # noqa: S506 a subclass of SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _invalid(file, [f"{file}{_line_of(error)}: is not YAML: {_why(error)}"]) from None
    try:
        return Suite.model_validate(data)
    except ValidationError as error:
        raise _invalid(file, _problems(error, file)) from None


def parse_cases(body: bytes, file: str = DATASET_FILE) -> tuple[Case, ...]:
    """The cases of a dataset.jsonl in their order, one on each line, none twice. Raises PlanFailed with all that is
    wrong, as `FILE:LINE: reason`."""
    cases: list[Case] = []
    problems: list[str] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(body.removesuffix(b"\n").split(b"\n"), start=1):
        where = f"{file}:{number}"
        try:
            case = Case.model_validate(_json(line))
        except ValidationError as error:
            problems += _problems(error, where)
            continue
        except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors too
            problems.append(f"{where}: is not a JSON object: {_why(error)}")
            continue
        first = first_line.setdefault(case.id, number)
        if first != number:
            problems.append(f"{where}: id: {case.id} is on line {first} already: give each case its own id")
        cases.append(case)
    if problems:
        raise _invalid(file, problems)
    return tuple(cases)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types of its own
    """SafeLoader that refuses a key that is there twice, where YAML libraries silently take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in known:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is there twice", key_node.start_mark)
            known.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _json(line: bytes) -> object:
    found = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    json.dumps(found, ensure_ascii=False).encode()  # JSON can carry half of a surrogate pair, which no service takes
    return found


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{', '.join(sorted({n for n in names if names.count(n) > 1}))} is there twice")
    return found


def _no_number(constant: str) -> Never:
    raise ValueError(f"{constant} is no number of JSON")


def _problems(error: ValidationError, where: str) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{where}: {'.'.join(str(part) for part in item['loc']) or 'the record'}: {item['msg']}" for item in found]


def _line_of(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark else ""


def _why(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error)


def _invalid(file: str, problems: Iterable[str]) -> PlanFailed:
    all_of_them = list(problems)
    more = [f"and {len(all_of_them) - _SHOWN} more"] if len(all_of_them) > _SHOWN else []
    return PlanFailed(
        SUITE_INVALID,
        f"{file} has {len(all_of_them)} problem(s), correct them and publish the suite again:\n"
        + "\n".join([*all_of_them[:_SHOWN], *more]),
    )
