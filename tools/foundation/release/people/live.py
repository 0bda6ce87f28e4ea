"""What is live for a use case: read from the log, changed through the environment's own function."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from foundation.evaluation.access import parameter
from foundation.release.context import Context, invoked
from foundation.release.errors import ReleaseError
from genai_runtime.base import Record
from genai_runtime.live.log import LogTable
from genai_runtime.live.online.records import ExperimentState
from genai_runtime.live.online.table import ExperimentTable
from genai_runtime.live.records import Document, GuardrailVersion, Limit, LogRecord, Versions
from genai_runtime.live.requests import PlannedExperiment, Promote, Release, Rollback, StartExperiment, Stop
from stacks.settings import CatalogReference, Environment, UseCase

TABLE, ACTIVATE = "live/table-name", "live/activate-function-name"
"""Contract keys of an environment."""
Kind = Literal["canary", "ab", "shadow"]


@dataclass(frozen=True)
class Candidate:
    """What the command line asks for, as NAME=VALUE pairs of the use case's prompts.

    :param prompts: catalog version by prompt
    :param models: model or inference profile by prompt
    :param guardrail: version of the contract's guardrail; None: the live one
    """

    prompts: dict[str, str]
    models: dict[str, str]
    guardrail: int | None = None


class LiveUseCase:
    """A use case in one environment."""

    def __init__(self, context: Context, environment: Environment, name: str) -> None:
        self.environment, self.name = environment, name
        self.contract = _contract(context, environment, name)
        self.context = context
        self._table = parameter(context.access, environment, TABLE)
        self._log = LogTable(context.access.client("dynamodb", environment), self._table)

    def history(self) -> tuple[LogRecord, ...]:
        """All records, oldest first, their chain verified. Raises LiveError for a broken one."""
        return self._log.history(self.name)

    def newest(self) -> LogRecord | None:
        """What is live; None before the first release: then the contract's own versions are."""
        return self._log.newest(self.name)

    def counts(self, experiment: str) -> ExperimentState | None:
        """What is counted of an experiment. Raises OnlineError for counts that can't be read."""
        client = self.context.access.client("dynamodb", self.environment)
        return ExperimentTable(client, self._table).state(self.name, experiment)

    def change(self, request: Record) -> dict[str, Any]:
        """Ask for a change; the function's report on the use case. Raises ReleaseError with the code of a refusal, GF-REL-440
        when the function fails."""
        function = parameter(self.context.access, self.environment, ACTIVATE)
        event = request.model_dump(mode="json", exclude_none=True)
        report = invoked(self.context.access.client("lambda", self.environment), function, event, "GF-REL-440")
        try:
            (found,) = [each for each in report["use_cases"] if each["use_case"] == self.name]
        except (KeyError, TypeError, ValueError) as error:
            raise ReleaseError(
                "GF-REL-440",
                f"{function} answered no report on {self.name} ({json.dumps(report)[:200]}): look into its log",
            ) from error
        if found["state"] == "refused":
            raise ReleaseError(found["error"]["code"], found["error"]["message"])
        return dict(found)


def _contract(context: Context, environment: Environment, name: str) -> UseCase:
    known = {case.name: case for case in context.settings.use_cases_in(environment)}
    if name not in known:
        raise ReleaseError(
            "GF-REL-441",
            f"{environment} has no use case {name!r}: use one of {', '.join(known) or 'none: it has none'}",
        )
    return known[name]


def started(
    live: LiveUseCase, kind: Kind, candidate: Candidate, share: float, limits: Sequence[str], **more: Any
) -> StartExperiment:
    """The request for an experiment. Raises ReleaseError for what the contract doesn't have or a malformed limit."""
    by, reason, manifest = more.pop("by"), more.pop("reason", ""), more.pop("manifest", None)
    named = more.pop("id", None) or f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        experiment = PlannedExperiment(
            id=named,
            kind=kind,
            candidate=versions(live, candidate),
            manifest=manifest,
            share=share,
            limits=tuple(limit(each) for each in limits),
            **more,
        )
    except ValidationError as error:
        raise _malformed(f"this {kind}", error) from error
    return StartExperiment(by=by, reason=reason, use_case=live.name, experiment=experiment)


