"""What became of tests, for people, for CI systems (JUnit XML) and for tools."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from foundation.release.context import write_file
from genai_runtime.evaluation.reporting.text import clean, one_line


@dataclass(frozen=True)
class Test:
    """A test. `problem` says what is wrong; empty when nothing is. `skipped` says why it could not be made."""

    __test__ = False  # not a test of pytest's

    group: str
    name: str
    seconds: float
    problem: str = ""
    skipped: str = ""

    @property
    def result(self) -> str:
        """passed, failed or skipped."""
        return "failed" if self.problem else "skipped" if self.skipped else "passed"


def timed(group: str, name: str, check: Callable[[], str]) -> Test:
    """Make a test; `check` returns what is wrong."""
    started = time.monotonic()
    problem = check()
    return Test(group, name, time.monotonic() - started, problem)


def junit(suite: str, tests: Sequence[Test]) -> bytes:
    """JUnit XML, as Jenkins, GitLab and CodeBuild read it."""
    root = Xml.Element("testsuite", {"name": suite, "tests": str(len(tests)), "errors": "0"})
    for each in tests:
        case = Xml.SubElement(
            root, "testcase", {"classname": f"{suite}.{each.group}", "name": each.name, "time": f"{each.seconds:.3f}"}
        )
        if each.problem:
            message = one_line(each.problem, 500)
            Xml.SubElement(case, "failure", {"type": "failed", "message": message}).text = clean(each.problem)
        elif each.skipped:
            Xml.SubElement(case, "skipped", {"message": one_line(each.skipped, 500)})
    root.set("failures", str(sum(bool(each.problem) for each in tests)))
    root.set("skipped", str(sum(each.result == "skipped" for each in tests)))
    root.set("time", f"{sum(each.seconds for each in tests):.3f}")
    Xml.indent(root)
    body: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def write_results(folder: Path, suite: str, tests: Sequence[Test], more: Mapping[str, Any]) -> dict[str, Any]:
    """Write `SUITE.xml` and `SUITE.json`; returns what the latter holds."""
    found = {
        "suite": suite,
        "passed": not any(each.problem for each in tests),
        "tests": [{**asdict(each), "seconds": round(each.seconds, 3), "result": each.result} for each in tests],
        **more,
    }
    write_file(folder / f"{suite}.xml", junit(suite, tests))
    write_file(folder / f"{suite}.json", json.dumps(found, indent=2) + "\n")
    return found
