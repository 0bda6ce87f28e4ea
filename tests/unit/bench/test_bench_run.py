"""Sections: each on its own, every one in the result, a failed one fails the bench; bench.json and the tables."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from foundation.bench import cli
from foundation.bench.document import document, write
from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure
from foundation.bench.machine import machine
from foundation.bench.run import FAILED, LEFT_OUT, OK, Bench, Runs, Section, run_section
from foundation.bench.show import number, show
from stacks.settings import Settings

GOOD = Figure("a.x", "good figure", "s", (1.0, 2.0, 3.0), Aim(2.5, "at most 2.5 s"))
BAD = Figure("b.x", "bad figure", "ms", (20.0, 30.0), Aim(5, "at most 5 ms"), percentiles=(95,))


@pytest.fixture
def bench(settings: Settings, tmp_path: Path) -> Bench:
    return Bench(settings, tmp_path, Runs.of(True), True, lambda _said: None)


def good(_bench: Bench) -> list[Figure]:
    return [GOOD]


def coded(_bench: Bench) -> list[Figure]:
    raise BenchError("GF-BENCH-004", "it ended with 3: see its log")


def crashing(_bench: Bench) -> list[Figure]:
    raise KeyError("latency_ms")


def given(monkeypatch: pytest.MonkeyPatch, **sections: Callable[[Bench], list[Figure]]) -> None:
    monkeypatch.setattr(cli, "SECTIONS", sections)


def as_document(sections: list[Section]) -> dict[str, object]:
    return document(
        sections, when=date(2026, 3, 1), machine={"cores": 2}, versions={"python": "3.11"}, load=(0.1, 2.0), quick=False
    )


def test_a_section_has_its_figures(bench: Bench) -> None:
    section = run_section("a", good, bench)
    assert (section.state, section.figures) == (OK, [GOOD])


def test_fails_with_code_and_reason(bench: Bench) -> None:
    section = run_section("a", coded, bench)
    assert (section.state, section.error) == (FAILED, "GF-BENCH-004: it ended with 3: see its log")


def test_fails_on_anything_unexpected_and_keeps_the_traceback(bench: Bench) -> None:
    section = run_section("a", crashing, bench)
    assert (section.state, section.error) == (FAILED, "KeyError: 'latency_ms'")
    assert "in crashing" in (bench.logs / "a-error.txt").read_text(encoding="utf-8")


def test_sections_after_a_failed_one_still_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, first=coded, second=good)
    assert [each.state for each in cli.run(bench)] == [FAILED, OK]


def test_a_section_that_is_not_asked_for_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, first=coded, second=good)
    made = cli.run(bench, ["second"])
    assert [(each.name, each.state) for each in made] == [("first", LEFT_OUT), ("second", OK)]


def test_quick_leaves_the_demo_out_unless_it_is_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, demo=good)
    assert cli.run(bench)[0].state == LEFT_OUT
    assert cli.run(bench, ["demo"])[0].state == OK


def test_the_document_names_machine_versions_date_and_aims(tmp_path: Path) -> None:
    data = as_document([Section("a", figures=[GOOD]), Section("b", figures=[BAD])])
    write(data, tmp_path / "deep" / "bench.json")
    read = json.loads((tmp_path / "deep" / "bench.json").read_text(encoding="utf-8"))
    assert read["date"] == "2026-03-01"
    assert read["machine"] == {"cores": 2}
    assert read["versions"] == {"python": "3.11"}
    assert read["load_average"] == {"before": 0.1, "after": 2.0}
    assert [(each["key"], each["met"]) for each in read["aims"]] == [("a.x", True), ("b.x", False)]
    assert read["sections"][1]["figures"][0]["p95"] == 30.0
    assert read["complete"] is True


def test_fails_as_incomplete_with_a_failed_section() -> None:
    data = as_document([Section("a", FAILED, error="GF-BENCH-004: why"), Section("b", LEFT_OUT, error="not asked for")])
    assert data["complete"] is False
    assert "GF-BENCH-004: why" in json.dumps(data)


def test_the_command_writes_the_document_and_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, first=good)
    ran = CliRunner().invoke(cli.app, ["--out", str(tmp_path), "--date", "2026-03-01", "--json"])
    assert ran.exit_code == 0, ran.output
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert json.loads(ran.stdout) == written
    assert written["date"] == "2026-03-01"
    assert "good figure" in ran.stderr


def test_fails_with_exit_code_1_when_a_section_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, first=coded, second=good)
    ran = CliRunner().invoke(cli.app, ["--out", str(tmp_path)])
    assert ran.exit_code == 1
    assert "first: failed: GF-BENCH-004" in ran.output
    assert "good figure" in ran.output


def test_a_missed_aim_does_not_fail_the_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, first=lambda _bench: [BAD])
    ran = CliRunner().invoke(cli.app, ["--out", str(tmp_path)])
    assert ran.exit_code == 0
    assert "not met" in ran.output


def test_fails_on_an_unknown_section(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli.app, ["--out", str(tmp_path), "--only", "snyth"])
    assert ran.exit_code == 2
    assert not (tmp_path / "bench.json").exists()


def test_tables_show_aim_beside_figure() -> None:
    text = io.StringIO()
    sections = [Section("a", figures=[GOOD, BAD]), Section("b", LEFT_OUT, error="not asked for")]
    show(Console(file=text, width=150), sections)
    lines = text.getvalue().splitlines()
    assert any("good figure" in line and "at most 2.5 s" in line and " met " in line for line in lines)
    assert any("bad figure (p95 30.0)" in line and "not met" in line for line in lines)
    assert "b: left out: not asked for" in lines


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234"), (100.0, "100"), (99.96, "100.0"), (12.34, "12.3"), (1.234, "1.23"), (0, "0.00")],
)
def test_numbers_have_digits_that_matter(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_machine_is_described_without_its_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Example 9000 @ 2.4GHz\n", encoding="utf-8")
    found = machine(cpuinfo)
    assert found.keys() == {"cores", "processor", "memory_gib", "system"}
    assert found["cores"] >= 1
    assert found["memory_gib"] > 0
