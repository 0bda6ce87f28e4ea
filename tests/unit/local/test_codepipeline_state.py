"""What the walker posts of an execution is what CodePipeline's API says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope

from foundation.local.codepipeline import admin, service, store
from foundation.release.walker.cloud import Cloud
from foundation.release.walker.model import Stage
from foundation.release.walker.records import ActionRecord, Execution
from tests.unit.release.walker.fakes import REVISION, action, pipeline

STAGES = (
    Stage("Source", (action("Checkout", kind=("Source", "AWS", "CodeStarSourceConnection"), outputs=("Files",)),)),
    Stage("Approval", (action("QA", kind=("Approval", "AWS", "Manual")),)),
)
GIVEN = pipeline(*STAGES)
STRUCTURE = {
    "Stages": [{"Name": each.name, "Actions": [{"Name": one.name} for one in each.actions]} for each in STAGES]
}


class Target:
    def call(self, _method: str, _path: str, body: dict[str, Any], **_: object) -> Any:
        status, answer = asyncio.run(admin._do(body))
        assert status == 200
        return answer


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(store, "structure", lambda name: STRUCTURE if name == "Release" else None)
    with request_scope(GIVEN.account, GIVEN.region):
        yield
        for each in (store._executions, store._approvals, store._versions):
            each.clear()


def posted(identifier: str = "one", **more: Any) -> None:
    record = ActionRecord(status="InProgress", token=f"token-{identifier}", started=2.0)
    given = {"stages": {"Approval": "InProgress"}, "actions": {"Approval/QA": record}, "started": 1.0, **more}
    execution = Execution(
        id=identifier, pipeline="Release", version="1", number=1, updated=2, revision=REVISION, **given
    )
    target: Any = Target()
    Cloud(target, GIVEN).post(execution)


def test_an_execution_is_shown_with_its_source() -> None:
    posted()
    found = service.get_pipeline_execution({"pipelineName": "Release", "pipelineExecutionId": "one"})
    assert found["pipelineExecution"]["artifactRevisions"] == [
        {"name": "Files", "revisionId": "a" * 40, "revisionSummary": "change"}
    ]
    (listed,) = service.list_pipeline_executions({"pipelineName": "Release"})["pipelineExecutionSummaries"]
    assert listed["sourceRevisions"] == [
        {"actionName": "Checkout", "revisionId": "a" * 40, "revisionSummary": "change"}
    ]


def test_the_newest_execution_is_listed_first_and_is_the_stage_s_latest() -> None:
    posted("one")
    posted("two", started=5.0)
    listed = service.list_pipeline_executions({"pipelineName": "Release"})["pipelineExecutionSummaries"]
    assert [each["pipelineExecutionId"] for each in listed] == ["two", "one"]
    stage = service.get_pipeline_state({"name": "Release"})["stageStates"][1]
    assert stage["latestExecution"]["pipelineExecutionId"] == "two"
    assert stage["actionStates"][0]["latestExecution"]["token"] == "token-two"


def answer(token: str, action_: str = "QA") -> None:
    service.put_approval_result({
        "pipelineName": "Release", "stageName": "Approval", "actionName": action_, "token": token,
        "result": {"status": "Approved", "summary": "yes"},
    })  # fmt: skip


def test_fails_for_an_approval_that_does_not_wait() -> None:
    posted("one")
    posted("two", started=5.0)
    for token, action_, name in (
        ("token-one", "QA", "InvalidApprovalTokenException"),
        ("token-two", "DomainExpert", "ActionNotFoundException"),
    ):
        with pytest.raises(service.ServiceError) as error:
            answer(token, action_)
        assert error.value.name == name
    answer("token-two")
    with pytest.raises(service.ServiceError) as error:
        answer("token-two")
    assert error.value.name == "ApprovalAlreadyCompletedException"