def versions(live: LiveUseCase, candidate: Candidate) -> Versions:
    """The candidate's versions: what isn't named stays as it is live. Raises ReleaseError GF-REL-442, 443."""
    document = current(live)
    base = document.stable if document else contract_versions(live.contract)
    if unknown := sorted({*candidate.prompts, *candidate.models} - base.prompts.keys()):
        raise ReleaseError(
            "GF-REL-442",
            f"{live.name} has no prompt {unknown[0]!r}: use one of {', '.join(sorted(base.prompts))}, or change its contract",
        )
    if not candidate.prompts and not candidate.models and candidate.guardrail is None:
        raise ReleaseError(
            "GF-REL-442", "nothing differs from what is live: name --prompt, --model or --guardrail-version"
        )
    named = {*candidate.prompts, *candidate.models}
    if candidate.guardrail is not None:
        named = set(base.prompts)
    guardrail = base.guardrail
    if candidate.guardrail is not None:
        guardrail = GuardrailVersion(name=guardrail.name, version=candidate.guardrail)
    try:
        return Versions.model_validate(
            {
                "prompts": {name: candidate.prompts.get(name, base.prompts[name]) for name in sorted(named)},
                "models": {**{n: m for n, m in base.models.items() if n in named}, **candidate.models},
                "guardrail": guardrail.model_dump(),
            }
        )
    except ValidationError as error:
        raise _malformed("the candidate", error) from error


def limit(text: str) -> Limit:
    """`failed=0.05`, or `slow=0.05@4000` with milliseconds. Raises ReleaseError GF-REL-443."""
    metric, _, value = text.partition("=")
    share, _, slow = value.partition("@")
    try:
        return Limit.model_validate({"metric": metric, "share": share, "slow_ms": slow or None})
    except ValidationError as error:
        raise _malformed(f"--limit {text!r}", error) from error


def current(live: LiveUseCase) -> Document | None:
    """The newest document."""
    newest = live.newest()
    return newest.document if newest else None


def contract_versions(contract: UseCase) -> Versions:
    """What is live before the first release."""
    return Versions(
        prompts={each.name: each.version for each in contract.prompts}, guardrail=_guardrail(contract.guardrail)
    )


def ended(live: LiveUseCase, what: Literal["stop", "promote"], by: str, reason: str) -> Stop | Promote:
    """The request that ends the running experiment. Raises ReleaseError GF-REL-444 when none runs."""
    document = current(live)
    if document is None or document.experiment is None:
        raise ReleaseError("GF-REL-444", f"no experiment of {live.name} runs in {live.environment}: start one first")
    kind = Stop if what == "stop" else Promote
    return kind(
        by=by, reason=reason, use_case=live.name, experiment=document.experiment.id, expected_sequence=document.sequence
    )


def rolled_back(live: LiveUseCase, to: int | None, by: str, reason: str) -> Rollback:
    """The request for earlier versions than those that are live now: asked twice, it goes back once."""
    newest = live.newest()
    sequence = newest.document.sequence if newest else 0
    return Rollback(by=by, reason=reason, use_case=live.name, to=to, expected_sequence=sequence)


def released(live: LiveUseCase, manifest: str, found: Versions, by: str, reason: str) -> Release:
    """The request for a manifest's versions."""
    return Release(by=by, reason=reason, use_case=live.name, manifest=manifest, versions=found)


def _guardrail(reference: CatalogReference) -> GuardrailVersion:
    return GuardrailVersion(name=reference.name, version=reference.version)


def _malformed(what: str, error: ValidationError) -> ReleaseError:
    found = "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'value'}: {each['msg']}" for each in error.errors(include_url=False)[:3]
    )
    return ReleaseError(
        "GF-REL-443",
        f"{what} can't be used ({found}): write e.g. --prompt grounded-answer=2 --share 0.1 --limit failed=0.05",
    )
