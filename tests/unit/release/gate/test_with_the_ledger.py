"""The gate with the real ledger, bucket of releases and admission: what it signs lets a release go on, and nothing else does."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ministack.core.responses import request_scope

from foundation.local.inprocess import client
from genai_runtime.evaluation import layout as evaluation
from genai_runtime.evaluation.store import Store
from genai_runtime.release import entries, layout
from genai_runtime.release.admission import Admissions
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.evidence import Evaluations
from genai_runtime.release.gate.assembly import sealed_in
from genai_runtime.release.gate.decide import Decider
from genai_runtime.release.gate.state import States
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import canonical
from genai_runtime.release.records import Sealed, Warrant
from tests.unit.release.core.sample import KEYS
from tests.unit.release.gate.world import EXECUTION, World

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with request_scope("111111111111", REGION):
        yield


@pytest.fixture
def ledger() -> Ledger:
    dynamodb: Any = client("dynamodb", REGION)
    table = f"ledger-{uuid.uuid4().hex}"
    keys = {"manifest": "HASH", "entry": "RANGE"}
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return Ledger(dynamodb, table, KEYS)


class Pipeline:
    """A world whose release lies in a real bucket and whose ledger is real."""

    def __init__(self, ledger: Ledger) -> None:
        self.world = World("answers", "safety", stage="redacted")
        self.ledger = ledger
        s3: Any = client("s3", REGION)
        bucket = f"releases-{uuid.uuid4().hex}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=bucket, Key=layout.manifest(self.world.hash), Body=canonical(self.world.manifest))
        self.releases = ReleaseBucket(s3, bucket)
        self.states = States(Store(s3, bucket))
        self.preparer = replace(
            self.world.preparer, releases=self.releases, states=self.states, check_seal=sealed_in(ledger)
        )
        self.decider = Decider(self.releases, sealed_in(ledger), self.states, self.world.open, ledger, self.world.clock)

    def seal(self) -> None:
        manifest = self.world.manifest
        common = {"manifest": self.world.hash, "at": "2026-09-10T10:00:00+00:00", "execution": EXECUTION}
        self.ledger.append(Sealed(commit=manifest.commit, author=manifest.author, **common))
        warrant = Warrant(
            environment="dev", nonce_sha256="0" * 64, expires_at="2026-09-10T11:00:00+00:00", **common
        )  # fmt: skip
        self.ledger.write(entries.warrant_key("dev", EXECUTION, 0), warrant)

    def gate(self, *decisions: Any) -> dict[str, Any]:
        start = self.world.start("dev")
        self.preparer.prepare(start)
        for run, decision in zip(self.states.get(start).runs, decisions, strict=True):
            self.world.finish(run.run, decision)
        return self.decider.decide(start)

    def admit(self) -> object:
        """What Authorize asks before pre-prod."""
        found = Evaluations(self.world.runs, self.world.datasets, "redacted")
        admissions = Admissions(self.releases, self.ledger, lambda _: found, self.world.clock)
        return admissions.admit(self.world.hash, "pre-prod", EXECUTION)


def test_a_promotion_admits_to_the_next_environment(ledger: Ledger) -> None:
    pipeline = Pipeline(ledger)
    pipeline.seal()
    with pytest.raises(ReleaseRefused, match="GF-REL-120"):
        pipeline.admit()
    assert pipeline.gate("PROMOTE", "PROMOTE")["passed"]
    pipeline.admit()
    assert pipeline.decider.decide(pipeline.world.start("dev"))["passed"]


def test_fails_to_go_on_after_a_refusal(ledger: Ledger) -> None:
    pipeline = Pipeline(ledger)
    pipeline.seal()
    verdict = pipeline.gate("PROMOTE", "REJECT")
    with pytest.raises(ReleaseRefused, match=r"GF-REL-121: .*GF-REL-225: suite safety"):
        pipeline.admit()
    assert pipeline.decider.decide(pipeline.world.start("dev")) == verdict


def test_fails_to_go_on_when_a_result_changed_after_the_verdict(ledger: Ledger) -> None:
    pipeline = Pipeline(ledger)
    pipeline.seal()
    pipeline.gate("PROMOTE", "PROMOTE")
    run = pipeline.states.get(pipeline.world.start("dev")).runs[0].run
    key = evaluation.result(run)
    pipeline.world.runs.write(key, (pipeline.world.runs.read(key) or b"") + b" ")
    with pytest.raises(ReleaseRefused, match="GF-REL-125"):
        pipeline.admit()


def test_a_reused_promotion_leaves_time_for_the_next_environment(ledger: Ledger) -> None:
    """Evidence is judged by its own age, so an old one would admit nothing for long."""
    pipeline = Pipeline(ledger)
    pipeline.world.preparer.prepare(pipeline.world.start("dev", execution="earlier"))
    for run in pipeline.world.asked("dev", execution="earlier"):
        pipeline.world.finish(run.run)
    pipeline.world.later(days=3)
    pipeline.seal()
    start = pipeline.world.start("dev")
    pipeline.preparer.prepare(start)
    assert pipeline.decider.decide(start)["passed"]
    assert len(pipeline.world.states.starts) == 2
    pipeline.world.later(days=3)
    pipeline.admit()


def test_fails_without_a_seal_in_the_ledger(ledger: Ledger) -> None:
    with pytest.raises(ReleaseRefused, match="GF-REL-118"):
        Pipeline(ledger).gate("PROMOTE", "PROMOTE")


def test_fails_for_a_manifest_that_was_changed(ledger: Ledger) -> None:
    pipeline = Pipeline(ledger)
    pipeline.seal()
    weaker = pipeline.world.made(requirements=pipeline.world.manifest.requirements[:1])
    store = pipeline.states.store
    store.write(layout.manifest(pipeline.world.hash), canonical(weaker))
    with pytest.raises(ReleaseRefused, match="GF-REL-111"):
        pipeline.gate("PROMOTE")
