"""Human review on the local target: the three handlers with KMS, SNS, S3 and an execution that really waits."""

from __future__ import annotations

import importlib
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.review import list_forms, save_form, submit_answers
from foundation.local.environment import aws_environment
from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import ScoredBatch
from genai_runtime.evaluation.review.records import Form
from genai_runtime.evaluation.review.signing import KmsSigner
from genai_runtime.evaluation.store import Store
from tests.local.conftest import ACCOUNTS
from tests.unit.evaluation.review.reviewed_run import RUN, filled, reviewed

pytestmark = pytest.mark.local
DEV, REGION = ACCOUNTS["dev"], "eu-west-1"
HANDLERS = ("review_plan", "review_request", "review_submit")


@dataclass(frozen=True)
class LambdaContext:
    """What the handlers' decorators read."""

    function_name: str = "review"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{DEV}:function:review"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Reviews:
    """Handlers whose clients talk to the target, and what they work on."""

    target: Target
    store: Store
    key: str
    queue: str
    tokens: str
    handlers: dict[str, ModuleType]

    def call(self, name: str, event: Any) -> Any:
        return self.handlers[name].handler(event, LambdaContext())

    def client(self, service: str) -> Any:
        return self.target.client(service, DEV, REGION)

    def received(self, queue: str) -> dict[str, Any]:
        """The next message."""
        for _ in range(20):
            messages = self.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
            if messages:
                self.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=messages[0]["ReceiptHandle"])
                body: dict[str, Any] = json.loads(messages[0]["Body"])
                return body
        raise AssertionError("no message")

    def told(self) -> dict[str, Any]:
        """The next notification of a reviewer."""
        return self.received(self.queue)

    def waiting(self, form: dict[str, Any]) -> tuple[str, str]:
        """An execution that waits for this form, as the pipeline's does; its ARN and the token."""
        states, name = self.client("stepfunctions"), f"review-{uuid.uuid4().hex[:8]}"
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": self.tokens, "MessageBody": {"token.$": "$$.Task.Token"}},
            "TimeoutSeconds": 60,
            "End": True,
        }
        machine = states.create_state_machine(
            name=name,
            definition=json.dumps({"StartAt": "Wait", "States": {"Wait": task}}),
            roleArn=self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_trust())["Role"]["Arn"],
        )["stateMachineArn"]
        self.client("iam").put_role_policy(
            RoleName=name, PolicyName="send", PolicyDocument=_allow("sqs:SendMessage")
        )  # fmt: skip
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(form))["executionArn"]
        return execution, str(self.received(self.tokens)["token"])

    def output(self, execution: str) -> Any:
        """What an execution ended with."""
        for _ in range(200):
            found = self.client("stepfunctions").describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                assert found["status"] == "SUCCEEDED", found
                return json.loads(found["output"])
            time.sleep(0.1)
        raise AssertionError("it still waits")


@pytest.fixture
def reviews(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviews:
    name = f"review-{uuid.uuid4().hex[:8]}"
    clients: dict[str, Any] = {each: target.client(each, DEV, REGION) for each in ("s3", "kms", "sns", "sqs")}
    clients["s3"].create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    key = clients["kms"].create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    topic = clients["sns"].create_topic(Name=name)["TopicArn"]
    queue = clients["sqs"].create_queue(QueueName=name)["QueueUrl"]
    tokens = clients["sqs"].create_queue(QueueName=f"{name}-tokens")["QueueUrl"]
    arn = clients["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients["sqs"].set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": _allow("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"})}
    )
    clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    variables = {
        **aws_environment(target.port, DEV, REGION, tmp_path),
        "ENVIRONMENT": "dev", "BUCKET_NAME": name, "POWERTOOLS_SERVICE_NAME": "review", "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation", "SIGNING_KEY_ID": key, "REVIEW_TOPIC_ARN": topic,
    }  # fmt: skip
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    handlers = {
        each: importlib.reload(importlib.import_module(f"genai_runtime.evaluation.handlers.{each}"))
        for each in HANDLERS
    }
    store = Store(clients["s3"], name)
    for path, body in reviewed({"one": {"a": "x", "b": "y"}, "two": {"a": "z", "b": "w"}}).objects.items():
        store.write(path, body)
    return Reviews(target, store, key, queue, tokens, handlers)


