"""Ask through Converse, within the quota that all functions share."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.evaluation.calls.faults import TOOK_NOTHING, attempts_of, fault_of
from genai_runtime.evaluation.calls.rate import Limiter
from genai_runtime.evaluation.calls.target import cost_usd
from genai_runtime.evaluation.judging.ask import AskFailed, Inference, OutOfTime, Reply
from genai_runtime.evaluation.records import CallError, Usage
from genai_runtime.evaluation.run import JudgeModel
from genai_runtime.model_access.limits import estimate_tokens

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseResponseTypeDef

CALL_SECONDS = 70.0
"""Longest call, its time-outs included; nothing begins when less time is left."""
_PAUSE_SECONDS, _PAUSE_MOST_SECONDS = 0.5, 20.0


class ConverseAsk:
    """One judge's calls. Its client must not retry by itself: every attempt takes from the quota. Thread-safe."""

    def __init__(
        self,
        client: "BedrockRuntimeClient",
        model: JudgeModel,
        limiter: Limiter,
        left: Callable[[], float],
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._client = client
        self._model = model
        self._limiter = limiter
        self._lock = threading.Lock()  # the limiter is for one thread at a time
        self._left, self._now, self._sleep, self._uniform = left, now, sleep, uniform

    def __call__(self, system: str, user: str, inference: Inference) -> Reply:
        """An answer, after as many attempts as that takes. Raises AskFailed or OutOfTime."""
        reserved = estimate_tokens([system, user]) + inference.max_tokens
        faults: Counter[str] = Counter()
        while True:
            self._take(reserved)
            try:
                response = self._converse(system, user, inference)
            except (ClientError, BotoCoreError) as error:
                fault = fault_of(error)
                faults[fault.error_class] += 1
                if fault.error_class in TOOK_NOTHING:
                    self._give_back(reserved)
                if faults[fault.error_class] >= attempts_of(fault.error_class):
                    raise AskFailed(fault, faults.total(), faults["throttled"]) from error
                self._pause(fault, faults)
            else:
                return self._reply(response, reserved, faults)

    def flush(self) -> None:
        """Give back to the quota what wasn't used."""
        with self._lock:
            self._limiter.flush()

    def _converse(self, system: str, user: str, inference: Inference) -> "ConverseResponseTypeDef":
        return self._client.converse(
            modelId=self._model.model_id,
            system=[{"text": system}],
            messages=[{"role": "user", "content": [{"text": user}]}],
            inferenceConfig={"maxTokens": inference.max_tokens, "temperature": inference.temperature},
        )

    def _reply(self, response: "ConverseResponseTypeDef", reserved: float, faults: Counter[str]) -> Reply:
        used = response["usage"]
        usage = Usage(input_tokens=used["inputTokens"], output_tokens=used["outputTokens"])
        taken = usage.input_tokens + usage.output_tokens * self._model.quota.output_burndown
        self._give_back(reserved - taken)
        cost = cost_usd(self._model.price, usage)
        blocks = response["output"].get("message", {}).get("content", [])
        text = "".join(block.get("text", "") for block in blocks)
        return Reply(text, usage, cost, faults.total() + 1, faults["throttled"])

    def _take(self, tokens: float) -> None:
        """Wait for a slot of the quota."""
        while True:
            self._wait_until(self._now())
            with self._lock:
                lease = self._limiter.lease([tokens])
            if lease.slots:
                return self._wait_until(lease.slots[0])
            self._wait_until(lease.ask_again)

    def _give_back(self, tokens: float) -> None:
        with self._lock:
            self._limiter.give_back(tokens, self._now())

    def _pause(self, error: CallError, faults: Counter[str]) -> None:
        if error.error_class == "throttled":
            with self._lock:
                until = self._limiter.throttled(faults["throttled"])
        else:  # full jitter, as the limiter's
            until = self._now() + self._uniform(0, min(_PAUSE_MOST_SECONDS, _PAUSE_SECONDS * 2 ** faults.total()))
        self._wait_until(until)

    def _wait_until(self, when: float) -> None:
        """Raises OutOfTime where a call that begins then could not end in time."""
        wait = max(0.0, when - self._now())
        if wait + CALL_SECONDS > self._left():
            raise OutOfTime
        if wait:
            self._sleep(wait)
