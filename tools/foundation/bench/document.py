"""build/bench/bench.json: machine, versions, date, load, sections with their figures, and all aims at a glance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from foundation.bench.run import FAILED, Section


def document(
    sections: Sequence[Section],
    *,
    when: date,
    machine: Mapping[str, Any],
    versions: Mapping[str, str],
    load: tuple[float, float],
    quick: bool,
) -> dict[str, Any]:
    """Everything about one run. `load` is the machine's load average before and after; `when` is the caller's date."""
    aims = [
        {"key": figure.key, "name": figure.name, "median": figure.as_json()["median"], "unit": figure.unit,
         "aim": figure.aim.text, "met": figure.met}
        for section in sections
        for figure in section.figures
        if figure.aim
    ]  # fmt: skip
    return {
        "date": when.isoformat(),
        "quick": quick,
        "machine": dict(machine),
        "load_average": {"before": load[0], "after": load[1]},
        "versions": dict(versions),
        "complete": not any(section.state == FAILED for section in sections),
        "aims": aims,
        "sections": [section.as_json() for section in sections],
    }


def write(data: Mapping[str, Any], path: Path) -> None:
    """Write the document as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
