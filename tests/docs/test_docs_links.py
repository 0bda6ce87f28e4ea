"""Every link, anchor and path of every page leads somewhere."""

import re

import pytest

from tests.docs.pages import CHECKOUT, Page, page, pages

EACH_PAGE = pytest.mark.parametrize("each", pages(), ids=lambda each: each.path)
TOP = {
    "catalog", "config", "constructs", "docs", "examples", "lambda", "stacks", "tests", "tools", ".ci", ".devcontainer"
}  # fmt: skip
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|…|\*|\bv?N\b")
TEST_FILE = re.compile(r"\b(?:tests/)?((?:unit|synth|contract|local|docs|wheel)/[\w/]*test_\w+\.py)")


@EACH_PAGE
def test_links_lead_to_files_and_headings(each: Page) -> None:
    for link in each.links():
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (CHECKOUT / each.path).parent / path if path else CHECKOUT / each.path
        assert target.exists(), f"{each.path}: {link} leads nowhere"
        if anchor:
            found = page(target.resolve().relative_to(CHECKOUT).as_posix()).anchors()
            assert anchor in found, f"{each.path}: {link} has no such heading; there are {sorted(found)}"


@EACH_PAGE
def test_paths_in_code_spans_exist(each: Page) -> None:
    for span in each.spans():
        words = re.fullmatch(r"(\.?[\w.-]+(?:/[\w.-]*)+)", span)
        if words and span.split("/")[0] in TOP and not PLACEHOLDER.search(span):
            assert (CHECKOUT / span).exists(), f"{each.path}: `{span}` does not exist"


@EACH_PAGE
def test_test_files_that_a_page_names_exist(each: Page) -> None:
    for file in TEST_FILE.findall(each.prose):
        assert (CHECKOUT / "tests" / file).is_file(), f"{each.path}: tests/{file} does not exist"


@EACH_PAGE
def test_pages_name_no_machine(each: Page) -> None:
    """Nothing that is true in one place only: absolute paths of a machine, addresses of registries."""
    found = re.findall(
        r"(?:/home/|/root/|/work/|/tmp/|/Users/|files\.pythonhosted|registry\.npmjs|pypi\.org)\S*", each.text
    )
    assert not found, f"{each.path}: {found}"


def test_fails_on_a_link_and_an_anchor_that_lead_nowhere() -> None:
    assert "no-such-heading" not in page("README.md").anchors()
    assert page("docs/deploy-to-aws.md").anchors() >= {"5-model-access", "removal"}
