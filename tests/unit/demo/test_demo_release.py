"""The demo's releases and canary, as far as they need no target: who approves, and what is said where they can't go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foundation.demo import canary
from foundation.demo.degrading_model import BAD, GOOD, DegradingModel
from foundation.demo.release import Releases
from foundation.local.target import Target
from foundation.release.errors import ReleaseError
from stacks.settings import Settings


def _with(settings: Settings, **approvers: list[str]) -> Settings:
    release = settings.release
    assert release is not None
    roles = {role.replace("_", "-"): tuple(people) for role, people in approvers.items()}
    changed = release.model_copy(update={"approvers": roles})
    return replace(settings, platform=settings.platform.model_copy(update={"release": changed}))


@pytest.mark.parametrize(
    ("qa", "experts", "expected"),
    [
        (["q@example.com"], ["e@example.com"], ("q@example.com", "e@example.com")),
        (["a@example.com"], ["A@example.com", "b@example.com"], ("a@example.com", "b@example.com")),
        (["a@example.com", "b@example.com"], ["a@example.com"], ("b@example.com", "a@example.com")),
    ],
)
def test_two_people_approve(
    settings: Settings, tmp_path: Path, qa: list[str], experts: list[str], expected: tuple[str, str]
) -> None:
    releases = Releases(_with(settings, qa=qa, domain_expert=experts), Target(tmp_path), tmp_path, tmp_path)
    answers = releases._answers()
    assert (answers["QA"].email, answers["DomainExpert"].email) == expected


def test_fails_with_a_code_without_a_pipeline(settings: Settings, tmp_path: Path) -> None:
    without = replace(settings, platform=settings.platform.model_copy(update={"release": None}))
    with pytest.raises(ReleaseError, match="GF-REL-406"):
        Releases(without, Target(tmp_path), tmp_path, tmp_path)


def test_fails_with_a_code_where_functions_see_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "_SETTLE_SECONDS", 0.0)
    with pytest.raises(ReleaseError, match="GF-DEMO-001: functions of prod didn't see"):
        canary._until(lambda: None)


def test_a_model_degrades_by_its_share_and_not_before() -> None:
    model = DegradingModel(0.25)
    assert {model.answer() for _ in range(20)} == {GOOD}
    model.degrade()
    assert [model.answer() for _ in range(8)] == [GOOD, GOOD, GOOD, BAD] * 2
    model._server.server_close()
