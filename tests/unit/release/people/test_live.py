"""What is live: read from the log, changed by requests that name nothing outside of the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from foundation.release.cli import app
from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from foundation.release.people import live_cli
from foundation.release.people.live import Candidate, LiveUseCase, ended, limit, rolled_back, started, versions
from foundation.release.people.show_live import as_data
from genai_runtime.live.errors import LiveError
from genai_runtime.live.online.records import ArmCounts, ExperimentState
from genai_runtime.live.records import Experiment, Limit
from genai_runtime.live.requests import parse
from stacks.settings import Settings
from tests.unit.release.people.live_account import MANIFEST, VERSIONS, account, records

NAME = "claims-assistant"
ARGUMENTS = ["--environment", "prod", "--use-case", NAME]
SHOWN = {"use_case": NAME, "changed": True, "sequence": 3, "manifest": MANIFEST, "state": "shown", "error": None}


def _report(**found: Any) -> dict[str, Any]:
    return {"complete": True, "refused": False, "use_cases": [{**SHOWN, **found}]}


def _experiment(**changed: Any) -> Experiment:
    given: dict[str, Any] = {
        "id": "canary-1", "kind": "canary", "share": 0.1, "started_at": "2026-09-02T10:00:00Z", "candidate": VERSIONS,
        "limits": (Limit(metric="failed", share=0.05),),
    }  # fmt: skip
    return Experiment(**{**given, **changed})


def _live(settings: Settings, experiment: Experiment | None = None, **more: Any) -> LiveUseCase:
    return LiveUseCase(account(settings, records(experiment), **more)[0], "prod", NAME)


def test_a_candidate_names_what_it_changes_and_nothing_else(settings: Settings) -> None:
    found = versions(
        _live(settings), Candidate({"grounded-answer": "2"}, {"grounded-answer": "eu.amazon.nova-micro-v1:0"})
    )
    assert found.prompts == {"grounded-answer": 2}
    assert found.models == {"grounded-answer": "eu.amazon.nova-micro-v1:0"}
    assert found.guardrail == VERSIONS.guardrail
    only_model = versions(_live(settings), Candidate({}, {"classify": "amazon.nova-lite-v1:0"}))
    assert only_model.prompts == {"classify": 1}


def test_another_guardrail_is_a_candidate_for_every_prompt(settings: Settings) -> None:
    found = versions(_live(settings), Candidate({}, {}, 2))
    assert found.prompts == VERSIONS.prompts
    assert (found.guardrail.name, found.guardrail.version) == ("customer-facing", 2)


def test_before_the_first_release_the_contract_is_the_base(settings: Settings) -> None:
    live = LiveUseCase(account(settings, [])[0], "prod", NAME)
    assert versions(live, Candidate({"classify": "2"}, {})).prompts == {"classify": 2}
    assert as_data(live)["versions"]["prompts"] == {"grounded-answer": 1, "classify": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failed=0.05", Limit(metric="failed", share=0.05)),
        ("slow=0.1@4000", Limit(metric="slow", share=0.1, slow_ms=4000)),
    ],
)
def test_limits_are_written_in_short(text: str, expected: Limit) -> None:
    assert limit(text) == expected


@pytest.mark.parametrize("text", ["failed", "failed=2", "slow=0.1", "failed=0.1@40", "wrong=0.1", "=0.1", "failed=x"])
def test_fails_for_a_limit_that_is_none(text: str) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-443"):
        limit(text)


def test_requests_are_those_that_the_function_takes(settings: Settings) -> None:
    live = _live(settings, _experiment())
    asked = started(
        live, "ab", Candidate({"classify": "2"}, {}), 0.5, ["failed=0.05"], by="me", id="ab-1", alpha=0.01, minimum=200
    )
    for request in (
        asked,
        ended(live, "stop", "me", ""),
        ended(live, "promote", "me", ""),
        rolled_back(live, 1, "me", "x"),
    ):
        assert parse(json.loads(request.model_dump_json(exclude_none=True)))
    assert ended(live, "stop", "me", "").expected_sequence == 2
    assert rolled_back(live, None, "me", "x").expected_sequence == 2  # a repeated request goes back once


@pytest.mark.parametrize(
    ("candidate", "code"),
    [
        (Candidate({}, {}), "GF-REL-442: nothing differs"),
        (Candidate({"summarise": "1"}, {}), "GF-REL-442: .*no prompt 'summarise'"),
        (Candidate({"classify": "zero"}, {}), "GF-REL-443"),
        (Candidate({"classify": "0"}, {}), "GF-REL-443"),
    ],
)
def test_fails_for_a_candidate_that_cannot_be(settings: Settings, candidate: Candidate, code: str) -> None:
    with pytest.raises(ReleaseError, match=code):
        versions(_live(settings), candidate)


def test_fails_for_a_share_that_is_none(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-443"):
        started(_live(settings), "canary", Candidate({"classify": "2"}, {}), 1.5, ["failed=0.1"], by="me")


def test_fails_without_an_experiment_to_end(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-444"):
        ended(_live(settings), "stop", "me", "")


def test_fails_for_a_use_case_of_elsewhere(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-441: prod has no use case 'pension-guidance'"):
        LiveUseCase(account(settings, [])[0], "prod", "pension-guidance")


def test_fails_with_the_functions_refusal(settings: Settings) -> None:
    refused = _report(state="refused", changed=False, error={"code": "GF-LIVE-106", "message": "canary-1 runs"})
    live = _live(settings, answer=refused)
    with pytest.raises(ReleaseError, match="GF-LIVE-106: canary-1 runs"):
        live.change(rolled_back(live, 1, "me", "x"))


@pytest.mark.parametrize("answer", [None, {}, {"use_cases": []}, {"use_cases": [{"use_case": "other"}]}])
def test_fails_for_an_answer_that_is_no_report(settings: Settings, answer: Any) -> None:
    live = _live(settings, answer=answer)
    with pytest.raises(ReleaseError, match="GF-REL-440"):
        live.change(rolled_back(live, 1, "me", "x"))


def test_fails_for_a_log_that_somebody_changed(settings: Settings) -> None:
    first, second = records(_experiment())
    changed = first.model_copy(update={"by": "somebody else"})
    with pytest.raises(LiveError, match="GF-LIVE-100"):
        LiveUseCase(account(settings, [changed, second])[0], "prod", NAME).history()


@pytest.fixture
def shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A canary with counts; what the commands work on."""
    candidate = ArmCounts(requests=40, failed=9)
    state = ExperimentState(
        use_case=NAME,
        experiment=_experiment(),
        arms={"candidate": candidate, "stable": ArmCounts(requests=300, failed=3)},
    )
    context, _ = account(settings, records(_experiment()), answer=_report(), state=state)
    monkeypatch.setattr(live_cli, "context", lambda *_given: context)
    return context


