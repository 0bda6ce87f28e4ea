"""From a requirement of the manifest to a complete request: what only the deployed environment knows is looked up there."""

import json
from dataclasses import dataclass

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.base import RunId
from genai_runtime.evaluation.planning.errors import PlanFailed
from genai_runtime.evaluation.planning.suite_files import parse_suite
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.requests import deciding, released
from genai_runtime.evaluation.run import Candidate, Converse, GuardrailId, OwnResponses, RunRequest, UseCaseEndpoint
from genai_runtime.evaluation.suite import Suite
from genai_runtime.release.gate.errors import (
    DATASET_MISSING,
    NOT_DEPLOYED,
    SUITE_UNFIT,
    TARGET_REFUSED,
    GateBroken,
    NotYet,
)
from genai_runtime.release.gate.workload import MODEL_ACCESS, Workload, guardrail_parameter
from genai_runtime.release.manifest import UNRESOLVED, Requirement

Baseline = tuple[RunId, str] | None
_NAMELESS = {"run": UNRESOLVED, "baseline": None, "baseline_candidate": None}


@dataclass(frozen=True)
class Resolver:
    """Resolves the requirements of one environment."""

    workload: Workload

    def resolve(self, requirement: Requirement) -> RunRequest:
        """The request of a new run but for its id, compared with what is released now.

        Raises NotYet: the dataset or a guardrail isn't there; GateBroken: the requirement can't be evaluated at all.
        """
        suite = self._suite(requirement)
        baseline = None
        if suite.baseline == "released":
            baseline = released(self.workload.runs, suite.name)
        return self._complete(requirement, suite, baseline)

    def resolve_as(self, requirement: Requirement, known: RunRequest) -> RunRequest:
        """The request as it would have to be had it been compared with what a known one was compared with."""
        baseline = None
        if known.baseline is not None and known.baseline_candidate is not None:
            baseline = (known.baseline, known.baseline_candidate)
        return self._complete(requirement, self._suite(requirement), baseline)

    def _complete(self, requirement: Requirement, suite: Suite, baseline: Baseline) -> RunRequest:
        request, environment = requirement.request, requirement.environment
        return request.model_copy(
            update={
                "run": UNRESOLVED,
                "candidates": tuple(self._candidate(each, suite, environment) for each in request.candidates),
                "safety_guardrail": self._guardrail(request.safety_guardrail, suite, environment),
                "baseline": baseline[0] if baseline else None,
                "baseline_candidate": baseline[1] if baseline else None,
            }
        )

    def _candidate(self, candidate: Candidate, suite: Suite, environment: str) -> Candidate:
        target = candidate.target
        if isinstance(target, OwnResponses):
            raise GateBroken(
                TARGET_REFUSED,
                f"candidate {candidate.name} of suite {suite.name} brings its own answers ({target.key}): a release is judged by "
                "answers that its environment's models give, build the manifest with `foundation release build`",
            )
        if isinstance(target, UseCaseEndpoint):
            arn = self.workload.parameter(MODEL_ACCESS)
            if arn is None:
                missing = f"the use case `{target.use_case}` isn't deployed to {environment} yet"
                raise NotYet(NOT_DEPLOYED, f"{missing}: deploy the stack ModelAccess of {environment} first", missing)
            target = target.model_copy(update={"function_arn": f"{arn}:{target.use_case}"})
        guardrail = self._guardrail(candidate.guardrail, suite, environment)
        return candidate.model_copy(update={"target": target, "guardrail": guardrail})

    def _guardrail(self, wanted: GuardrailId | None, suite: Suite, environment: str) -> GuardrailId | None:
        """The deployed guardrail; which version of the catalog it is, the suite says."""
        if wanted is None:
            return None
        reference = suite.guardrail
        if reference is None or reference.name != wanted.name:
            raise GateBroken(
                SUITE_UNFIT,
                f"the release asks for suite {suite.name} with guardrail {wanted.name}, the suite itself names "
                f"{reference.name if reference else 'none'}: build the release again from its commit",
            )
        found = self.workload.parameter(guardrail_parameter(reference.name, reference.version))
        if found is None:
            missing = f"guardrail `{reference.name}` version {reference.version} isn't deployed to {environment} yet"
            raise NotYet(
                NOT_DEPLOYED, f"{missing}: deploy the stack Guardrails of {environment} with this release", missing
            )
        deployed = json.loads(found)
        return GuardrailId(name=reference.name, id=deployed["id"], version=deployed["version"])

    def _suite(self, requirement: Requirement) -> Suite:
        """The published suite of the very version that is asked for."""
        request, datasets, stage = (
            requirement.request,
            self.workload.evaluations.datasets,
            self.workload.evaluations.stage,
        )
        version = request.version
        if stage == "redacted" and (report := datasets.read(layout.golden(stage, request.suite, version, FILE))):
            version = RedactionReport.model_validate_json(report).redacted_version or version
        body = datasets.read(layout.golden(stage, request.suite, version, layout.SUITE_FILE))
        if body is None:
            missing = (
                f"version `{request.version[:12]}` of its dataset isn't published for {requirement.environment} yet"
            )
            raise NotYet(
                DATASET_MISSING,
                f"suite {request.suite}: {missing}: publish it with `foundation eval publish {request.suite}`",
                missing,
            )
        try:
            return parse_suite(body)
        except PlanFailed as error:
            raise GateBroken(SUITE_UNFIT, f"suite {request.suite} can't be read ({error})") from error


def fits(requirement: Requirement, request: RunRequest) -> bool:
    """Whether a run's request is the requirement's, whatever the environment filled in."""
    return deciding(_open(requirement.request)) == deciding(_open(request))


def repeatable(request: RunRequest) -> bool:
    """Whether the request says all that decides its result: what a deployed use case does, it doesn't."""
    return all(isinstance(each.target, Converse) for each in request.candidates)


def _open(request: RunRequest) -> RunRequest:
    """Without what an environment fills in."""
    candidates = tuple(
        each.model_copy(update={"guardrail": _unknown(each.guardrail), "target": _anywhere(each)})
        for each in request.candidates
    )
    return request.model_copy(
        update={**_NAMELESS, "candidates": candidates, "safety_guardrail": _unknown(request.safety_guardrail)}
    )


def _unknown(guardrail: GuardrailId | None) -> GuardrailId | None:
    return guardrail and guardrail.model_copy(update={"id": UNRESOLVED, "version": UNRESOLVED})


def _anywhere(candidate: Candidate) -> Converse | UseCaseEndpoint | OwnResponses:
    target = candidate.target
    return target.model_copy(update={"function_arn": UNRESOLVED}) if isinstance(target, UseCaseEndpoint) else target
