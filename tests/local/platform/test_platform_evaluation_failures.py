"""A run that is killed, throttled, delivered twice or hit by errors comes to what the undisturbed run comes to."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.local.process import leftovers
from genai_runtime.evaluation.verdict import RunResult
from tests.local.platform.evaluations import ENVIRONMENT, Evaluations
from tests.local.platform.scribe import Scribe, employ, scribing
from tests.local.target.deployment import deploy

pytestmark = pytest.mark.local
CASES = 60
FIRST = 40
"""Calls that are answered before something happens to the others."""
BUCKET = {"Bucket": {"Type": "AWS::S3::Bucket"}}


@pytest.fixture(scope="module")
def scribe(evaluations: Evaluations) -> Iterator[Scribe]:
    with scribing(evaluations.target) as employed:
        yield employed


@pytest.fixture(scope="module")
def undisturbed(evaluations: Evaluations, scribe: Scribe) -> RunResult:
    """The run that nothing happens to; `--again` gives others of the same request."""
    result = evaluations.run("plain", again=2)
    assert set(scribe.asked.values()) == {1}
    assert scribe.asked.total() == len(evaluations.responses(result.run)) == CASES
    assert [each.undecided for each in result.gate.candidates[0].metrics] == [0, 0]
    return result


@pytest.fixture
def faults(evaluations: Evaluations) -> Iterator[Any]:
    """Sets faults; none is left afterwards."""

    def inject(*given: dict[str, Any]) -> None:
        evaluations.target.call("PUT", "/_foundation/faults", list(given))

    yield inject
    evaluations.target.call("DELETE", "/_foundation/faults")


def hits(evaluations: Evaluations) -> list[int]:
    """How often each fault was met."""
    return [each["hits"] for each in evaluations.target.call("GET", "/_foundation/faults")]


def again(undisturbed: RunResult, number: int) -> str:
    """Id of a repetition."""
    return f"{undisturbed.run.rsplit('-', 1)[0]}-{number}"


def test_a_killed_target_is_taken_up_and_only_calls_under_way_are_repeated(
    evaluations: Evaluations, scribe: Scribe, undisturbed: RunResult
) -> None:
    scribe.hold_after(FIRST)
    run, target = again(undisturbed, 3), evaluations.target
    killed = evaluations.begin("run", "plain", "--again", "3")
    evaluations.until(lambda: scribe.waiting > 0 and len(evaluations.versions(run)) == FIRST, killed)
    # A stack operation is acknowledged after everything of its account is written.
    assert deploy(target, f"written-{uuid.uuid4().hex[:8]}", BUCKET).status == "CREATE_COMPLETE"
    target.kill()
    _, said = killed.communicate(timeout=120)
    assert killed.returncode == 1, said
    target.up()
    under_way = scribe.waiting
    scribe.release()
    employ(target, scribe)
    result = evaluations.command("plain", "--again", "3")
    assert evaluations.is_the_same(result, undisturbed)
    assert len(scribe.asked) == CASES
    assert scribe.asked.total() == CASES + under_way


def test_killed_and_throttled_functions_repeat_only_calls_under_way(
    evaluations: Evaluations, scribe: Scribe, undisturbed: RunResult
) -> None:
    functions = evaluations.access.client("lambda", ENVIRONMENT)
    score, run = evaluations.function("Score"), again(undisturbed, 4)
    reserved = functions.get_function_concurrency(FunctionName=score)["ReservedConcurrentExecutions"]
    functions.put_function_concurrency(FunctionName=score, ReservedConcurrentExecutions=0)
    try:
        scribe.hold_after(FIRST)
        running = evaluations.begin("run", "plain", "--again", "4", "--json")
        evaluations.until(lambda: scribe.waiting > 0 and len(evaluations.versions(run)) == FIRST, running)
        under_way = scribe.waiting
        for pid in processes(evaluations, evaluations.function("Invoke")):
            os.kill(pid, signal.SIGKILL)
        under_way = max(under_way, scribe.waiting)
        scribe.release()
        evaluations.until(lambda: len(evaluations.versions(run)) == CASES, running)
    finally:
        functions.put_function_concurrency(FunctionName=score, ReservedConcurrentExecutions=reserved)
    out, errors = running.communicate(timeout=240)
    assert running.returncode != 1, errors
    assert evaluations.is_the_same(RunResult.model_validate_json(out), undisturbed)
    assert CASES < scribe.asked.total() <= CASES + under_way


def processes(evaluations: Evaluations, function: str) -> list[int]:
    """Processes that run a function."""
    name = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    found = [
        pid
        for pid in leftovers(evaluations.target.folder)
        if name in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    ]
    assert found
    return found


def test_errors_of_storage_and_of_the_quota_s_table_change_nothing(
    evaluations: Evaluations, undisturbed: RunResult, faults: Any
) -> None:
    slow = {"status": 503, "error_code": "SlowDown", "probability": 0.2}
    faults(
        {**slow, "actions": ["s3:PutObject", "s3:GetObject"], "count": 60},
        {**slow, "services": ["dynamodb"], "error_code": "InternalServerError", "probability": 0.5, "count": 20},
    )
    assert evaluations.is_the_same(evaluations.run("plain", again=5), undisturbed)
    assert min(hits(evaluations)) > 0


def test_a_throttling_storm_loses_no_case(
    evaluations: Evaluations, scribe: Scribe, undisturbed: RunResult, faults: Any
) -> None:
    scribe.asked.clear()
    throttling = {"status": 429, "error_code": "ThrottlingException", "probability": 0.5, "count": 30}
    faults({**throttling, "actions": ["bedrock:Converse*", "bedrock:InvokeModel*"]})
    result = evaluations.run("plain", again=6)
    assert hits(evaluations) == [30]
    assert evaluations.is_the_same(result, undisturbed)
    responses = evaluations.responses(result.run)
    assert sum(each.throttled for each in responses) == result.throttled_calls == 30
    assert all(each.attempts == each.throttled + 1 for each in responses)
    assert set(scribe.asked.values()) == {1}


def test_a_run_that_is_delivered_twice_gives_each_case_once(
    evaluations: Evaluations, scribe: Scribe, undisturbed: RunResult
) -> None:
    scribe.asked.clear()
    run = again(undisturbed, 7)
    running = evaluations.begin("run", "plain", "--again", "7", "--json")
    evaluations.until(lambda: bool(list(evaluations.store.keys(f"runs/{run}/looks/"))), running)
    evaluations.execute(run)
    out, errors = running.communicate(timeout=240)
    assert running.returncode != 1, errors
    executions = evaluations.executions(run)
    assert len(executions) > 1
    result = evaluations.runs.result(run)
    assert result is not None
    assert [evaluations.output(each)["decision"] for each in executions] == [result.decision] * len(executions)
    for found in (result, RunResult.model_validate_json(out)):
        assert evaluations.is_the_same(found, undisturbed)
    assert len(scribe.asked) == CASES
    assert max(scribe.asked.values()) <= 2
