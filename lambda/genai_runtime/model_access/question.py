"""From a question and the versions that answer it to a completion: what a caller's and a shadow's questions share."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from genai_runtime.live.records import Versions
from genai_runtime.model_access import errors, limits
from genai_runtime.model_access.audit import Attempt
from genai_runtime.model_access.contracts import Contracts, GuardrailRef, PromptContract, UseCaseContract
from genai_runtime.model_access.conversation import Completion, completion_of, converse_request
from genai_runtime.model_access.errors import RequestRejected
from genai_runtime.model_access.template import Template

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.type_defs import ConverseRequestTypeDef, ConverseResponseTypeDef


class Prompts(Protocol):
    """Reads the stored text of a prompt version."""

    def template(self, name: str, prompt: PromptContract) -> Template: ...


class Models(Protocol):
    """Sends a conversation to a model. Raises RequestFailed with what the caller can do."""

    def converse(self, request: "ConverseRequestTypeDef") -> "ConverseResponseTypeDef": ...


@dataclass(frozen=True)
class Chosen:
    """What a question is answered with.

    :param model: None for the prompt's own
    """

    version: int
    model: str | None
    guardrail: GuardrailRef


def choose(agreed: UseCaseContract, prompt: str, versions: Versions | None, model: str | None = None) -> Chosen:
    """The contract's versions, or in their place what is live; a model that the caller chose goes before both."""
    if versions is None:
        return Chosen(agreed.prompts[prompt], model, agreed.guardrail)
    return Chosen(
        version=versions.prompts.get(prompt, agreed.prompts[prompt]),
        model=model or versions.models.get(prompt),
        guardrail=GuardrailRef(name=versions.guardrail.name, version=versions.guardrail.version),
    )


class Questions:
    """Asks models, within contracts and limits. Raises RequestRejected and RequestFailed."""

    def __init__(self, *, contracts: Contracts, prompts: Prompts, models: Models, environment: str) -> None:
        self._contracts = contracts
        self._prompts = prompts
        self._models = models
        self._environment = environment

    def agreement(self, prompt: str, attempt: Attempt) -> UseCaseContract:
        """The contract of the attempt's use case, if it covers the prompt."""
        agreed = self._contracts.use_case(attempt.use_case)
        if agreed is None:
            raise RequestRejected(
                errors.USE_CASE_UNKNOWN,
                f"use case {attempt.use_case!r} is not registered in {self._environment}: the platform "
                "team registers it in config/use_cases",
            )
        attempt.guardrail, attempt.guardrail_version = agreed.guardrail.name, agreed.guardrail.version
        if prompt not in agreed.prompts:
            raise RequestRejected(
                errors.PROMPT_NOT_AGREED,
                f"prompt {prompt!r} is not in the contract of {attempt.use_case!r}: use one of "
                f"{sorted(agreed.prompts)}, or have the contract changed",
            )
        attempt.prompt, attempt.prompt_version = prompt, agreed.prompts[prompt]
        return agreed

    def ask(
        self, name: str, variables: Mapping[str, str], *, chosen: Chosen, agreed: UseCaseContract, attempt: Attempt
    ) -> Completion:
        """The answer of the chosen versions to a prompt of the contract."""
        attempt.prompt_version = chosen.version
        attempt.guardrail, attempt.guardrail_version = chosen.guardrail.name, chosen.guardrail.version
        prompt = self._contracts.prompt(name, chosen.version)
        attempt.model = _agreed_model(chosen.model or prompt.model, agreed)
        limits.check_variables(name, prompt.limits, variables)
        template = self._prompts.template(name, prompt)
        limits.check_agreement(name, prompt.limits, template)
        limits.check_size(name, prompt.limits, template, variables)
        conversation = converse_request(
            model=attempt.model,
            template=template,
            variables=variables,
            limits=prompt.limits,
            guardrail=self._contracts.guardrail(chosen.guardrail),
            metadata=self._metadata(attempt),
        )
        return self._timed(conversation, attempt)

    def _metadata(self, attempt: Attempt) -> dict[str, str]:
        return {
            "use_case": attempt.use_case,
            "environment": self._environment,
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


def _agreed_model(model: str, agreed: UseCaseContract) -> str:
    if model not in agreed.models:
        raise RequestRejected(
            errors.MODEL_NOT_AGREED,
            f"model {model!r} is not in the contract of {agreed.name!r}: use one of {sorted(agreed.models)}, or have "
            "the contract changed",
        )
    return model
