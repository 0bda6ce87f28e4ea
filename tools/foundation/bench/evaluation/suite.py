"""The suite that all sections on evaluation use: 500 cases of the shipped suites, and canned answers to them."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from foundation.bench.errors import BenchError
from foundation.evaluation.suites import LoadedSuite, load_suite
from genai_runtime.evaluation.case import Case
from stacks.settings import Settings, default_catalog

NAME: Final = "bench"
SOURCES: Final = ("bedrock-api-reference", "api-limits")
CASES: Final = 500
MODEL: Final = "amazon.nova-lite-v1:0"
STAGE: Final = "dev"
SEED: Final = 20260901
_RIGHT_SHARE = 0.7

METRICS: Final = (
    {"name": "exact-match", "threshold": 0.1},
    {"name": "token-f1", "gating": True, "threshold": 0.3, "pass_at": 0.3},
    {"name": "bleu", "threshold": 0.1, "pass_at": 0.1},
    {"name": "rouge-1", "threshold": 0.3, "pass_at": 0.3},
    {"name": "rouge-2", "threshold": 0.2, "pass_at": 0.2},
    {"name": "rouge-l", "gating": True, "threshold": 0.3, "pass_at": 0.3},
    {"name": "refusal", "threshold": 0.8},
    {"name": "citation-accuracy", "threshold": 0.5},
)
SUITE: Final[Mapping[str, Any]] = {
    "name": NAME,
    "description": "500 cases of the shipped suites, for make bench.",
    "prompt": {"name": "api-answer", "version": 1},
    "models": [MODEL],
    "guardrail": {"name": "baseline", "version": 1},
    "metrics": list(METRICS),
    "minimum_cases": 30,
    "baseline": "none",
}


@dataclass(frozen=True)
class Project:
    """A copy of configuration and catalog that has the suite, so that the `foundation` command knows it."""

    config: Path
    suite: Path

    def load(self) -> LoadedSuite:
        """The suite as the command reads it."""
        return load_suite(self.suite)


def write_project(settings: Settings, folder: Path, quota: int | None) -> Project:
    """Copy the configuration with one suite more, and with this quota (requests a minute) of its model in dev.

    Raises BenchError (GF-BENCH-021) when the shipped suites have too few cases.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(settings.config, folder / "config")
    shutil.copytree(default_catalog(settings.config), folder / "catalog")
    platform = folder / "config" / "platform.yaml"
    tree = yaml.safe_load(platform.read_text(encoding="utf-8"))
    quotas = tree.setdefault("evaluation", {}).setdefault("quotas", {}).setdefault(STAGE, {})
    if quota is None:
        quotas.pop(MODEL, None)
    else:
        quotas[MODEL] = {"requests_per_minute": quota}
    platform.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return Project(folder / "config", write_suite(folder / "catalog" / "evaluations"))


def write_suite(evaluations: Path) -> Path:
    """Write the suite beside those that its cases come from; returns its folder."""
    lines = [line for name in SOURCES for line in (evaluations / name / "dataset.jsonl").read_bytes().splitlines()]
    if len(lines) < CASES:
        raise BenchError(
            "GF-BENCH-021", f"{' and '.join(SOURCES)} have {len(lines)} cases, {CASES} are needed: generate more"
        )
    folder = evaluations / NAME
    folder.mkdir()
    (folder / "suite.yaml").write_text(yaml.safe_dump(dict(SUITE), sort_keys=False), encoding="utf-8")
    (folder / "dataset.jsonl").write_bytes(b"\n".join(lines[:CASES]) + b"\n")
    return folder


def canned_answers(cases: tuple[Case, ...]) -> dict[str, str]:
    """An answer to each case without a model: its reference, a part of it, or another passage of its context."""
    chance = random.Random(SEED)  # noqa: S311 - the same answers in every run
    return {case.id: _answer(case, chance) for case in cases}


def _answer(case: Case, chance: random.Random) -> str:
    reference = case.right_answers[0]
    if chance.random() < _RIGHT_SHARE:
        words = reference.split()
        kept = words if chance.random() < _RIGHT_SHARE else [word for word in words if chance.random() < _RIGHT_SHARE]
        return " ".join(kept) or reference
    return chance.choice(case.context).text if case.context else "I can't answer that from the documentation given."


def write_canned(cases: tuple[Case, ...], path: Path) -> None:
    """One JSON line for each case: id, question, reference, answer. What every peer reads."""
    answers = canned_answers(cases)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_line(case, answers[case.id]) for case in cases), encoding="utf-8")


def _line(case: Case, answer: str) -> str:
    asked = case.prompt or (case.variables or {})["question"]
    told = {"id": case.id, "question": asked, "reference": case.right_answers[0], "answer": answer}
    return json.dumps(told, ensure_ascii=False) + "\n"


def read_canned(path: Path) -> Iterator[dict[str, str]]:
    """The lines of `write_canned`."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
