"""From a suite and the configuration to a RunRequest: nothing that decides a run's result is looked up later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.evaluation.access import Access, parameter
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.suites import LoadedSuite
from genai_foundation.catalog import PromptSpec
from genai_runtime.evaluation.base import RunId
from genai_runtime.evaluation.requests import run_id
from genai_runtime.evaluation.run import (
    Candidate,
    GuardrailId,
    JudgeModel,
    OwnResponses,
    Price,
    PromptText,
    Quota,
    RunRequest,
    UseCaseEndpoint,
)
from genai_runtime.evaluation.suite import Reference, Suite
from genai_runtime.release.manifest import UNRESOLVED
from stacks.settings import ApprovedModel, Environment, Settings


@dataclass(frozen=True)
class Asked:
    """What the command line asks for beyond the suite.

    :param models: ids of the catalog; empty takes the suite's
    :param prompt: a prompt in place of the suite's, e.g. one that isn't released yet
    :param use_case: ask the deployed use case of this name and not the model itself
    :param responses: object in the evaluation bucket with responses that were made elsewhere
    :param cases: sample in place of the suite's
    :param again: 2, 3, … repeats a run that is over already
    """

    models: Sequence[str] = ()
    prompt: PromptSpec | None = None
    use_case: str | None = None
    responses: str | None = None
    cases: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    requested_by: str = "unknown"
    again: int = 1


@dataclass(frozen=True)
class Resolver:
    """Knows the configuration, the prices and what is deployed in one environment.

    :param access: None resolves without asking an account: guardrails keep `UNRESOLVED` as id and version
    """

    settings: Settings
    environment: Environment
    access: Access | None
    prices: Mapping[str, Price]
    baseline: tuple[RunId, str] | None = None
    """Run and candidate that is released for the suite."""

    def request(self, suite: LoadedSuite, asked: Asked) -> RunRequest:
        """The complete request. Its id follows from its content, so that asking the same again finds the same run."""
        spec = suite.suite
        prompt = asked.prompt or self._prompt(spec.prompt)
        guardrail = self._guardrail(spec.guardrail) if spec.guardrail else None
        candidates = tuple(self._candidate(prompt, model, guardrail, asked) for model in asked.models or spec.models)
        judge = self._judge(spec)
        baseline = self.baseline if spec.baseline == "released" else None
        request = RunRequest(
            run="unnamed",
            suite=spec.name,
            version=suite.version,
            candidates=candidates,
            baseline=baseline[0] if baseline else None,
            baseline_candidate=baseline[1] if baseline else None,
            cases=asked.cases,
            judge=JudgeModel(
                model_id=self._invocation_id(judge), quota=self._quota(judge.id), price=self.prices.get(judge.id)
            )
            if judge
            else None,
            embedding_model_id=self._embedding_model(),
            safety_guardrail=guardrail,
            requested_by=asked.requested_by,
            labels=dict(asked.labels),
        )
        return request.model_copy(update={"run": run_id(request, asked.again)})

    def _candidate(self, prompt: PromptSpec, model: str, guardrail: GuardrailId | None, asked: Asked) -> Candidate:
        approved = self._model(model)
        return Candidate(
            name=_slug(f"{prompt.reference}-{approved.spec.name}"),
            prompt=prompt_text(prompt),
            model=model,
            model_id=self._invocation_id(approved),
            guardrail=guardrail,
            **self._target(asked),
            quota=self._quota(model),
            price=self.prices.get(model),
        )

    def _target(self, asked: Asked) -> dict[str, Any]:
        if asked.responses:
            return {"target": OwnResponses(key=asked.responses)}
        if asked.use_case:
            arn = parameter(self._deployed, self.environment, "model-access/function-arn")
            return {"target": UseCaseEndpoint(function_arn=f"{arn}:{asked.use_case}", use_case=asked.use_case)}
        return {}

    @property
    def _deployed(self) -> Access:
        if self.access is None:
            raise EvaluationError(
                "GF-EVAL-413",
                "a use case can only be asked where it is deployed: resolve the request with access to it",
            )
        return self.access

    def _judge(self, spec: Suite) -> ApprovedModel | None:
        """The suite's judge; of a suite with managed jobs the environment's first evaluator: their role calls no other."""
        if spec.judge:
            return self._model(spec.judge.model)
        if spec.engine != "bedrock-job":
            return None
        approved = {each.id: each for each in self.settings.models_for(self.environment)}
        return next((approved[model] for model in self.settings.evaluation.judges if model in approved), None)

    def _prompt(self, reference: Reference) -> PromptSpec:
        name = f"{reference.name}-v{reference.version}"
        try:
            return self.settings.catalog.prompts[name]
        except KeyError:
            raise EvaluationError(
                "GF-EVAL-410",
                f"the catalog has no prompt {name}: correct the suite, or add catalog/prompts/{name}.yaml",
            ) from None

    def _model(self, model: str) -> ApprovedModel:
        approved = {each.id: each for each in self.settings.models_for(self.environment)}
        if model not in approved:
            raise EvaluationError(
                "GF-EVAL-411",
                f"model {model} is not approved in {self.environment}: use one of {', '.join(approved)}, or approve it in "
                "config/platform.yaml",
            )
        return approved[model]

    def _invocation_id(self, model: ApprovedModel) -> str:
        return model.invocation_id(self.settings.regions.primary.name)

    def _embedding_model(self) -> str | None:
        models = [each for each in self.settings.models_for(self.environment) if not each.spec.converses]
        return self._invocation_id(models[0]) if models else None

    def _guardrail(self, reference: Reference) -> GuardrailId:
        if self.access is None:
            return GuardrailId(name=reference.name, id=UNRESOLVED, version=UNRESOLVED)
        key = f"guardrails/{reference.name}/{reference.version}"
        deployed = json.loads(parameter(self.access, self.environment, key))
        return GuardrailId(name=reference.name, id=deployed["id"], version=deployed["version"])

    def _quota(self, model: str) -> Quota:
        found = self.settings.quota(self.environment, model)
        return Quota(
            requests_per_minute=found.requests_per_minute,
            tokens_per_minute=found.tokens_per_minute,
            output_burndown=found.output_burndown,
        )


def prompt_text(prompt: PromptSpec) -> PromptText:
    """What a call needs of a catalog prompt."""
    return PromptText(
        name=prompt.name,
        version=prompt.version,
        system=prompt.system or "",
        template=prompt.template,
        qualifiers={each.name: each.qualifier for each in prompt.variables},
        max_tokens=prompt.inference.max_tokens,
        temperature=prompt.inference.temperature,
        top_p=prompt.inference.top_p,
        stop_sequences=prompt.inference.stop_sequences,
    )


def _slug(text: str) -> str:
    kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in text.lower())
    return "-".join(filter(None, kept.split("-")))[:63]
