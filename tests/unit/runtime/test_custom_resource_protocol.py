"""CloudFormation's custom resource protocol against a server that receives the answers."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from genai_runtime.custom_resources import protocol
from genai_runtime.custom_resources.protocol import NEVER_CREATED, Answer, Request, ResourceError, serve
from tests.unit.runtime.fake_aws import FakeAws, Reply
from tests.unit.runtime.stack_events import Context, answers, event


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver again without pauses."""
    monkeypatch.setattr(protocol, "_SEND_PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture
def stack(aws: FakeAws) -> FakeAws:
    """CloudFormation's end of the response URL."""
    aws.always("cloudformation:Response", Reply(""))
    return aws


def succeed(_: Request) -> Answer:
    """An action."""
    return Answer("thing-1", {"Value": "x"})


def failing(error: Exception) -> Callable[[Request], Answer]:
    """An action that raises."""

    def act(_: Request) -> Answer:
        raise error

    return act


def test_answers_success_with_identity_and_attributes(stack: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    serve(event(stack, "Create"), Context(), succeed)
    (answer,) = answers(stack)
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "(log stream stream-1, request request-1)",
        "PhysicalResourceId": "thing-1",
        "StackId": "arn:aws:cloudformation:eu-west-1:222222222222:stack/dev-Security/1",
        "RequestId": "event-1",
        "LogicalResourceId": "Thing",
        "Data": {"Value": "x"},
    }
    assert stack.calls[0].headers["content-type"] == ""
    assert "Signature" not in capsys.readouterr().out, "the response URL is a secret"


def test_fails_a_creation_under_an_identity_that_delete_ignores(stack: FakeAws) -> None:
    serve(event(stack, "Create"), Context(), failing(ResourceError("no VPC: GF-CRS-020: check it")))
    (answer,) = answers(stack)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", NEVER_CREATED)
    assert answer["Reason"].startswith("no VPC: GF-CRS-020: check it (log stream")


def test_fails_an_update_under_the_identity_that_the_resource_has(stack: FakeAws) -> None:
    serve(event(stack, "Update", physical_id="thing-0"), Context(), failing(ValueError("boom")))
    (answer,) = answers(stack)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "thing-0")
    assert "ValueError: boom: GF-CRS-002" in answer["Reason"]


def test_fails_with_a_reason_that_cloudformation_takes(stack: FakeAws) -> None:
    serve(event(stack, "Create"), Context(), failing(ValueError("x" * 10_000)))
    assert len(answers(stack)[0]["Reason"]) < 2000


def test_fails_an_unknown_request_type(stack: FakeAws) -> None:
    serve(event(stack, "Create") | {"RequestType": "Replace"}, Context(), succeed)
    assert "GF-CRS-001" in answers(stack)[0]["Reason"]


def test_fails_in_time_when_the_action_hangs(stack: FakeAws) -> None:
    over = threading.Event()

    def hang(_: Request) -> Answer:
        over.wait(10)
        return Answer("late", {})

    worker = threading.Thread(target=serve, args=(event(stack, "Create"), Context(seconds=15.5), hang))
    worker.start()
    stack.arrived.wait(10)
    over.set()
    worker.join()
    (answer,) = answers(stack)
    assert answer["Status"] == "FAILED"
    assert "GF-CRS-003" in answer["Reason"], "one answer only: the late success is dropped"


def test_delivers_again_when_the_first_attempt_fails(stack: FakeAws) -> None:
    stack.sequence("cloudformation:Response", Reply("", 503), Reply(""))
    serve(event(stack, "Create"), Context(), succeed)
    assert [answer["Status"] for answer in answers(stack)] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize(("status", "attempts"), [(503, 4), (403, 1)])
def test_fails_loudly_when_the_answer_can_not_be_delivered(stack: FakeAws, status: int, attempts: int) -> None:
    stack.always("cloudformation:Response", Reply("", status))
    with pytest.raises(OSError, match=str(status)):
        serve(event(stack, "Create"), Context(), succeed)
    assert len(answers(stack)) == attempts


@pytest.mark.parametrize("url", ["http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.9/x"])
def test_fails_to_send_an_answer_anywhere_but_https_or_loopback(stack: FakeAws, url: str) -> None:
    with pytest.raises(ValueError, match="neither https nor on loopback"):
        serve(event(stack, "Create") | {"ResponseURL": url}, Context(), succeed)


@pytest.mark.parametrize("value", [None, "", 7, ["x"]])
def test_fails_a_property_that_is_no_text(value: Any) -> None:
    with pytest.raises(ResourceError, match="VpcId is missing or empty: GF-CRS-001"):
        Request("Create", "Custom::X", {"VpcId": value}, None).text("VpcId")
