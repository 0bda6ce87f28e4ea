"""The evaluations that the ledger's verdicts rest on, each believed only with the hash that was judged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError
from pydantic import ValidationError

from foundation.evaluation.access import Access, parameter
from foundation.evaluation.errors import EvaluationError
from foundation.release.errors import ReleaseError
from foundation.release.history import Line
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import RunResult
from genai_runtime.release.manifest import ORDER, Environment
from genai_runtime.release.records import Evidence, Promoted, Refused

BUCKET = "evaluation/bucket"


@dataclass(frozen=True)
class Run:
    """An evaluation behind a verdict.

    :param verdict: promoted or refused
    :param result: None where it can't be believed or read; `problem` says why
    """

    environment: Environment
    purpose: str
    verdict: str
    suite: Suite
    evidence: Evidence
    result: RunResult | None
    problem: str = ""

    @property
    def where(self) -> str:
        """pre-prod, bedrock-api-reference."""
        return f"{self.environment}, {self.evidence.suite}"

    def asked(self, candidate: str) -> str:
        """Where, with the candidate's name where the run had several."""
        several = self.result is not None and len(self.result.gate.candidates) > 1
        return f"{self.where}, {candidate}" if several else self.where

    @property
    def link(self) -> str:
        """Command that shows the whole report."""
        return f"foundation eval report {self.evidence.run} --env {self.environment}"


def latest_verdicts(lines: Sequence[Line]) -> list[Promoted | Refused]:
    """The newest genuine verdict of each environment and purpose, in the order of environments."""
    found: dict[tuple[int, str], Promoted | Refused] = {}
    for line in lines:  # oldest first
        if isinstance(line.statement, Promoted | Refused):
            found[ORDER.index(line.statement.environment), line.statement.purpose] = line.statement
    return [found[key] for key in sorted(found)]


def runs(lines: Sequence[Line], suites: Mapping[str, Suite], access: Access) -> tuple[Run, ...]:
    """Every run of the newest verdicts, with its result where that is what was judged."""
    found = []
    for verdict in latest_verdicts(lines):
        for evidence in verdict.evidence:
            suite = suites.get(evidence.suite)
            if suite is not None:
                result, problem = _result(access, verdict.environment, evidence)
                found.append(Run(verdict.environment, verdict.purpose, verdict.kind, suite, evidence, result, problem))
    return tuple(found)


def _result(access: Access, environment: Environment, evidence: Evidence) -> tuple[RunResult | None, str]:
    try:
        bucket = parameter(access, environment, BUCKET)
        body = Store(access.client("s3", environment), bucket).read(layout.result(evidence.run))
    except (ClientError, EvaluationError, ReleaseError) as error:
        return None, f"the result can't be read ({error})"
    if body is None:
        return None, "the result is gone: it has expired, or was deleted"
    if hashlib.sha256(body).hexdigest() != evidence.result_sha256:
        return None, "the result isn't the one that was judged: it was changed after the verdict"
    try:
        return RunResult.model_validate_json(body), ""
    except ValidationError as error:
        return None, f"the result is no result of this release's tools ({error.error_count()} faults)"
