"""Suites with managed jobs: what the check accepts, and who evaluates."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from foundation.evaluation.access import Access
from foundation.evaluation.check import check_suite
from foundation.evaluation.resolve import Asked, Resolver
from foundation.evaluation.suites import load_suite
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.unit.evaluation.jobs.planned_run import case_line

CORRECT = "{name: correctness, metric: judge, gating: true, threshold: 0.6}"


def managed_suite(folder: Path, metrics: str) -> Path:
    """A suite with managed jobs."""
    folder = folder / "managed"
    folder.mkdir()
    (folder / "suite.yaml").write_text(
        "name: managed\ndescription: Managed.\nprompt: {name: api-answer, version: 1}\nbaseline: none\n"
        f'models: ["amazon.nova-lite-v1:0"]\nminimum_cases: 10\nengine: bedrock-job\nmetrics: [{metrics}]\n'
    )
    (folder / "dataset.jsonl").write_text("".join(f"{case_line(number)}\n" for number in range(1, 12)))
    return folder


def test_a_managed_judge_needs_no_rubric_and_no_labels(tmp_path: Path, settings: Settings) -> None:
    problems = check_suite(managed_suite(tmp_path, CORRECT), settings)
    assert [each for each in problems if each.blocking] == []


def test_fails_for_a_metric_that_no_job_computes(tmp_path: Path, settings: Settings) -> None:
    problems = check_suite(
        managed_suite(tmp_path, "{name: taste, metric: judge, gating: true, threshold: 0.5}"), settings
    )
    (fault,) = [each.error for each in problems if each.blocking]
    assert (fault.code, fault.key, fault.line) == ("GF-EVAL-014", "engine", 7)
    assert "metric taste is no metric of Bedrock's judge" in fault.message


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environment_s_first_evaluator_judges(tmp_path: Path, settings: Settings, environment: Environment) -> None:
    resolver = Resolver(settings, environment, cast("Access", None), {})
    request = resolver.request(load_suite(managed_suite(tmp_path, CORRECT)), Asked())
    approved = {each.id: each for each in settings.models_for(environment)}
    expected = [approved[model] for model in settings.evaluation.judges if model in approved][:1]
    found = [request.judge.model_id] if request.judge else []
    assert found == [each.invocation_id(settings.regions.primary.name) for each in expected]
