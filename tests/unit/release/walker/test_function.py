"""Functions as actions: one invocation for a job, and what they said so far survives the walker that heard it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.core.responses import request_scope

from foundation.local.codepipeline import admin, service, store
from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Outcome
from foundation.release.walker.executors import function
from foundation.release.walker.records import Execution
from tests.unit.release.walker.fakes import REVISION, Killed, action, pipeline

ACCOUNT, REGION = "111111111111", "eu-west-1"
JOB = "11111111-2222-3333-4444-555555555555"

Handler = Callable[[str, str], object]
"""Job and continuation token."""


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(function, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(function, "CONTINUATION_SECONDS", 0.0)
    with request_scope(ACCOUNT, REGION):
        yield
        store._jobs.clear()


class Target:
    """The target's own jobs, and one function."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.events: list[str] = []

    def action_session(self, _: Call) -> None: ...

    def client(self, *_: object) -> Target:
        return self

    def open_job(self, job: str) -> Any:
        return self._do("job", id=job)

    def answer(self, kind: str, identifier: str, seconds: float) -> Any:
        return self._do("wait", kind=kind, id=identifier, seconds=seconds)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: ARG002, N803
        job = json.loads(Payload)["CodePipeline.job"]
        continuation = job["data"].get("continuationToken", "")
        self.events.append(continuation)
        assert len(self.events) < 4, "it is asked again and again"
        self._handler(job["id"], continuation)
        return {"Payload": io.BytesIO(b"null")}

    def _do(self, what: str, **given: Any) -> Any:
        body = {"account": ACCOUNT, "region": REGION, "do": what, **given}
        return asyncio.run(admin._do(body))[1]


def invoke(target: Any, folder: Path) -> Outcome:
    made = pipeline()
    execution = Execution(
        id="one", pipeline="Release", version="1", number=1, started=0, updated=0, revision=REVISION
    )  # fmt: skip
    configuration = {"FunctionName": "seal"}
    call = Call(made, execution, "Build", action("Seal"), JOB, 1, 0.0, configuration, {}, folder)
    return function.invoke(call, target, threading.Event())


def succeed(job: str, **more: Any) -> None:
    service.put_job_success_result({"jobId": job, **more})


def in_parts(job: str, continuation: str) -> None:
    if continuation:
        succeed(job, outputVariables={"token": continuation})
    else:
        succeed(job, continuationToken="part two")


def test_a_function_answers_for_its_job(tmp_path: Path) -> None:
    target = Target(lambda job, _: succeed(job, outputVariables={"job": job}, executionDetails={"summary": "sealed"}))
    found = invoke(target, tmp_path)
    assert (found.status, found.outputs, found.summary) == ("Succeeded", {"job": JOB}, "sealed")


def test_a_function_goes_on_with_its_token(tmp_path: Path) -> None:
    target = Target(in_parts)
    assert invoke(target, tmp_path).outputs == {"token": "part two"}
    assert target.events == ["", "part two"]


def killed_after(job: str, continuation: str) -> None:
    in_parts(job, continuation)
    raise Killed


def killed_at_the_second(job: str, continuation: str) -> None:
    if continuation:
        raise Killed
    in_parts(job, continuation)


@pytest.mark.parametrize("killing", [killed_after, killed_at_the_second])
def test_a_killed_walker_goes_on_with_the_part_that_nobody_heard_of(
    tmp_path: Path, killing: Callable[[str, str], None]
) -> None:
    with pytest.raises(Killed):
        invoke(Target(killing), tmp_path)
    target = Target(in_parts)
    assert invoke(target, tmp_path).outputs == {"token": "part two"}
    assert target.events == ["part two"]


def test_a_job_that_was_answered_is_not_done_again(tmp_path: Path) -> None:
    def killing(job: str, _: str) -> None:
        succeed(job)
        raise Killed

    with pytest.raises(Killed):
        invoke(Target(killing), tmp_path)
    target = Target(lambda *_: None)
    assert (invoke(target, tmp_path).status, target.events) == ("Succeeded", [])


def test_fails_for_a_function_that_says_nothing_more(tmp_path: Path) -> None:
    """Neither at first, nor after it asked to be called again."""
    for handler in (lambda *_: None, lambda job, token: None if token else in_parts(job, token)):
        with pytest.raises(ReleaseError) as error:
            invoke(Target(handler), tmp_path)
        assert error.value.code == "GF-REL-336"
        assert "seal returned without PutJobSuccessResult" in str(error.value)
        store._jobs.clear()


def test_fails_with_what_the_function_says(tmp_path: Path) -> None:
    details = {"type": "JobFailed", "message": "GF-REL-110: no"}
    target = Target(lambda job, _: service.put_job_failure_result({"jobId": job, "failureDetails": details}))
    assert invoke(target, tmp_path).error == "JobFailed: GF-REL-110: no"