def test_show_says_who_was_harmed(shown: Context) -> None:
    assert shown.settings
    run = CliRunner().invoke
    data = json.loads(run(app, ["live", "show", *ARGUMENTS, "--json"]).stdout)
    assert data["standing"]["harm"][0]["harmed"] == 9
    assert data["standing"]["limits"][0]["low"] > 0
    text = run(app, ["live", "show", *ARGUMENTS])
    assert text.exit_code == 0
    assert "9 requests of users went wrong" in text.output
    assert "canary canary-1, share 0.1" in text.output


def test_history_is_a_table(shown: Context) -> None:
    assert shown.settings
    found = CliRunner().invoke(app, ["live", "history", *ARGUMENTS])
    assert found.exit_code == 0
    assert "canary-1" in found.output
    rows = json.loads(CliRunner().invoke(app, ["live", "history", *ARGUMENTS, "--json"]).stdout)
    assert [row["action"] for row in rows] == ["release", "experiment"]


@pytest.mark.parametrize(
    "command",
    [
        ["canary", "--prompt", "grounded-answer=2", "--limit", "failed=0.05", "--limit", "slow=0.05@4000"],
        ["shadow", "--model", "classify=amazon.nova-lite-v1:0", "--limit", "disagreeing=0.3"],
        ["ab", "--guardrail-version", "2", "--limit", "failed=0.1", "--share", "0.5", "--minimum", "200"],
        ["stop", "--reason", "enough"],
        ["promote"],
        ["rollback", "--to", "1", "--reason", "wrong answers"],
    ],
)
def test_every_change_is_asked_for_through_the_function(shown: Context, command: list[str]) -> None:
    functions = shown.access.client("lambda", "prod")
    found = CliRunner().invoke(app, ["live", command[0], *ARGUMENTS, *command[1:]])
    assert found.exit_code == 0, found.output
    assert "changed, record 3, shown" in found.output
    assert parse(functions.events[-1]).use_case == NAME  # type: ignore[union-attr]


def test_fails_with_a_code_on_the_terminal(shown: Context) -> None:
    assert shown.settings
    found = CliRunner().invoke(app, ["live", "canary", *ARGUMENTS, "--prompt", "x", "--limit", "failed=0.1"])
    assert found.exit_code == 1
    assert "GF-REL-443" in found.output
