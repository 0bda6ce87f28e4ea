"""Whether a document may go live here: within its use case's contract, and everything that it names exists."""

from collections.abc import Iterator
from typing import Any, Protocol

from botocore.exceptions import ClientError

from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.live.records import Document, Experiment, Versions
from genai_runtime.live.versions import excess, overlaid
from genai_runtime.model_access.contracts import (
    Contracts,
    GuardrailContract,
    GuardrailRef,
    PromptContract,
    UseCaseContract,
)
from genai_runtime.model_access.errors import CONTRACT_MISSING, RequestFailed

# A canary is for a few; half of the users or more is a comparison, or a release.
MAX_CANARY_SHARE = 0.5


class Resources(Protocol):
    """Tells whether what a contract names is there."""

    def has_prompt(self, prompt: PromptContract) -> bool: ...

    def has_guardrail(self, guardrail: GuardrailContract) -> bool: ...


class BedrockResources:
    """Prompts and guardrails of this account and Region. Raises botocore's errors where Bedrock can't be asked.

    :param agent: boto3's bedrock-agent
    :param bedrock: boto3's bedrock
    """

    def __init__(self, agent: Any, bedrock: Any) -> None:
        self._agent = agent
        self._bedrock = bedrock

    def has_prompt(self, prompt: PromptContract) -> bool:
        """Whether the prompt has that version."""
        return _exists(lambda: self._agent.get_prompt(promptIdentifier=prompt.id, promptVersion=prompt.version))

    def has_guardrail(self, guardrail: GuardrailContract) -> bool:
        """Whether the guardrail has that version."""
        return _exists(
            lambda: self._bedrock.get_guardrail(guardrailIdentifier=guardrail.id, guardrailVersion=guardrail.version)
        )


def _exists(read: Any) -> bool:
    try:
        read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


class Validator:
    """Checks documents against what is deployed in this account and Region."""

    def __init__(self, contracts: Contracts, resources: Resources) -> None:
        self._contracts = contracts
        self._resources = resources

    def check(self, document: Document) -> None:
        """Raises LiveError naming all that is wrong; RequestFailed and botocore's errors where that can't be found out."""
        contract = self._contracts.use_case(document.use_case)
        if contract is None:
            raise LiveError(
                errors.USE_CASE_MISSING,
                f"use case {document.use_case!r} is not registered here: deploy its stack first",
            )
        found = list(dict.fromkeys(self._problems(document, contract)))
        if found:
            raise LiveError(
                errors.DOCUMENT_REFUSED,
                f"record {document.sequence} of {document.use_case!r} can't go live: {'; '.join(found)}: deploy what is "
                "missing, or ask for other versions",
            )

    def _problems(self, document: Document, contract: UseCaseContract) -> Iterator[str]:
        beyond = excess(document, contract)
        if beyond:
            yield f"{', '.join(beyond)} not in the contract of the use case"
            return
        yield from self._absent(document.stable, contract)
        if document.experiment:
            yield from _unfit(document.experiment)
            yield from self._absent(overlaid(document.stable, document.experiment.candidate), contract)

    def _absent(self, versions: Versions, contract: UseCaseContract) -> Iterator[str]:
        for name, version in {**contract.prompts, **versions.prompts}.items():
            prompt = self._prompt(name, version)
            if prompt is None:
                yield f"prompt {name} version {version} not deployed"
            elif (model := versions.models.get(name, prompt.model)) not in contract.models:
                yield f"model {model!r} of prompt {name} version {version} not in the contract of the use case"
        guardrail = self._guardrail(versions.guardrail.name, versions.guardrail.version)
        if guardrail is None:
            yield f"guardrail {versions.guardrail.name} version {versions.guardrail.version} not deployed"

    def _prompt(self, name: str, version: int) -> PromptContract | None:
        try:
            prompt = self._contracts.prompt(name, version)
        except RequestFailed as error:
            if error.code == CONTRACT_MISSING:
                return None
            raise
        return prompt if self._resources.has_prompt(prompt) else None

    def _guardrail(self, name: str, version: int) -> GuardrailContract | None:
        try:
            guardrail = self._contracts.guardrail(GuardrailRef(name=name, version=version))
        except RequestFailed as error:
            if error.code == CONTRACT_MISSING:
                return None
            raise
        return guardrail if self._resources.has_guardrail(guardrail) else None


def _unfit(experiment: Experiment) -> Iterator[str]:
    if experiment.kind == "canary" and experiment.share > MAX_CANARY_SHARE:
        yield f"share {experiment.share:g} of a canary over {MAX_CANARY_SHARE:g}"
    if experiment.kind == "ab" and experiment.share == 1:
        yield "share 1 of an A/B test, which leaves nobody to compare with"
    metrics = [limit.metric for limit in experiment.limits]
    for metric in sorted({metric for metric in metrics if metrics.count(metric) > 1}):
        yield f"two limits for {metric}"
    for metric in metrics:
        # Nobody sees a shadow's answers, and no other experiment has two answers to one request.
        if (metric == "disagreeing") != (experiment.kind == "shadow") and metric in ("disagreeing", "disliked"):
            yield f"limit for {metric}, which no {experiment.kind} experiment has"
