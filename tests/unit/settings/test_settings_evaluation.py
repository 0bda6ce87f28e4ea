"""Faults of platform.yaml's section `evaluation`, and what stacks and commands read of it."""

from __future__ import annotations

import pytest

from stacks.settings import ModelQuota
from tests.unit.settings.folder import PLATFORM, Folder

JUDGES = "judges: [anthropic.claude-sonnet-4-6]"
QUOTA = '"amazon.nova-lite-v1:0": {requests_per_minute: 1000, tokens_per_minute: 1000000}'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (JUDGES, "judge: []", ("GF-CFG-011", "evaluation.judge")),
        (JUDGES, f"{JUDGES}\n  retention_days: 7", ("GF-CFG-013", "evaluation.retention_days")),
        (JUDGES, f"{JUDGES}\n  max_concurrency: 0", ("GF-CFG-013", "evaluation.max_concurrency")),
        (JUDGES, f"{JUDGES}\n  max_concurrency: 4.0", ("GF-CFG-012", "evaluation.max_concurrency")),
        ("reviewers: [evaluation-", "reviewers: [nobody, evaluation-", ("GF-CFG-013", "evaluation.reviewers[0]")),
        ("quotas:\n    dev:", "quotas:\n    test:", ("GF-CFG-013", "evaluation.quotas.test")),
        (
            QUOTA,
            QUOTA.replace("1000,", "0,"),
            ("GF-CFG-013", "evaluation.quotas.dev.amazon.nova-lite-v1:0.requests_per_minute"),
        ),
    ],
)
def test_fails_on_a_wrong_value(folder: Folder, old: str, new: str, expected: tuple[str, str]) -> None:
    folder.platform(old, new)
    assert expected in folder.found()


def test_fails_on_a_judge_that_no_environment_approves(folder: Folder) -> None:
    folder.platform(JUDGES, "judges: [anthropic.claude-sonnet-4-7]")
    error = folder.only()
    assert (error.code, error.key) == ("GF-MOD-013", "evaluation.judges[0]")
    assert error.line == folder.line(PLATFORM, "judges:")
    assert 'did you mean "anthropic.claude-sonnet-4-6"?' in error.message


def test_fails_on_a_judge_that_answers_in_numbers(folder: Folder) -> None:
    folder.platform(JUDGES, 'judges: ["amazon.titan-embed-text-v2:0"]')
    error = folder.only()
    assert error.code == "GF-MOD-013"
    assert "doesn't answer in text" in error.message


def test_fails_on_a_quota_of_a_model_that_the_environment_does_not_approve(folder: Folder) -> None:
    folder.platform(QUOTA, "mistral.large-2402-v1: {requests_per_minute: 10}")
    error = folder.only()
    assert (error.code, error.key) == ("GF-MOD-014", "evaluation.quotas.dev.mistral.large-2402-v1")
    assert "not approved in dev" in error.message


def test_quotas_are_found_by_environment_and_model(folder: Folder) -> None:
    settings = folder.load()
    lite = "amazon.nova-lite-v1:0"
    assert settings.quota("dev", lite) == ModelQuota(requests_per_minute=1000, tokens_per_minute=1000000)
    assert settings.quota("prod", lite) != settings.quota("dev", lite)
    assert settings.quota("dev", "cohere.embed-multilingual-v3") == ModelQuota()


def test_the_section_may_be_left_out(folder: Folder) -> None:
    text = folder.read(PLATFORM)
    start, end = text.index("\nevaluation:"), text.index("\n# Both keys")
    folder.write(PLATFORM, text[:start] + text[end:])
    settings = folder.load()
    assert settings.evaluation.judges == ()
    assert settings.evaluation.max_concurrency == 4
    assert settings.quota("prod", "amazon.nova-lite-v1:0") == ModelQuota()
