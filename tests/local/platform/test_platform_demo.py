"""The demo's own result, and what running it again does."""

import json

import pytest

from tests.local.platform.conftest import Platform

pytestmark = pytest.mark.local


def test_deploys_every_account_and_answers_as_it_should(platform: Platform) -> None:
    summary = platform.summary
    assert [each["stage"] for each in summary.accounts] == [each.stage for each in platform.settings.accounts]
    assert all(each["unchanged"] == 0 for each in summary.accounts)
    assert {each["environment"] for each in summary.requests} == {"dev", "prod"}
    assert [each["outcome"] for each in summary.requests if each["environment"] == "prod"] == [
        "answered",
        "masked",
        "blocked",
        "blocked",
        "rejected",
        "rejected",
    ]
    assert summary.read_back["differs"] == 0
    assert summary.read_back["equal"] > 5000


def test_leaves_the_summary_and_the_report(platform: Platform) -> None:
    written = json.loads((platform.out / "summary.json").read_text())
    assert written["ok"] is True
    assert written["report"].endswith("index.html")
    assert (platform.out / "report" / "index.html").stat().st_size > 10_000


def test_a_second_run_changes_no_stack(platform: Platform) -> None:
    again = platform.run_demo()
    assert again.ok, again.error
    assert all(each["unchanged"] == each["stacks"] for each in again.accounts)
