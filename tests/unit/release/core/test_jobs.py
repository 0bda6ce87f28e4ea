"""Jobs of CodePipeline: what comes in, and the one answer that goes out."""

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import ClientError

from genai_runtime.release.errors import PARAMETERS_INVALID, TOO_LONG, UNEXPECTED, ReleaseRefused
from genai_runtime.release.jobs import ANSWER_SECONDS, MESSAGE_LIMIT, ActionParameters, Jobs
from tests.unit.release.core.fakes import CodePipeline, LambdaContext
from tests.unit.release.core.sample import EXECUTION, HASH

JOB = "11111111-2222-3333-4444-555555555555"
GOOD = json.dumps({"execution": EXECUTION, "manifest": HASH, "more": "is ignored"})


@pytest.fixture
def codepipeline() -> CodePipeline:
    return CodePipeline()


@pytest.fixture
def jobs(codepipeline: CodePipeline) -> Jobs:
    return Jobs(codepipeline, Logger(service="jobs"), Metrics(namespace="Test", service="jobs"))


def event(parameters: str = GOOD) -> dict[str, Any]:
    """As CodePipeline sends it (CodePipeline User Guide, "JSON event example")."""
    return {
        "CodePipeline.job": {
            "id": JOB,
            "accountId": "111111111111",
            "data": {
                "actionConfiguration": {"configuration": {"FunctionName": "f", "UserParameters": parameters}},
                "inputArtifacts": [],
                "outputArtifacts": [],
                "artifactCredentials": {"accessKeyId": "A", "secretAccessKey": "very-secret", "sessionToken": "T"},
            },
        }
    }


def run(jobs: Jobs, act: Any, parameters: str = GOOD, seconds: float = 900) -> None:
    jobs.action(ActionParameters)(act)(event(parameters), LambdaContext(seconds=seconds))  # type: ignore[arg-type]


def test_an_action_s_variables_are_the_job_s(jobs: Jobs, codepipeline: CodePipeline) -> None:
    seen: list[ActionParameters] = []

    def act(parameters: ActionParameters) -> Mapping[str, str]:
        seen.append(parameters)
        return {"warrant": "nonce"}

    run(jobs, act)
    assert seen == [ActionParameters(execution=EXECUTION, manifest=HASH)]
    assert codepipeline.answers == [{"jobId": JOB, "outputVariables": {"warrant": "nonce"}}]


def test_an_action_without_variables_succeeds(jobs: Jobs, codepipeline: CodePipeline) -> None:
    run(jobs, lambda _: None)
    assert codepipeline.answers == [{"jobId": JOB, "outputVariables": {}}]


def refuse(_: ActionParameters) -> None:
    raise ReleaseRefused("GF-REL-120", "dev hasn't promoted this release")


def test_fails_the_job_with_the_refusal_s_code(jobs: Jobs, codepipeline: CodePipeline) -> None:
    run(jobs, refuse)
    details = {"type": "JobFailed", "message": "GF-REL-120: dev hasn't promoted this release"}
    assert codepipeline.answers == [{"jobId": JOB, "failureDetails": details}]


@pytest.mark.parametrize("parameters", ["", "nothing", "[]", "{}", json.dumps({"execution": "", "manifest": "x"})])
def test_fails_when_parameters_are_not_what_the_action_needs(
    jobs: Jobs, codepipeline: CodePipeline, parameters: str
) -> None:
    run(jobs, refuse, parameters)
    details = codepipeline.answers[0]["failureDetails"]
    assert details["type"] == "ConfigurationError"
    assert details["message"].startswith(PARAMETERS_INVALID)


