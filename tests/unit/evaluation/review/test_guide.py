"""The suite fragments of docs/evaluation/judges-and-reviews.md are valid."""

from pathlib import Path
from typing import Any

import yaml

from genai_runtime.evaluation.judging.calibration import parse_calibration
from genai_runtime.evaluation.suite import Rubric, Suite

PAGE = Path(__file__).parents[4] / "docs" / "evaluation" / "judges-and-reviews.md"
RUBRIC = {"question": "q", "levels": {1: "no", 2: "partly", 3: "yes"}}


def fragments(language: str) -> list[str]:
    parts = PAGE.read_text(encoding="utf-8").split(f"```{language}\n")[1:]
    return [part.split("```")[0] for part in parts]


def test_fragments_are_parts_of_a_suite() -> None:
    whole: dict[str, Any] = {
        "name": "n", "description": "d", "prompt": {"name": "p", "version": 1}, "models": ["m"], "metrics": [],
    }  # fmt: skip
    judge, review = (yaml.safe_load(text.replace("rubric: …", "rubric: null")) for text in fragments("yml"))
    review["review"]["rubric"] = RUBRIC
    whole |= {"judge": judge["judge"], "review": review["review"], "metrics": judge["metrics"] + review["metrics"]}
    made = Suite.model_validate(whole)
    assert {metric.registered for metric in made.metrics} == {"judge", "judge-preference", "human-review"}


def test_the_calibration_line_is_one() -> None:
    (line,) = fragments("json")
    (item,) = parse_calibration(line.encode(), Rubric.model_validate(RUBRIC))
    assert item.labels == (2, 3, 2)
