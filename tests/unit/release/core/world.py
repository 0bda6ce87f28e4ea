"""A release that waits for prod: manifest, ledger, runs and datasets, and a pipeline that asks for warrants."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from genai_runtime.evaluation import layout
from genai_runtime.release.accounts import Accounts
from genai_runtime.release.admission import Admissions
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.entries import warrant_key
from genai_runtime.release.evidence import Evaluations
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import Environment, canonical
from genai_runtime.release.records import Entry, Evidence
from genai_runtime.release.warrants import AuthorizeParameters, Authorizer, Redeemer
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.release.core import sample
from tests.unit.release.core.fakes import Sts
from tests.unit.release.core.sample import EXECUTION, NOW, SUITE_FILES, at

RESULT = b"{}"
SUITES = {sample.SUITE: SUITE_FILES, sample.OTHER_SUITE: SUITE_FILES | {"suite.yaml": b"name: safety\n"}}
VERSIONS = {name: layout.content_hash(files) for name, files in SUITES.items()}
MANIFEST = sample.manifest(
    requirements=tuple(
        each.model_copy(update={"request": sample.request(each.request.suite, VERSIONS[each.request.suite])})
        for each in sample.MANIFEST.requirements
    )
)


@dataclass
class World:
    """A release whose history is complete up to pre-prod's promotion and the approvals."""

    ledger: Ledger
    releases: ReleaseBucket
    runs: MemoryStore
    datasets: MemoryStore
    sts: Sts
    hash: str
    time: datetime = NOW
    opened: list[Environment] = field(default_factory=list)

    @property
    def admissions(self) -> Admissions:
        return Admissions(self.releases, self.ledger, self._open, lambda: self.time)

    def _open(self, environment: Environment) -> Evaluations:
        self.opened.append(environment)
        return Evaluations(self.runs, self.datasets, "golden")

    def authorize(self, environment: Environment = "prod", execution: str = EXECUTION) -> str:
        authorizer = Authorizer(self.admissions, self.ledger, 15, lambda: self.time)
        parameters = AuthorizeParameters(execution=execution, manifest=self.hash, environment=environment)
        return authorizer.authorize(parameters)["warrant"]

    def redeem(self, warrant: str, environment: Environment = "prod", **changes: str) -> dict[str, Any]:
        accounts = Accounts(self.sts, {"prod": "4" * 12, "pre-prod": "3" * 12, "dev": "2" * 12}, "eu-west-1")  # type: ignore[arg-type]
        redeemer = Redeemer(environment, self.admissions, self.ledger, accounts, lambda: self.time)
        return redeemer.redeem({"manifest": self.hash, "execution": EXECUTION, "warrant": warrant} | changes)

    def entries(self, kind: str) -> list[Entry]:
        return [each for each in self.ledger.entries(self.hash) if each.statement.kind == kind]


def waiting(ledger: Ledger, releases: ReleaseBucket, s3: Any, bucket: str) -> World:
    """All that prod asks for is there."""
    body = canonical(MANIFEST)
    hash_ = sample.sha(body)
    s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/manifest.json", Body=body)
    made = World(ledger, releases, MemoryStore("runs"), MemoryStore("golden"), Sts(), hash_)
    for suite, files in SUITES.items():
        for name, content in files.items():
            made.datasets.write(layout.golden("golden", suite, VERSIONS[suite], name), content)
            for environment in ("dev", "pre-prod"):
                made.runs.write(layout.suite(f"{environment}-{suite}", name), content)
                made.runs.write(layout.result(f"{environment}-{suite}"), RESULT)
    ledger.append(sample.sealed(manifest=hash_))
    environments: tuple[Environment, ...] = ("dev", "pre-prod")
    for environment in environments:
        promote(made, environment)
    ledger.append(sample.approved("qa", manifest=hash_))
    ledger.append(sample.approved("domain-expert", manifest=hash_))
    return made


def promote(world: World, environment: Environment) -> None:
    evidence = [
        Evidence(
            suite=suite, version=version, run=f"{environment}-{suite}", decision="PROMOTE",
            result_sha256=sample.sha(RESULT), ended_at=at(hours=-2),
        )
        for suite, version in VERSIONS.items()
    ]  # fmt: skip
    world.ledger.write(warrant_key(environment, EXECUTION, 0), sample.warrant(environment, manifest=world.hash))
    world.ledger.append(sample.promoted(environment, manifest=world.hash, evidence=tuple(evidence)))