def test_fails_when_a_variable_brings_names_of_its_own(jobs: Jobs, codepipeline: CodePipeline) -> None:
    """A commit's author may write any address, and CodePipeline puts it into the JSON as it is."""
    author = f'mallory@example.com","manifest":"{HASH}'
    parameters = f'{{"execution":"{EXECUTION}","manifest":"{"0" * 64}","author":"{author}"}}'
    assert json.loads(parameters)["manifest"] == HASH
    run(jobs, refuse, parameters)
    details = codepipeline.answers[0]["failureDetails"]
    assert details["type"] == "ConfigurationError"
    assert "a name occurs twice in execution, manifest, author, manifest" in details["message"]


def test_fails_the_job_when_the_action_ends_unexpectedly(
    jobs: Jobs, codepipeline: CodePipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """CodePipeline would wait for an answer until its time-out; the log has the whole error."""

    def act(_: ActionParameters) -> None:
        raise KeyError("Item")

    with caplog.at_level(logging.ERROR):
        run(jobs, act)
    details = codepipeline.answers[0]["failureDetails"]
    assert details["type"] == "SystemUnavailable"
    assert details["message"].startswith(f"{UNEXPECTED}: ")
    assert "KeyError" in details["message"]


def test_fails_the_job_before_lambda_ends_the_function(jobs: Jobs, codepipeline: CodePipeline) -> None:
    """The answer comes while the action is still at it, and what the action says afterwards is too late."""
    answered = threading.Event()
    answer = codepipeline.put_job_failure_result

    def put(**given: Any) -> None:
        answer(**given)
        answered.set()

    codepipeline.put_job_failure_result = put  # type: ignore[method-assign]

    def act(_: ActionParameters) -> None:
        assert answered.wait(20)

    run(jobs, act, seconds=ANSWER_SECONDS + 0.1)
    (given,) = codepipeline.answers
    assert given["failureDetails"]["message"].startswith(
        f"{TOO_LONG}: the action isn't done after nearly all of the 10 s"
    )
    assert "retry the stage" in given["failureDetails"]["message"]


def test_nobody_watches_an_action_that_is_done(jobs: Jobs, codepipeline: CodePipeline) -> None:
    run(jobs, lambda _: None)
    run(jobs, refuse)
    watches = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    assert all(each.finished.is_set() for each in watches)
    assert codepipeline.answers == [{"jobId": JOB, "outputVariables": {}}]


def test_a_long_message_is_cut_to_what_codepipeline_takes(jobs: Jobs, codepipeline: CodePipeline) -> None:
    def act(_: ActionParameters) -> None:
        raise ReleaseRefused("GF-REL-121", "x" * 9000)

    run(jobs, act)
    message = codepipeline.answers[0]["failureDetails"]["message"]
    assert len(message) == MESSAGE_LIMIT
    assert message.endswith("…")


@pytest.mark.parametrize("act", [lambda _: {"warrant": "other"}, refuse])
def test_a_job_that_was_answered_stays_as_it_is(jobs: Jobs, codepipeline: CodePipeline, act: Any) -> None:
    run(jobs, lambda _: None)
    run(jobs, act)
    assert codepipeline.answers == [{"jobId": JOB, "outputVariables": {}}]


@pytest.mark.parametrize("code", ["JobNotFoundException", "AccessDeniedException"])
def test_fails_when_nobody_takes_the_answer(jobs: Jobs, codepipeline: CodePipeline, code: str) -> None:
    """Lambda delivers the event again."""
    codepipeline.fails = code
    for act in (lambda _: None, refuse):
        with pytest.raises(ClientError, match=code):
            run(jobs, act)


@pytest.mark.parametrize("given", [{}, {"CodePipeline.job": {}}, {"CodePipeline.job": {"id": JOB, "data": {}}}])
def test_fails_when_the_event_is_no_job(jobs: Jobs, given: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        jobs.action(ActionParameters)(refuse)(given, LambdaContext())  # type: ignore[arg-type]


def test_nothing_of_the_event_s_credentials_is_logged(jobs: Jobs, capsys: pytest.CaptureFixture[str]) -> None:
    run(jobs, refuse)
    run(jobs, lambda _: None)
    assert "very-secret" not in capsys.readouterr().out
