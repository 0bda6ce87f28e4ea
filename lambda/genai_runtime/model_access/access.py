"""The path of one request: who, what, within which limits, to which model, and its audit record."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger

from genai_runtime.model_access import audit, errors, limits
from genai_runtime.model_access.audit import Attempt
from genai_runtime.model_access.contracts import Contracts, PromptContract, UseCaseContract
from genai_runtime.model_access.conversation import Completion, completion_of, converse_request
from genai_runtime.model_access.deadline import Deadline
from genai_runtime.model_access.environment import Environment
from genai_runtime.model_access.errors import CodedError, RequestFailed, RequestRejected
from genai_runtime.model_access.request import Invocation, ModelAccessRequest, parse, use_case_of
from genai_runtime.model_access.template import Template

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.type_defs import ConverseRequestTypeDef, ConverseResponseTypeDef

Result = dict[str, Any]

logger = Logger(child=True)


class Prompts(Protocol):
    """Reads the stored text of a prompt version."""

    def template(self, name: str, prompt: PromptContract) -> Template: ...


class Models(Protocol):
    """Sends a conversation to a model. Raises RequestFailed with what the caller can do."""

    def converse(self, request: "ConverseRequestTypeDef") -> "ConverseResponseTypeDef": ...


class AuditTrail(Protocol):
    """Stores an audit record. Raises RequestFailed when it isn't stored for certain."""

    def write(self, record: Mapping[str, audit.Value]) -> None: ...


class Meter(Protocol):
    """Counts what happened."""

    def count(self, attempt: Attempt, outcome: str, error_code: str | None) -> None: ...


