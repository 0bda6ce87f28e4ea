"""docs/dependencies.md has a line for each direct dependency, with the licence that is installed."""

import json
import re
from importlib.metadata import metadata
from typing import Any

import pytest

from tests.docs.pages import CHECKOUT, page

FILES = ("requirements.txt", "lambda/requirements.txt", "lambda/scoring.txt", "lambda/statistics.txt",
         "lambda/publishing.txt", "lambda/redaction.txt", "lambda/runtime.txt", "requirements-checkov.txt",
         "requirements-mlflow.txt", "requirements-bootstrap.txt", "package.json")  # fmt: skip
# checkov and mlflow are installed in environments of their own, aws-cdk by npm.
NOT_HERE = {"checkov", "mlflow", "aws-cdk"}
# What packages write instead of an SPDX id.
WRITTEN = {
    "Apache-2.0": r"Apache[- ](License )?2|Apache Software License",
    "MIT": r"\bMIT\b|Permission is hereby granted, free of charge",
    "BSD-2-Clause": r"BSD",
    "BSD-3-Clause": r"BSD",
    "LGPL-2.1-or-later": r"LGPL",
    "Python-2.0": r"Python Software Foundation License",
}


def pinned(file: str) -> set[str]:
    """Names in a file of direct dependencies."""
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    if file == "package.json":
        return set(json.loads(text)["devDependencies"])
    return set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE))


def documented(file: str) -> dict[str, list[str]]:
    """Name -> the other cells of its line."""
    section = page("docs/dependencies.md").text.split(f"\n## {file}\n", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in rows}


@pytest.mark.parametrize("file", FILES)
def test_every_dependency_has_its_line_and_no_other(file: str) -> None:
    lines = documented(file)
    assert lines.keys() == pinned(file)
    for name, cells in lines.items():
        assert len(cells) == 3, name
        assert all(cells), f"{name}: what for, what else, licence"


@pytest.mark.parametrize("file", FILES)
def test_licences_are_those_of_the_installed_packages(file: str) -> None:
    for name, (_, _, licence) in documented(file).items():
        if name in NOT_HERE:
            continue
        found: Any = metadata(name)
        said = " ".join(
            [found.get("License-Expression") or "", found.get("License") or "", *(found.get_all("Classifier") or [])]
        )
        first = licence.strip(" |").split(",")[0]
        assert first in said or re.search(WRITTEN.get(first, re.escape(first)), said), (
            f"{name}: {licence}, but it says {said}"
        )
