"""The path of one request: who, what, within which limits, which versions and model, and its audit record."""

from typing import Protocol

from genai_runtime.live.records import ShadowCopy
from genai_runtime.live.routing import Route, route
from genai_runtime.live.source import Reading
from genai_runtime.model_access import audit
from genai_runtime.model_access.audit import Attempt
from genai_runtime.model_access.closing import Closing, Result
from genai_runtime.model_access.contracts import UseCaseContract
from genai_runtime.model_access.conversation import Completion
from genai_runtime.model_access.deadline import Deadline
from genai_runtime.model_access.question import Questions, choose
from genai_runtime.model_access.request import Invocation, ModelAccessRequest, parse, use_case_of


class Live(Protocol):
    """Reads which versions are live for a use case. Never fails: a fault is part of what it returns."""

    def read(self, contract: UseCaseContract) -> Reading: ...


class Copies(Protocol):
    """Sends a copy to the candidate of a shadow experiment. Returns whether it is on its way."""

    def send(self, copy: ShadowCopy) -> bool: ...


class Meter(Protocol):
    """Counts what happened."""

    def count(self, attempt: Attempt, outcome: str, error_code: str | None) -> None: ...


class ModelAccess:
    """Answers requests. Every fault on the way becomes a result with an outcome and a code.

    A request that names a model itself is answered by that model with the live prompt and guardrail, and takes no part in
    an experiment.
    """

    def __init__(
        self,
        *,
        questions: Questions,
        live: Live,
        copies: Copies,
        closing: Closing,
        meter: Meter,
        deadline: Deadline,
    ) -> None:
        self._questions = questions
        self._live = live
        self._copies = copies
        self._closing = closing
        self._meter = meter
        self._deadline = deadline

    def answer(self, event: object, invocation: Invocation) -> Result:
        """The result for the caller, after its audit record is stored; without a record the answer is withheld."""
        self._deadline.start(invocation.seconds)
        attempt = Attempt()
        result, code = self._closing.close(lambda: self._asked(event, invocation, attempt), attempt, invocation)
        if attempt.variables is not None and "record" in result:
            self._copy(attempt, invocation, str(result["record"]))
        self._meter.count(attempt, str(result["outcome"]), code)
        return result

    def _asked(self, event: object, invocation: Invocation, attempt: Attempt) -> Completion:
        attempt.use_case = use_case_of(invocation.function_arn)
        request = parse(event, attempt.use_case)
        attempt.user, attempt.input_sha256 = request.user, audit.digest(request.variables)
        agreed = self._questions.agreement(request.prompt, attempt)
        routed = self._routed(request, agreed, invocation, attempt)
        chosen = choose(agreed, request.prompt, routed.versions if routed else None, request.model)
        return self._questions.ask(request.prompt, request.variables, chosen=chosen, agreed=agreed, attempt=attempt)

    def _routed(
        self, request: ModelAccessRequest, agreed: UseCaseContract, invocation: Invocation, attempt: Attempt
    ) -> Route | None:
        """Where the request goes, noted for its audit record; None where the contract's own versions are live."""
        reading = self._live.read(agreed)
        if reading.fault:
            attempt.faults.add("live_unavailable" if reading.fault == "unavailable" else "live_malformed")
        document = reading.document
        if document is None:
            return None
        routed = route(
            document,
            prompt=request.prompt,
            user=request.user,
            request_id=invocation.request_id,
            chosen_model=request.model is not None,
        )
        attempt.live_sequence, attempt.manifest = document.sequence, routed.manifest
        if routed.experiment:
            attempt.experiment, attempt.arm = routed.experiment, routed.arm
        attempt.variables = request.variables if routed.copied else None
        return routed

    def _copy(self, attempt: Attempt, invocation: Invocation, at: str) -> None:
        completion, variables = attempt.completion, attempt.variables
        if completion is None or variables is None:
            return
        copy = ShadowCopy(
            use_case=attempt.use_case,
            experiment=str(attempt.experiment),
            request_id=invocation.request_id,
            prompt=str(attempt.prompt),
            variables=dict(variables),
            user=attempt.user,
            answer=completion.answer,
            outcome=completion.outcome,
            latency_ms=attempt.latency_ms or 0,
            at=at,
        )
        if not self._copies.send(copy):
            attempt.faults.add("shadow_not_sent")
