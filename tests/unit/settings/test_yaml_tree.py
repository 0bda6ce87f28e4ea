"""Reading YAML with line numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genai_foundation.catalog.yaml_tree import MAX_BYTES, Document, read


def parsed(tmp_path: Path, text: str | bytes) -> Document:
    file = tmp_path / "some.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file)


def value(tmp_path: Path, text: str) -> Any:
    document = parsed(tmp_path, text)
    assert document.root is not None
    assert document.errors == []
    return document.root.value


def codes(document: Document) -> list[tuple[str, int]]:
    return [(error.code, error.line) for error in document.errors]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-3", -3),
        ("0.75", 0.75),
        (".5", 0.5),
        ("1.5e3", 1500.0),
        ('"12"', "12"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("012", 12),
        ("2026-03-12", "2026-03-12"),
        ("1_000", "1_000"),
        (".nan", ".nan"),
        ("1.0e999", "1.0e999"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_follow_yaml_1_2(tmp_path: Path, text: str, expected: object) -> None:
    found = value(tmp_path, f"key: {text}")["key"]
    assert found == expected
    assert type(found) is type(expected)


def test_every_node_knows_its_line_and_key(tmp_path: Path) -> None:
    root = parsed(tmp_path, "a:\n  b:\n    - c: 1\n    -\n      c: 2\n").root
    assert root is not None
    second = root.get("a", "b", 1, "c")
    assert second is not None
    assert (second.key, second.line, second.value) == ("a.b[1].c", 5, 2)
    assert root.get("a", "x", "y") is None


def test_typed_accessors_return_nothing_for_another_type(tmp_path: Path) -> None:
    root = parsed(tmp_path, "text: word\nnumber: 3\nflag: true\n").root
    assert root is not None
    assert (root.text("text"), root.text("number"), root.text("absent")) == ("word", None, None)
    assert (root.integer("number"), root.integer("flag"), root.integer("text")) == (3, None, None)


def test_fails_on_a_duplicate_key_and_names_the_first(tmp_path: Path) -> None:
    document = parsed(tmp_path, "a: 1\nb: 2\na: 3\n")
    assert codes(document) == [("GF-CFG-009", 3)]
    assert "line 1" in document.errors[0].message
    assert document.root is not None
    assert document.root.value == {"a": 1, "b": 2}


def test_fails_on_an_alias_even_when_it_holds_itself(tmp_path: Path) -> None:
    assert codes(parsed(tmp_path, "a: &x [1]\nb: *x\n")) == [("GF-CFG-007", 2)]
    assert codes(parsed(tmp_path, "a: &x [*x]\n")) == [("GF-CFG-007", 1)]


def test_fails_on_an_alias_bomb_without_expanding_it(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert {code for code, _ in codes(parsed(tmp_path, "\n".join(lines)))} == {"GF-CFG-007"}


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [ls]", "a: !custom 1", "a: !!binary aGk="])
def test_fails_on_a_tag(tmp_path: Path, text: str) -> None:
    assert codes(parsed(tmp_path, text)) == [("GF-CFG-008", 1)]


def test_fails_on_a_key_that_is_not_text(tmp_path: Path) -> None:
    assert codes(parsed(tmp_path, "? [a, b]\n: 1\nc: 2\n")) == [("GF-CFG-008", 1)]


@pytest.mark.parametrize("depth", [40, 900, 100_000])
def test_fails_on_deep_nesting(tmp_path: Path, depth: int) -> None:
    found = {code for code, _ in codes(parsed(tmp_path, "a: " + "[" * depth + "]" * depth))}
    assert found in ({"GF-CFG-006"}, {"GF-CFG-004"})


@pytest.mark.parametrize("text", ["a: [1, 2", "a: b: c", "\ta: 1", "a: 1\n---\nb: 2", "a: 'x", "%YAML 9.9\n---\n%"])
def test_fails_on_broken_yaml(tmp_path: Path, text: str) -> None:
    document = parsed(tmp_path, text)
    assert [code for code, _ in codes(document)] == ["GF-CFG-004"]
    assert document.root is None


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n...\n"])
def test_fails_on_an_empty_file(tmp_path: Path, text: str) -> None:
    document = parsed(tmp_path, text)
    if document.root is None:
        assert codes(document) == [("GF-CFG-005", 0)]
    else:
        assert document.root.value is None


def test_fails_on_another_encoding_and_names_the_line(tmp_path: Path) -> None:
    assert codes(parsed(tmp_path, b"a: 1\nb: \xff\xfe\n")) == [("GF-CFG-003", 2)]


def test_fails_on_control_characters(tmp_path: Path) -> None:
    assert [code for code, _ in codes(parsed(tmp_path, b"a: x\x00y\n"))] == ["GF-CFG-004"]


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    assert value(tmp_path, "\ufeffa: 1\n") == {"a": 1}


def test_fails_on_a_huge_file(tmp_path: Path) -> None:
    assert codes(parsed(tmp_path, b"a" * (MAX_BYTES + 1))) == [("GF-CFG-002", 0)]


def test_fails_on_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert codes(read(tmp_path / "absent.yaml")) == [("GF-CFG-001", 0)]
    assert codes(read(tmp_path)) == [("GF-CFG-001", 0)]


def test_errors_show_long_and_odd_values_in_one_printable_line(tmp_path: Path) -> None:
    root = parsed(tmp_path, f'a: "x\\ty\\u200f"\nb: {"z" * 5000}\nc: {{d: 1}}\n').root
    assert root is not None
    for key in "abc":
        node = root.get(key)
        assert node is not None
        shown = node.error("GF-CFG-013", "is wrong").value
        assert shown.isprintable()
        assert len(shown) <= 120
