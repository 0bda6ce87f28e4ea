"""One folder with every fault at once: each is found, at its line, and none hides another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stacks.settings import ConfigErrors, load_settings
from stacks.settings.codes import CODES

CHECKOUT = Path(__file__).resolve().parents[3]
BROKEN = CHECKOUT / "tests" / "data" / "broken_config"
SOURCES = ("stacks/settings", "constructs/genai_foundation/catalog")
# Faults that need a state which excludes others (no lock, no platform file, a file of a mebibyte, both roles given): tested
# one by one.
APART = {"GF-CFG-002", "GF-CAT-032", "GF-CAT-043", "GF-REL-604"}


def found() -> tuple[tuple[str, str], ...]:
    with pytest.raises(ConfigErrors) as failure:
        load_settings(BROKEN / "config")
    return tuple(
        (error.code, f"{error.file.relative_to(BROKEN).as_posix()}:{error.line} {error.key or '-'}")
        for error in failure.value.errors
    )


def test_fails_with_every_fault_of_every_file_in_order() -> None:
    lines = (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines()
    expected = [tuple(line.split(" ", 1)) for line in lines]
    assert list(found()) == expected


def test_every_fault_that_a_comment_announces_is_found_in_its_line() -> None:
    places = {(code, place.split(" ")[0]) for code, place in found()}
    for path in sorted(BROKEN.rglob("*.yaml")):
        lines = path.read_bytes().splitlines() if path.is_file() else []
        for number, line in enumerate(lines, 1):
            comment = line.decode("latin-1").partition(" # ")[2]
            for code in re.findall(r"GF-[A-Z]+-\d{3}", comment):
                assert (code, f"{path.relative_to(BROKEN).as_posix()}:{number}") in places


def test_the_folder_shows_every_code_but_a_few() -> None:
    assert {code for code, _ in found()} == CODES.keys() - APART


def test_every_code_in_the_source_is_documented_and_every_documented_code_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for source in SOURCES for path in (CHECKOUT / source).rglob("*.py")]
    used = {code for text in texts if "CODES = {" not in text for code in re.findall(r"GF-[A-Z]+-\d{3}", text)}
    assert used == CODES.keys()


def test_messages_say_what_to_do_and_stay_in_lower_case() -> None:
    with pytest.raises(ConfigErrors) as failure:
        load_settings(BROKEN / "config")
    for error in failure.value.errors:
        assert not error.message[:1].isupper() or error.message.startswith("CloudFormation"), error.message
        assert ":" in error.message, error.message
        assert "\n" not in str(error)


def test_the_exception_reads_as_a_list() -> None:
    with pytest.raises(ConfigErrors) as failure:
        load_settings(BROKEN / "config")
    lines = str(failure.value).splitlines()
    assert lines[0] == f"{len(failure.value.errors)} configuration errors"
    assert any(
        re.fullmatch(r"GF-ACC-001 .*platform\.yaml:9 accounts\.pre-prod = '222222222222': is also .*", line)
        for line in lines
    )
