"""A release on its way: manifest and bill of materials in the bucket, verdicts and approvals in the ledger, results in the
environments' buckets."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from foundation import cdk
from foundation.release.bundle.items import items
from foundation.release.bundle.requirements import live, requirements
from foundation.release.context import Context
from genai_runtime.evaluation import layout as runs
from genai_runtime.evaluation.verdict import (
    CandidateResult,
    Decision,
    GateResult,
    Interval,
    LimitResult,
    MetricResult,
    RunResult,
    StratumResult,
)
from genai_runtime.release import layout
from genai_runtime.release.manifest import Environment, Manifest, canonical, manifest_hash
from genai_runtime.release.records import Approved, Evidence, Promoted, Refused, Sealed, Statement
from stacks.settings import Settings
from tests.unit.release.bucket import Bucket
from tests.unit.release.deployment.sealed import FakeKeys, manifest_of
from tests.unit.release.ledger_table import LedgerTable
from tests.unit.release.people.live_account import Parameters

SUITE = "bedrock-api-reference"
SBOM = json.dumps(
    {
        "components": [
            {"type": "file", "name": "requirements.lock"},
            {"type": "library", "name": "pydantic", "purl": "pkg:pypi/pydantic@2.12"},
            {"type": "library", "name": "aws-cdk", "purl": "pkg:npm/aws-cdk@2.1148.1"},
        ]
    }
).encode()


def interval(low: float, high: float) -> Interval:
    """95 %."""
    return Interval(low=low, high=high, method="wilson", confidence=0.95)


def metric(name: str, estimate: float, decision: Decision = "PROMOTE", **more: Any) -> MetricResult:
    """A metric of the suite."""
    given: dict[str, Any] = {
        "name": name, "kind": "rate", "gating": True, "threshold": 0.85, "cases": 200, "undecided": 0,
        "estimate": estimate, "interval": interval(estimate - 0.05, min(1.0, estimate + 0.04)), "decision": decision,
        "reason": f"{name} is {estimate}.",
    }  # fmt: skip
    return MetricResult(**{**given, **more})


def result(run: str, version: str, decision: Decision = "PROMOTE") -> RunResult:
    """A run with two strata, one of them of few cases, and an informative metric below its mark."""
    strata = (
        StratumResult(
            tag="difficulty", value="easy", cases=150, estimate=0.9, interval=interval(0.8, 0.95), decision="PROMOTE"
        ),
        StratumResult(tag="language", value="fi", cases=12, estimate=0.7, interval=interval(0.4, 0.9), decision="HOLD"),
    )
    metrics = (
        metric("rouge-l", 0.9, decision, strata=strata),
        metric("refusal", 0.95),
        metric("citation-accuracy", 0.7, "HOLD", gating=False, threshold=0.8, undecided=3),
    )
    limit = LimitResult(
        name="last-token-p95-ms", limit=15000, cases=200, estimate=900, interval=None, decision="HOLD", reason="too few"
    )
    candidate = CandidateResult(
        candidate="api-answer-v1-nova-lite", decision=decision, reasons=("rouge-l <script>alert(1)</script>",),
        metrics=metrics, limits=(limit,), severe_failures=("case-1",) if decision == "REJECT" else (), cases=200,
    )  # fmt: skip
    gate = GateResult(run=run, look=1, looks=1, final=True, decision=decision, candidates=(candidate,))
    return RunResult(
        run=run, suite=SUITE, version=version, decision=decision, gate=gate, started_at="2026-09-01T09:00:00Z",
        ended_at="2026-09-01T10:00:00Z", calls=248, throttled_calls=0, cost_usd=0.01,
    )  # fmt: skip


@dataclass
class Account:
    """Clients of all accounts: one bucket for releases, one for all evaluations."""

    releases: Bucket = field(default_factory=Bucket)
    evaluations: Bucket = field(default_factory=Bucket)
    ledger: LedgerTable = field(default_factory=LedgerTable)

    def client(self, service: str, stage: str) -> Any:
        """By service; S3 by account."""
        if service == "s3":
            return self.releases if stage == "shared" else self.evaluations
        return {"dynamodb": self.ledger, "ssm": Parameters()}[service]


class Released:
    """A release and what happened to it so far."""

    def __init__(self, settings: Settings, **changed: Any) -> None:
        self.account = Account()
        self.manifest = shipped_manifest(settings, **changed)
        self.hash = self._stored(self.manifest)
        # The real keys are KMS's; these are told apart by name.
        self.context = Context(settings, self.account, variables={"LEDGER_TABLE": "ledger"})
        self.context.__dict__["keys"] = FakeKeys()
        self._hour = 0
        self.add(
            Sealed(
                manifest=self.hash,
                commit=self.manifest.commit,
                author=self.manifest.author,
                at=self._at(),
                execution="e-1",
            )
        )

    def _stored(self, manifest: Manifest) -> str:
        hash_ = manifest_hash(manifest)
        self.account.releases.objects[layout.manifest(hash_)] = canonical(manifest)
        self.account.releases.objects[f"{layout.folder(hash_)}{layout.SBOM}"] = SBOM
        return hash_

    def add(self, statement: Statement) -> None:
        """An entry of the ledger."""
        self.account.ledger.add(statement)

    def before(self, *, at: str = "2026-01-01T00:00:00+00:00", **changed: Any) -> str:
        """Another release that came to prod, earlier unless it is told."""
        earlier = self._stored(self.manifest.model_copy(update={"commit": "0" * 40, **changed}))
        evidence = self._evidence("PROMOTE", run="earlier-1")
        self.add(
            Promoted(
                manifest=earlier, environment="prod", purpose="smoke", evidence=(evidence,), at=at,
                execution="e-0",
            )
        )  # fmt: skip
        return earlier

    def refused(self, environment: Environment, reason: str) -> None:
        """A verdict that rests on no evaluation."""
        self.add(
            Refused(
                manifest=self.hash, environment=environment, purpose="gate", evidence=(), reasons=(reason,), at=self._at(),
                execution="e-1",
            )
        )  # fmt: skip

    def judged(self, environment: Environment, decision: Decision = "PROMOTE", *others: str) -> Evidence:
        """A verdict with its result, of further candidates too."""
        evidence = self._evidence(decision, f"{SUITE}-{environment}", *others)
        common: dict[str, Any] = {
            "manifest": self.hash, "environment": environment, "evidence": (evidence,), "at": self._at(), "execution": "e-1",
            "purpose": "smoke" if environment == "prod" else "gate",
        }  # fmt: skip
        if decision == "PROMOTE":
            self.add(Promoted(**common))
        else:
            self.add(Refused(**common, reasons=(f"{SUITE}: {decision}",)))
        return evidence

    def approved(self, role: str, by: str) -> None:
        """A person's approval."""
        self.add(
            Approved.model_validate(
                {"manifest": self.hash, "role": role, "by": by, "principal": f"arn:{by}", "comment": f"{self.hash} fine",
                 "at": self._at(), "execution": "e-1"}
            )
        )  # fmt: skip

    def _evidence(self, decision: Decision, run: str, *others: str) -> Evidence:
        version = next(each.request.version for each in self.manifest.requirements)
        found = result(run, version, decision)
        (first,) = found.gate.candidates
        more = [first.model_copy(update={"candidate": name}) for name in others]
        gate = found.gate.model_copy(update={"candidates": (first, *more)})
        body = found.model_copy(update={"gate": gate}).model_dump_json().encode()
        self.account.evaluations.objects[runs.result(run)] = body
        return Evidence(
            suite=SUITE, version=version, run=run, decision=decision, result_sha256=hashlib.sha256(body).hexdigest(),
            ended_at="2026-09-01T10:00:00Z",
        )  # fmt: skip

    def _at(self) -> str:
        self._hour += 1
        return f"2026-09-01T{self._hour:02}:00:00+00:00"


def shipped_manifest(settings: Settings, **changed: Any) -> Manifest:
    """The manifest of this checkout, without an assembly."""
    said = {environment: {n: v.model_dump() for n, v in each.items()} for environment, each in live(settings).items()}
    asked = [each.model_dump(mode="json") for each in requirements(settings)]
    parts = [each.model_dump() for each in items(settings, cdk.ROOT)]
    files = {"cdk.out/manifest.json": "1" * 64, layout.SBOM: hashlib.sha256(SBOM).hexdigest()}
    return manifest_of(files, live=said, requirements=asked, items=parts, **changed)
