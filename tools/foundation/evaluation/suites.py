"""A suite's folder in memory: catalog/evaluations/NAME with suite.yaml, dataset.jsonl and, with a judge, calibration.jsonl."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never

from genai_foundation.catalog import ConfigError, ConfigErrors
from genai_foundation.catalog.validation import validate
from genai_foundation.catalog.yaml_tree import Node, read
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.layout import DATASET_FILE, SUITE_FILE, SUITE_FILES, content_hash
from genai_runtime.evaluation.suite import Suite


@dataclass(frozen=True)
class LoadedSuite:
    """A suite whose files are valid by themselves."""

    suite: Suite
    cases: tuple[Case, ...]
    files: dict[str, bytes]
    """The exact bytes by name: what the version is taken over."""
    version: str
    """`layout.content_hash` of the files."""


@dataclass
class ReadSuite:
    """A suite's folder as far as it can be read, with everything that is wrong with it by itself."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    tree: Node | None = None
    """suite.yaml with line numbers."""
    suite: Suite | None = None
    cases: dict[int, Case] = field(default_factory=dict)
    """Valid cases by their line in dataset.jsonl."""
    errors: list[ConfigError] = field(default_factory=list)

    def error(self, code: str, line: int, key: str, message: str, *, file: str = DATASET_FILE) -> ConfigError:
        """A fault of one of the files."""
        return ConfigError(code, self.folder / file, line, key, "", message)


def load_suite(folder: Path) -> LoadedSuite:
    """A suite by its folder. Raises ConfigErrors with all faults of all its files."""
    found = read_suite(folder)
    if found.errors or found.suite is None:
        raise ConfigErrors(found.errors)
    return LoadedSuite(found.suite, tuple(found.cases.values()), found.files, content_hash(found.files))


def read_suite(folder: Path) -> ReadSuite:
    """Read and validate every file; never raises for what they hold."""
    found = ReadSuite(folder)
    for name in SUITE_FILES:
        file = folder / name
        if name in (SUITE_FILE, DATASET_FILE) or file.exists():
            _bytes(found, file)
    if SUITE_FILE in found.files:
        document = read(folder / SUITE_FILE)
        found.tree = document.root
        found.errors += document.errors
        if document.root is not None:
            found.suite, faults = validate(Suite, document.root)
            found.errors += faults
    for number, line in enumerate(found.files.get(DATASET_FILE, b"").splitlines(), start=1):
        _case(found, number, line)
    return found


def _bytes(found: ReadSuite, file: Path) -> None:
    try:
        found.files[file.name] = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        text = f"can't be read ({reason}): a suite needs {SUITE_FILE} and {DATASET_FILE}, create it or correct the path"
        found.errors.append(found.error("GF-EVAL-001", 0, "", text, file=file.name))


def _case(found: ReadSuite, number: int, line: bytes) -> None:
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        if not isinstance(value, dict):
            raise ValueError(f"it is a {type(value).__name__}")
    except (ValueError, RecursionError) as error:
        text = f"is not a JSON object ({error}): write one case a line, as UTF-8 JSON without repeated keys"
        found.errors.append(found.error("GF-EVAL-003", number, "", text))
        return
    case, faults = validate(Case, _node(value, found.folder / DATASET_FILE, number, ()))
    found.errors += faults
    if case is not None:
        found.cases[number] = case


def _node(value: Any, file: Path, line: int, path: tuple[str | int, ...]) -> Node:
    """A JSON value as a tree whose every node is on the same line."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    children = {key: _node(each, file, line, (*path, key)) for key, each in pairs}
    return Node(value, file, line, path, children)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(twice)} is there twice")
    return dict(pairs)


def _no_number(constant: str) -> Never:
    raise ValueError(f"{constant} is no number of JSON")
