"""A person's decision: their own session, the action of their role, a summary that holds the hash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from foundation.release.people.approve import approve
from stacks.settings import Settings
from tests.unit.release.deployment.sealed import context_with

HASH, OTHER = "ab" * 32, "cd" * 32
QA = "quality@example.com"
WAITING = {"status": "InProgress", "token": "t-1"}


class Pipeline:
    """CodePipeline with one approval stage."""

    def __init__(self, action: dict[str, Any], url: str = "") -> None:
        self.results: list[dict[str, Any]] = []
        self.error = ""
        state = {"actionName": "QA", "latestExecution": action, **({"entityUrl": url} if url else {})}
        stage = {"stageName": "Approval", "latestExecution": {"pipelineExecutionId": "e-1"}, "actionStates": [state]}
        self._state = {"stageStates": [{"stageName": "Source"}, stage]}

    def get_pipeline_state(self, *, name: str) -> dict[str, Any]:
        """The state."""
        assert name == "genai-foundation-release"
        return self._state

    def put_approval_result(self, **given: Any) -> dict[str, Any]:
        """Take a result."""
        if self.error:
            raise _error(self.error)
        self.results.append(given)
        return {"approvedAt": datetime(2026, 9, 1, 12, tzinfo=UTC)}


class Sts:
    """STS that knows who may become an approver."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.asked: list[dict[str, Any]] = []
        self._refuses = refuses

    def assume_role(self, **given: Any) -> dict[str, Any]:
        """A session."""
        self.asked.append(given)
        if self._refuses:
            raise _error("AccessDenied")
        return {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}}


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


def _context(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, pipeline: Pipeline, sts: Sts | None = None
) -> Context:
    monkeypatch.setattr(boto3.Session, "client", lambda _self, _service, **_more: pipeline)
    return context_with(settings, {"sts": sts or Sts()})


def test_the_summary_holds_the_hash_and_the_session_the_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, sts = Pipeline(WAITING, f"https://console/dossiers/{HASH}/dossier.html"), Sts()
    given = approve(_context(settings, monkeypatch, pipeline, sts), "qa", HASH, "strata hold", QA)
    (asked,) = sts.asked
    assert asked["RoleArn"].endswith("role/genai-foundation-release-approver-qa")
    assert asked["RoleSessionName"] == QA
    (result,) = pipeline.results
    assert (result["stageName"], result["actionName"], result["token"]) == ("Approval", "QA", "t-1")
    assert result["result"] == {"status": "Approved", "summary": f"{HASH} strata hold"}
    assert (given.execution, given.at) == ("e-1", "2026-09-01T12:00:00+00:00")


def test_a_release_can_be_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(WAITING)
    approve(_context(settings, monkeypatch, pipeline), "qa", HASH, "the answers changed meaning", QA, reject=True)
    assert pipeline.results[0]["result"]["status"] == "Rejected"


@pytest.mark.parametrize("action", [{}, {"status": "Succeeded"}, {"status": "InProgress"}])
def test_fails_when_nothing_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch, action: dict[str, str]) -> None:
    with pytest.raises(ReleaseError, match="GF-REL-433"):
        approve(_context(settings, monkeypatch, Pipeline(action)), "qa", HASH, "x", QA)
    with pytest.raises(ReleaseError, match=r"GF-REL-433: .*DomainExpert is not started"):
        approve(_context(settings, monkeypatch, Pipeline(WAITING)), "domain-expert", HASH, "x", QA)


def test_fails_when_another_release_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(WAITING, f"https://console/dossiers/{OTHER}/dossier.html")
    with pytest.raises(ReleaseError, match=f"GF-REL-434: release {OTHER} waits"):
        approve(_context(settings, monkeypatch, pipeline), "qa", HASH, "x", QA)
    assert pipeline.results == []


@pytest.mark.parametrize(("person", "comment", "code"), [("me", "x", "430"), (QA, "x" * 500, "431")])
def test_fails_before_anything_is_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, person: str, comment: str, code: str
) -> None:
    sts = Sts()
    with pytest.raises(ReleaseError, match=f"GF-REL-{code}"):
        approve(_context(settings, monkeypatch, Pipeline(WAITING), sts), "qa", HASH, comment, person)
    assert sts.asked == []


def test_fails_for_who_may_not_take_the_role(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReleaseError, match=r"GF-REL-432: .*approver-qa"):
        approve(_context(settings, monkeypatch, Pipeline(WAITING), Sts(refuses=True)), "qa", HASH, "x", QA)


def test_fails_when_somebody_was_faster(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(WAITING)
    context = _context(settings, monkeypatch, pipeline)
    pipeline.error = "ApprovalAlreadyCompletedException"
    with pytest.raises(ReleaseError, match="GF-REL-435"):
        approve(context, "qa", HASH, "x", QA)
    pipeline.error = "ThrottlingException"
    with pytest.raises(ClientError):
        approve(context, "qa", HASH, "x", QA)
