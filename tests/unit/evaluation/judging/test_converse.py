"""Calls of the judge: the quota, retries, errors by class, and the time that is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from genai_runtime.evaluation.calls.rate import Limiter
from genai_runtime.evaluation.judging.ask import AskFailed, Inference, OutOfTime, Reply
from genai_runtime.evaluation.judging.converse import CALL_SECONDS, ConverseAsk
from genai_runtime.evaluation.records import Usage
from genai_runtime.evaluation.run import JudgeModel, Price, Quota
from tests.unit.evaluation.calls.memory_state import MemoryState

INFERENCE = Inference(max_tokens=100, temperature=0.5)
REQUEST = {
    "modelId": "judge",
    "system": [{"text": "s" * 30}],
    "messages": [{"role": "user", "content": [{"text": "u" * 60}]}],
    "inferenceConfig": {"maxTokens": 100, "temperature": 0.5},
}
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "the "}, {"text": "verdict"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 20, "outputTokens": 10, "totalTokens": 30},
    "metrics": {"latencyMs": 1},
}


class Bench:
    """An ask whose clock moves when it sleeps."""

    def __init__(self, stub: Stubber, quota: Quota, left: float) -> None:
        self.time, self.end = 1000.0, 1000.0 + left
        self.state = MemoryState()
        client: Any = stub.client
        clock: dict[str, Any] = {"now": lambda: self.time, "sleep": self.sleep, "uniform": lambda _low, high: high}
        model = JudgeModel(model_id="judge", quota=quota, price=Price(input=1, output=2, as_of="2026-09-01"))
        self.limiter = Limiter(self.state, "judge", quota, **clock)
        self.ask = ConverseAsk(client, model, self.limiter, lambda: self.end - self.time, **clock)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def __call__(self) -> Reply:
        return self.ask("s" * 30, "u" * 60, INFERENCE)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client(
        "bedrock-runtime", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )  # fmt: skip
    with Stubber(client) as made:
        yield made
        made.assert_no_pending_responses()


def refuse(stub: Stubber, *codes: str) -> None:
    for code in codes:
        stub.add_client_error("converse", code, "as told", expected_params=REQUEST)


def test_an_answer_with_tokens_and_cost(stub: Stubber) -> None:
    stub.add_response("converse", ANSWER, REQUEST)
    usage = Usage(input_tokens=20, output_tokens=10)
    assert Bench(stub, Quota(), 900)() == Reply("the verdict", usage, pytest.approx(0.04), 1, 0)  # type: ignore[arg-type]


def test_throttled_and_broken_calls_are_repeated(stub: Stubber) -> None:
    refuse(stub, "ModelTimeoutException", "ThrottlingException", "ServiceUnavailableException", "ThrottlingException")
    stub.add_response("converse", ANSWER, REQUEST)
    bench = Bench(stub, Quota(requests_per_minute=600), 900)
    reply = bench()
    assert (reply.text, reply.attempts, reply.throttled) == ("the verdict", 5, 2)
    assert bench.time > 1000 + 1 + 1 + 4 + 2 - 0.001


@pytest.mark.parametrize(
    ("code", "kind"),
    [("ValidationException", "invalid-request"), ("AccessDeniedException", "access-denied"),
     ("Odd", "defect")],
)  # fmt: skip
def test_fails_at_once_for_what_another_attempt_does_not_change(stub: Stubber, code: str, kind: str) -> None:
    refuse(stub, code)
    with pytest.raises(AskFailed) as caught:
        Bench(stub, Quota(), 900)()
    assert (caught.value.error.error_class, caught.value.error.code, caught.value.attempts) == (kind, code, 1)


def test_fails_after_the_last_attempt(stub: Stubber) -> None:
    refuse(stub, *["ThrottlingException"] * 10)
    with pytest.raises(AskFailed) as caught:
        Bench(stub, Quota(), 900)()
    assert (caught.value.error.error_class, caught.value.attempts, caught.value.throttled) == ("throttled", 10, 10)


def test_fails_as_out_of_time_before_a_call_that_could_not_end(stub: Stubber) -> None:
    with pytest.raises(OutOfTime):
        Bench(stub, Quota(), CALL_SECONDS - 1)()
    refuse(stub, "ThrottlingException")
    with pytest.raises(OutOfTime):
        Bench(stub, Quota(), CALL_SECONDS + 0.5)()


def test_calls_wait_for_the_quota_and_give_back_what_they_do_not_use(stub: Stubber) -> None:
    for _ in range(3):
        stub.add_response("converse", ANSWER, REQUEST)
    quota = Quota(requests_per_minute=60, tokens_per_minute=6000, output_burndown=5)
    bench = Bench(stub, quota, 900)
    started = []
    for _ in range(3):
        bench()
        started.append(bench.time - 1000)
    bench.ask.flush()
    # 2 s of requests at once, then one a second. A call reserves 30 + 100 tokens, 1.3 s of them, and takes 20 + 5 * 10.
    assert started == [0, 0, pytest.approx(1)]
    assert bench.state.read("judge").clocks.tokens <= 1000 + 3 * 1.3 - (1.3 - 0.7)
