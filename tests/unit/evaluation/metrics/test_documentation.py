"""docs/evaluation/metrics.md has every metric as it is, and its example of a plug-in works."""

from __future__ import annotations

import re
from pathlib import Path

from genai_runtime.evaluation.metrics import known, registry
from genai_runtime.evaluation.metrics.refusal_phrases import PHRASES
from tests.unit.evaluation.metrics.making import case, score

PAGE = (Path(__file__).parents[4] / "docs/evaluation/metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_listed_with_its_kind_needs_and_options() -> None:
    rows = {cells[1].strip("` "): [cell.strip() for cell in cells[2:]] for cells in _table("## All metrics")}
    ours = {name: each for name, each in known().items() if not each.plugin}
    assert rows.keys() == ours.keys()
    for name, each in ours.items():
        kind, needs, definition = rows[name][:3]
        assert (kind, needs) == (each.kind, ", ".join(each.needs) or "—")
        if name not in ("rouge-2", "rouge-l"):  # as rouge-1
            missing = [option for option in each.options.model_fields if f"`{option}`" not in definition]
            assert missing in ([], ["pattern"]), name
    assert f"{len(PHRASES)} languages" in rows["refusal"][2]


def test_the_example_of_a_plug_in_works() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    before = dict(registry._registered)
    try:
        exec(compile(source, "motor_claims.py", "exec"), {"__name__": "genai_evaluation_plugins.motor_claims"})  # noqa: S102
        assert score("brevity", case(), "one two three").value == 1
        assert score("brevity", case(), "one two three", most=2).detail == "3 words, at most 2"
    finally:
        registry._registered.clear()
        registry._registered.update(before)


def _table(heading: str) -> list[list[str]]:
    lines = PAGE.split(heading)[1].split("\n## ")[0].splitlines()
    return [line.split("|") for line in lines if line.startswith("| `")]