class ModelAccess:
    """Answers requests. Every fault on the way becomes a result with an outcome and a code."""

    def __init__(
        self,
        environment: Environment,
        *,
        contracts: Contracts,
        prompts: Prompts,
        models: Models,
        trail: AuditTrail,
        meter: Meter,
        deadline: Deadline,
        now: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._contracts = contracts
        self._prompts = prompts
        self._models = models
        self._trail = trail
        self._meter = meter
        self._deadline = deadline
        self._now = now

    def answer(self, event: object, invocation: Invocation) -> Result:
        """The result for the caller, after its audit record is stored; without a record the answer is withheld."""
        self._deadline.start(invocation.seconds)
        attempt = Attempt()
        result, code = self._outcome(event, invocation, attempt)
        try:
            self._audit(attempt, invocation, str(result["outcome"]), code)
        except RequestFailed as error:
            logger.exception("audit record not written", extra={"code": error.code, "withheld": result["outcome"]})
            result, code = _refused(error, invocation), error.code
        self._meter.count(attempt, str(result["outcome"]), code)
        return result

    def _audit(self, attempt: Attempt, invocation: Invocation, outcome: str, error_code: str | None) -> None:
        record = audit.record(
            attempt,
            invocation,
            environment=self._environment.environment,
            outcome=outcome,
            error_code=error_code,
            now=self._now(),
            retention_days=self._environment.audit_retention_days,
        )
        self._trail.write(record)

    def _outcome(self, event: object, invocation: Invocation, attempt: Attempt) -> tuple[Result, str | None]:
        try:
            return self._answered(event, invocation, attempt), None
        except RequestRejected as error:
            logger.info("rejected", extra={"code": error.code, "use_case": attempt.use_case})
            return _refused(error, invocation), error.code
        except RequestFailed as error:
            logger.exception("failed", extra={"code": error.code, "use_case": attempt.use_case})
            return _refused(error, invocation), error.code
        except Exception:  # the boundary: logged with its trace, counted as Failed, audited
            logger.exception("failed unexpectedly", extra={"code": errors.UNEXPECTED, "use_case": attempt.use_case})
            fault = RequestFailed(
                errors.UNEXPECTED, f"unexpected fault: give the platform team the trace id {invocation.trace_id}"
            )
            return _refused(fault, invocation), fault.code

    def _answered(self, event: object, invocation: Invocation, attempt: Attempt) -> Result:
        attempt.use_case = use_case_of(invocation.function_arn)
        request = parse(event, attempt.use_case)
        attempt.user, attempt.input_sha256 = request.user, audit.digest(request.variables)
        agreed = self._agreement(request, attempt)
        prompt = self._contracts.prompt(request.prompt, agreed.prompts[request.prompt])
        attempt.model = _model(request, prompt, agreed)
        limits.check_variables(request.prompt, prompt.limits, request.variables)
        template = self._prompts.template(request.prompt, prompt)
        limits.check_agreement(request.prompt, prompt.limits, template)
        limits.check_size(request.prompt, prompt.limits, template, request.variables)
        conversation = converse_request(
            model=attempt.model,
            template=template,
            variables=request.variables,
            limits=prompt.limits,
            guardrail=self._contracts.guardrail(agreed.guardrail),
            metadata=self._metadata(attempt),
        )
        completion = self._timed(conversation, attempt)
        return _answer(completion, attempt, invocation)

    def _agreement(self, request: ModelAccessRequest, attempt: Attempt) -> UseCaseContract:
        """The use case's contract, if it covers the prompt. Raises RequestRejected."""
        agreed = self._contracts.use_case(attempt.use_case)
        if agreed is None:
            raise RequestRejected(
                errors.USE_CASE_UNKNOWN,
                f"use case {attempt.use_case!r} is not registered in {self._environment.environment}: the platform "
                "team registers it in config/use_cases",
            )
        attempt.guardrail, attempt.guardrail_version = agreed.guardrail.name, agreed.guardrail.version
        if request.prompt not in agreed.prompts:
            raise RequestRejected(
                errors.PROMPT_NOT_AGREED,
                f"prompt {request.prompt!r} is not in the contract of {attempt.use_case!r}: use one of "
                f"{sorted(agreed.prompts)}, or have the contract changed",
            )
        attempt.prompt, attempt.prompt_version = request.prompt, agreed.prompts[request.prompt]
        return agreed

    def _metadata(self, attempt: Attempt) -> dict[str, str]:
        return {
            "use_case": attempt.use_case,
            "environment": self._environment.environment,
            "prompt": str(attempt.prompt),
            "prompt_version": str(attempt.prompt_version),
        }

    def _timed(self, conversation: "ConverseRequestTypeDef", attempt: Attempt) -> Completion:
        start = time.monotonic()
        try:
            response = self._models.converse(conversation)
        finally:
            attempt.latency_ms = round((time.monotonic() - start) * 1000)
        attempt.completion = completion_of(response)
        return attempt.completion


def _model(request: ModelAccessRequest, prompt: PromptContract, agreed: UseCaseContract) -> str:
    model = request.model or prompt.model
    if model not in agreed.models:
        raise RequestRejected(
            errors.MODEL_NOT_AGREED,
            f"model {model!r} is not in the contract of {agreed.name!r}: use one of {sorted(agreed.models)}, or have "
            "the contract changed",
        )
    return model


def _answer(completion: Completion, attempt: Attempt, invocation: Invocation) -> Result:
    return {
        "outcome": completion.outcome,
        "answer": completion.answer,
        "stop_reason": completion.stop_reason,
        "model": attempt.model,
        "prompt": {"name": attempt.prompt, "version": attempt.prompt_version},
        "usage": {"input_tokens": completion.input_tokens, "output_tokens": completion.output_tokens},
        "latency_ms": attempt.latency_ms,
        "guardrail": {
            "name": attempt.guardrail,
            "version": attempt.guardrail_version,
            "action": completion.action,
            "findings": [finding.as_dict() for finding in completion.findings],
        },
        "trace_id": invocation.trace_id,
    }


def _refused(error: CodedError, invocation: Invocation) -> Result:
    return {
        "outcome": error.outcome,
        "error": {"code": error.code, "message": error.message},
        "trace_id": invocation.trace_id,
    }
