"""A small release and its history, signed with keys of the tests."""

import hashlib
import hmac
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from genai_runtime.evaluation.run import Candidate, PromptText, RunRequest
from genai_runtime.live.records import GuardrailVersion, Versions
from genai_runtime.release import entries
from genai_runtime.release.checks import stamp
from genai_runtime.release.manifest import (
    ORDER,
    ApproverRole,
    Environment,
    Manifest,
    Requirement,
    canonical,
    manifest_hash,
)
from genai_runtime.release.records import (
    Approved,
    Entry,
    Evidence,
    Promoted,
    Purpose,
    Redeemed,
    Refused,
    Sealed,
    Statement,
    Warrant,
)

NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)
EXECUTION, EARLIER = "11111111-0000-0000-0000-000000000001", "22222222-0000-0000-0000-000000000002"
AUTHOR, QUALITY, EXPERT = "author@example.com", "quality@example.com", "expert@example.com"
BY: dict[ApproverRole, str] = {"qa": QUALITY, "domain-expert": EXPERT}
SUITE, OTHER_SUITE = "answers", "safety"
FILES = {"cdk.out/manifest.json": b"{}", "cdk.out/asset/code.py": b"pass\n", "sbom.cdx.json": b"{}"}
SUITE_FILES = {"suite.yaml": b"name: answers\n", "dataset.jsonl": b'{"id":"1"}\n'}
ARNS: dict[Purpose, str] = {
    purpose: f"arn:aws:kms:eu-west-1:111111111111:key/{purpose}"
    for purpose in ("seal", "promotion", "approval", "warrant")
}


def sha(body: bytes | str) -> str:
    return hashlib.sha256(body if isinstance(body, bytes) else body.encode()).hexdigest()


class HmacKeys:
    """Keys in memory, one for each purpose; `unknown` ones have no ARN."""

    def __init__(self, *unknown: Purpose) -> None:
        self._unknown = unknown

    def arn(self, purpose: Purpose) -> str:
        return "" if purpose in self._unknown else ARNS[purpose]

    def sign(self, purpose: Purpose, digest: bytes) -> str:
        return hmac.new(purpose.encode(), digest, hashlib.sha256).hexdigest()

    def verify(self, purpose: Purpose, digest: bytes, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, digest), signature)


KEYS = HmacKeys()


def request(suite: str, version: str) -> RunRequest:
    prompt = PromptText(name="answer", version=1, template="{{q}}", max_tokens=100)
    candidate = Candidate(name="answer-v1-nova", prompt=prompt, model="nova", model_id="amazon.nova-lite-v1:0")
    return RunRequest(run="unresolved", suite=suite, version=version, candidates=(candidate,))


def manifest(**changes: Any) -> Manifest:
    suites = ((SUITE, sha("answers")), (OTHER_SUITE, sha("safety")))
    versions = Versions(prompts={"answer": 1}, guardrail=GuardrailVersion(name="baseline", version=1))
    given: dict[str, Any] = {
        "commit": "a" * 40,
        "author": AUTHOR,
        "subject": "Answers: cite the clause",
        "committed_at": "2026-09-09T08:00:00+00:00",
        "items": (),
        "requirements": tuple(
            Requirement(environment=each, purpose="smoke" if each == "prod" else "gate", request=request(name, version))
            for each in ORDER
            for name, version in suites
        ),
        "live": {each: {"claims": versions} for each in ORDER},
        "files": {name: sha(body) for name, body in FILES.items()},
        "evidence_days": 7,
    }
    return Manifest(**given | changes)


MANIFEST = manifest()
HASH = manifest_hash(MANIFEST)
BODY = canonical(MANIFEST)
OTHER_HASH = manifest_hash(manifest(subject="another"))


def archive(files: Mapping[str, bytes] = FILES) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, body in files.items():
            opened.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def signed(statement: Statement, entry: str | None = None) -> Entry:
    match statement:
        case Warrant():
            own = entries.warrant_key(statement.environment, statement.execution, 0)
        case Redeemed():
            own = entries.redemption_key(statement.environment, sha("nonce"))
        case _:
            own = entries.key_of(statement)
    return entries.make(KEYS, statement, entry or own)


def sealed(**changes: Any) -> Sealed:
    given = {"manifest": HASH, "commit": MANIFEST.commit, "author": AUTHOR, "at": at(hours=-9), "execution": EXECUTION}
    return Sealed(**given | changes)


def evidence(environment: Environment, **changes: Any) -> tuple[Evidence, ...]:
    """What the manifest asks for in an environment, all of it promoted."""
    return tuple(
        Evidence(
            **{
                "suite": each.request.suite,
                "version": each.request.version,
                "run": f"{environment}-{each.request.suite}",
                "decision": "PROMOTE",
                "result_sha256": sha(each.request.suite),
                "ended_at": at(hours=-2),
            }
            | changes
        )
        for each in MANIFEST.requirements
        if each.environment == environment
    )


def promoted(environment: Environment, **changes: Any) -> Promoted:
    given = {
        "manifest": HASH,
        "environment": environment,
        "purpose": "smoke" if environment == "prod" else "gate",
        "evidence": evidence(environment),
        "at": at(hours=-1),
        "execution": EXECUTION,
    }
    return Promoted(**given | changes)


def refused(environment: Environment, **changes: Any) -> Refused:
    given = promoted(environment).model_dump(exclude={"kind"})
    return Refused(**given | {"reasons": ("answers: correctness 0.71 is below 0.80",), "at": at(minutes=-30)} | changes)


def approved(role: ApproverRole, **changes: Any) -> Approved:
    by = str(changes.get("by", BY[role]))
    given = {
        "manifest": HASH,
        "role": role,
        "by": by,
        "principal": principal(role, by),
        "comment": HASH,
        "at": at(minutes=-5),
        "execution": EXECUTION,
    }
    return Approved(**given | changes)


def warrant(environment: Environment, **changes: Any) -> Warrant:
    given = {
        "manifest": HASH,
        "environment": environment,
        "nonce_sha256": sha(f"{environment} nonce"),
        "expires_at": at(minutes=15),
        "at": at(hours=-3),
        "execution": EXECUTION,
    }
    return Warrant(**given | changes)


def history(*without: str) -> list[Entry]:
    """All that prod asks for; `without` entries whose keys begin with one of these."""
    statements: list[Statement] = [
        sealed(),
        warrant("dev"),
        promoted("dev"),
        warrant("pre-prod"),
        promoted("pre-prod"),
        approved("qa"),
        approved("domain-expert"),
    ]
    return [each for each in map(signed, statements) if not each.entry.startswith(tuple(without) or ("-",))]


def principal(role: str, by: str) -> str:
    return f"arn:aws:sts::111111111111:assumed-role/genai-foundation-release-approver-{role}/{by}"


def at(**later: float) -> str:
    """A time relative to NOW."""
    return stamp(NOW + timedelta(**later))
