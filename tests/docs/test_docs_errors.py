"""docs/errors.md lists every code of the source, each with one meaning."""

import re
from pathlib import Path

import pytest

from foundation.checks.errors import GateError
from foundation.docs.cli import ERRORS
from foundation.docs.error_page import clashes, render
from foundation.docs.scan import CODE, Use, scan
from tests.docs.pages import CHECKOUT

USES = scan(CHECKOUT)


def test_the_page_is_fresh() -> None:
    assert (CHECKOUT / ERRORS).read_text(encoding="utf-8") == render(USES), "run `foundation docs errors`"


def test_every_code_in_the_source_is_on_the_page() -> None:
    listed = set(re.findall(rf"^\| `({CODE.pattern})`", (CHECKOUT / ERRORS).read_text(encoding="utf-8"), re.MULTILINE))
    folders = ("stacks", "constructs", "lambda", "tools")
    files = [
        CHECKOUT / "app.py",
        CHECKOUT / "Makefile",
        *(f for each in folders for f in (CHECKOUT / each).rglob("*.py")),
    ]
    assert listed == {code for file in files for code in CODE.findall(file.read_text(encoding="utf-8"))}


def test_every_code_has_one_meaning() -> None:
    assert list(clashes(USES)) == []


SOURCE = '''
"""GF-DOCSTRING-001 is no use."""
LATE = "GF-ONE-001"
MEANINGS = {"GF-ONE-002": "a thing is odd"}


def check(name, found):
    text = f"{name} is late: wait"
    if found:
        raise Odd("GF-ONE-002", f"{found.first_name} is odd: remove it")
    fail("GF-ONE-003", text if found else "")
    raise Odd(f"{name} is missing: GF-ONE-004: add it")
    return {"code": "GF-ONE-005", "message": "no " + "such thing"}
'''


def test_codes_are_found_with_their_texts(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "Makefile").write_text("\t@echo 'GF-MAKE-009: ENV is missing: make x' >&2\n", encoding="utf-8")
    assert scan(tmp_path) == (
        Use("GF-MAKE-009", "Makefile", "raised", "ENV is missing: make x"),
        Use("GF-ONE-001", "app.py", "declared", "late"),
        Use("GF-ONE-002", "app.py", "declared", "a thing is odd"),
        Use("GF-ONE-002", "app.py", "raised", "{first name} is odd: remove it"),
        Use("GF-ONE-003", "app.py", "raised", "{name} is late: wait"),
        Use("GF-ONE-004", "app.py", "raised", "{name} is missing: add it"),
        Use("GF-ONE-005", "app.py", "raised", "no such thing"),
    )


def test_fails_on_a_source_that_cannot_be_parsed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def broken(:\n", encoding="utf-8")
    with pytest.raises(GateError) as error:
        scan(tmp_path)
    assert error.value.code == "GF-DOC-006"


def test_fails_on_a_code_of_two_parts_of_the_source() -> None:
    uses = (
        Use("GF-NET-001", "stacks/settings/a.py", "raised", "x"),
        Use("GF-NET-001", "constructs/b/c.py", "raised", "y"),
    )
    assert list(clashes(uses)) == ["GF-NET-001: constructs/b/c.py, stacks/settings/a.py"]


def test_one_part_of_the_source_may_say_a_meaning_twice() -> None:
    files = ("stacks/settings/codes.py", "constructs/genai_foundation/catalog/model.py")
    assert list(clashes(Use("GF-CAT-006", file, "raised", file) for file in files)) == []


@pytest.mark.parametrize(
    ("use", "code"),
    [(Use("GF-NEW-001", "app.py", "raised", "x"), "GF-DOC-003"), (Use("GF-CFG-001", "app.py", "named"), "GF-DOC-004")],
)
def test_fails_on_a_code_that_nobody_could_look_up(use: Use, code: str) -> None:
    with pytest.raises(GateError) as error:
        render([use])
    assert error.value.code == code