def test_forms_are_asked_for_answered_and_the_execution_goes_on(reviews: Reviews, tmp_path: Path) -> None:
    forms = reviews.call("review_plan", {"run": RUN, "look": 1})["forms"]
    assert [form["form"] for form in forms] == ["1-0-0", "1-0-1"]
    assert reviews.call("review_plan", {"run": RUN, "look": 1})["forms"] == forms
    execution, token = reviews.waiting(forms[0])
    event = {"run": RUN, "look": 1, "form": "1-0-0", "reviewer": "ann", "token": token, "reminder": 0}
    assert reviews.call("review_request", event) == {"form": "1-0-0", "answered": False}
    notice = reviews.told()
    assert notice["Subject"] == "review form 1-0-0 of run r1"
    assert notice["MessageAttributes"]["reviewer"]["Value"] == "ann"
    assert token not in json.dumps(notice)
    assert [(form.form, form.state) for form in list_forms(reviews.store, RUN)] == [
        ("1-0-0", "waiting"),
        ("1-0-1", "planned"),
    ]
    page = save_form(reviews.store, RUN, "1-0-0", tmp_path)
    form = reviews.store.load(layout.form(RUN, "1-0-0", "form.json"), Form)
    assert form.signature in page.read_text()
    answers = filled(form, 3)
    assert reviews.call("review_submit", answers) == {"outcome": "accepted", "form": "1-0-0", "resumed": True}
    assert reviews.output(execution) == {"form": "1-0-0", "answered": True}
    assert reviews.call("review_submit", answers) == {"outcome": "already-accepted", "form": "1-0-0", "resumed": False}
    assert reviews.call("review_submit", filled(form, 2))["error"]["code"] == "GF-EVAL-219"
    scores = reviews.store.load(layout.scores(RUN, "reviews", "one", 1, 0), ScoredBatch)
    assert [case.scores[0].value for case in scores.cases] == [1.0, 1.0]
    assert [form.state for form in list_forms(reviews.store, RUN)] == ["answered", "planned"]


def test_an_execution_that_asks_after_the_answers_goes_on_at_once(reviews: Reviews) -> None:
    forms = reviews.call("review_plan", {"run": RUN, "look": 1})["forms"]
    form = reviews.store.load(layout.form(RUN, "1-0-1", "form.json"), Form)
    assert reviews.call("review_submit", filled(form, 1))["resumed"] is False
    execution, token = reviews.waiting(forms[1])
    event = {"run": RUN, "look": 1, "form": "1-0-1", "reviewer": "bob", "token": token, "reminder": 0}
    assert reviews.call("review_request", event) == {"form": "1-0-1", "answered": True}
    assert reviews.output(execution) == {"form": "1-0-1", "answered": True}


def test_a_reminder_takes_over_from_the_request_before(reviews: Reviews) -> None:
    forms = reviews.call("review_plan", {"run": RUN, "look": 1})["forms"]
    event = {"run": RUN, "look": 1, "form": "1-0-0", "reviewer": "ann"}
    reviews.call("review_request", {**event, "token": "a token that timed out", "reminder": 0})
    execution, token = reviews.waiting(forms[0])
    reviews.call("review_request", {**event, "token": token, "reminder": 1})
    assert [reviews.told()["Subject"] for _ in range(2)] == [
        "review form 1-0-0 of run r1",
        "Reminder 1: review form 1-0-0 of run r1",
    ]
    form = reviews.store.load(layout.form(RUN, "1-0-0", "form.json"), Form)
    assert reviews.call("review_submit", filled(form, 1))["resumed"] is True
    assert reviews.output(execution) == {"form": "1-0-0", "answered": True}


def test_fails_for_signatures_that_another_key_made(reviews: Reviews) -> None:
    kms = reviews.client("kms")
    other = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    ours, theirs = KmsSigner(kms, reviews.key), KmsSigner(kms, other)
    signature = ours.sign("0" * 64)
    assert ours.verify("0" * 64, signature)
    assert not ours.verify("1" * 64, signature)
    assert not ours.verify("0" * 64, theirs.sign("0" * 64))
    assert not ours.verify("0" * 64, signature[:-2] + "!!")
    reviews.call("review_plan", {"run": RUN, "look": 1})
    form = reviews.store.load(layout.form(RUN, "1-0-0", "form.json"), Form)
    forged = form.model_copy(update={"signature": theirs.sign(form.digest)})
    assert reviews.call("review_submit", filled(forged, 3))["error"]["code"] == "GF-EVAL-213"


def test_fails_at_the_command_line_with_a_code(reviews: Reviews, tmp_path: Path) -> None:
    reviews.call("review_plan", {"run": RUN, "look": 1})
    with pytest.raises(EvaluationError, match="GF-EVAL-230: run r1 has no form 1-0-9, it has 1-0-0, 1-0-1"):
        save_form(reviews.store, RUN, "1-0-9", tmp_path)
    with pytest.raises(EvaluationError, match="GF-EVAL-231"):
        submit_answers(reviews.client("lambda"), "submit", tmp_path / "missing.json")
    path = tmp_path / "answers.json"
    path.write_text("{}")
    with pytest.raises(EvaluationError, match="GF-EVAL-231"):
        submit_answers(reviews.client("lambda"), "submit", path)


def _trust() -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _allow(action: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
