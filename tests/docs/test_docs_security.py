"""docs/security-model.md: the tests that it names exist, and no requirement of this stage is without a control."""

import ast
import re

import pytest

from tests.docs.pages import CHECKOUT, Page, page, pages

NAMED = re.compile(r"\b(?:tests/)?([\w/]+\.py)::(\w+)")
REQUIREMENT = re.compile(r"\b(?:ACC|NET|SEC|GRC|GW|RAG|EVAL|CAP|OBS|DR|FND)-\d\b")
COVERED = {
    "ACC-1", "ACC-5", "EVAL-1", "EVAL-2", "EVAL-3", "EVAL-4", "FND-1", "GRC-1", "GRC-2", "NET-1", "NET-2", "RAG-4",
    "SEC-1", "SEC-2", "SEC-3", "SEC-4",
}  # fmt: skip


@pytest.mark.parametrize("each", pages(), ids=lambda each: each.path)
def test_every_test_that_a_page_names_exists(each: Page) -> None:
    for file, name in NAMED.findall(each.text):
        path = CHECKOUT / "tests" / file
        assert path.is_file(), f"{each.path}: tests/{file} does not exist"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{each.path}: tests/{file} has no {name}"


def controls() -> list[list[str]]:
    """Rows of the page's tables: requirement, control, place, tests."""
    found = [line for line in page("docs/security-model.md").text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found]
    return [row for row in rows if REQUIREMENT.match(row[0])]


def test_every_control_names_its_requirement_place_and_test() -> None:
    assert len(controls()) > 30
    for requirement, control, place, shown in controls():
        assert REQUIREMENT.fullmatch(requirement.split(", ")[0]), requirement
        assert control, requirement
        assert place, control
        assert NAMED.search(shown) or re.search(r"test_\w+\.py", shown), f"{control}: no test shows it"


def test_no_requirement_is_without_a_control() -> None:
    assert {each for row in controls() for each in REQUIREMENT.findall(row[0])} >= COVERED
