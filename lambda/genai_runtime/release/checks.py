"""What admits a deployment, from the manifest and the verified entries of the ledger alone. Pure, and in any order of entries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genai_runtime.release.errors import (
    AUTHOR_APPROVES,
    DATASET_CHANGED,
    ENTRY_DIFFERS,
    ENTRY_MISPLACED,
    EVIDENCE_INCOMPLETE,
    EVIDENCE_STALE,
    GATE_REFUSED,
    NOT_APPROVED,
    NOT_PROMOTED,
    NOT_SEALED,
    ONE_PERSON_TWO_ROLES,
    PROMOTED_UNDEPLOYED,
    SEAL_OF_OTHER,
    TIME_UNREADABLE,
    ReleaseRefused,
)
from genai_runtime.release.manifest import APPROVER_ROLES, ORDER, ApproverRole, Environment, Manifest
from genai_runtime.release.records import Approved, Entry, Promoted, Refused, Sealed, Statement, Warrant


@dataclass(frozen=True)
class Admission:
    """A release may be deployed to an environment."""

    environment: Environment
    promotion: Promoted | None
    """Of the environment before; None for the first."""
    rollback: bool
    """It was live there before: the age of its evidence doesn't count."""


def admit(
    manifest: Manifest, hash_: str, found: Iterable[Entry], environment: Environment, execution: str, now: datetime
) -> Admission:
    """Raises ReleaseRefused unless the entries, all verified, admit a deployment by this execution at this time.

    The environment before must have promoted the release not longer than `evidence_days` ago, and those before it at any
    time; prod takes two approvals of this execution. A release that passed prod's smoke evaluation once may go back there
    with old evidence, an earlier execution's approvals, and refusals in between.
    """
    statements = _of_one_manifest(found, hash_)
    check_seal(manifest, hash_, statements)
    rollback = environment == "prod" and was_live(statements)
    promotions = [
        _promotion(manifest, statements, each, rollback=rollback) for each in ORDER[: ORDER.index(environment)]
    ]
    if promotions and not rollback:
        _check_fresh(promotions[-1], manifest.evidence_days, now)
    if environment == "prod":
        check_approvals(manifest, statements, None if rollback else execution)
    return Admission(environment, promotions[-1] if promotions else None, rollback)


def was_live(statements: Sequence[Statement]) -> bool:
    """Whether the release passed its smoke evaluation in prod once, in an execution that might deploy it there: a gate that
    was started by hand says nothing of what is deployed."""
    smoked = {
        each.execution
        for each in statements
        if isinstance(each, Promoted) and (each.environment, each.purpose) == ("prod", "smoke")
    }
    return bool(smoked & _warranted(statements, "prod"))


def check_seal(manifest: Manifest, hash_: str, statements: Iterable[Statement]) -> Sealed:
    """The seal. Raises ReleaseRefused where there is none, or it names another change than the manifest."""
    seals = [each for each in statements if isinstance(each, Sealed)]
    if not seals:
        raise ReleaseRefused(
            NOT_SEALED,
            f"release {hash_} isn't sealed: its files were never verified, run the pipeline from its beginning",
        )
    for seal in seals:
        if (seal.commit, person(seal.author)) != (manifest.commit, person(manifest.author)):
            raise ReleaseRefused(
                SEAL_OF_OTHER,
                f"the seal of release {hash_} names commit {seal.commit} by {seal.author}, its manifest {manifest.commit} by "
                f"{manifest.author}: tell the security team and build the release again from its commit",
            )
    return seals[0]


def check_approvals(manifest: Manifest, statements: Iterable[Statement], execution: str | None) -> None:
    """Raises ReleaseRefused unless every role approved in one execution (None: in any), by different people, none the
    author."""
    approved: dict[str, dict[ApproverRole, Approved]] = {}
    for each in statements:
        if isinstance(each, Approved) and execution in (None, each.execution):
            approved.setdefault(each.execution, {})[each.role] = each
    refusal = ReleaseRefused(
        NOT_APPROVED,
        f"release of {manifest.commit} has no approval by {' and '.join(APPROVER_ROLES)} in this execution: approve it with "
        "`foundation release approve`, each role by another person",
    )
    for roles in approved.values():
        try:
            check_people(manifest.author, roles)
        except ReleaseRefused as refused:
            refusal = refused
        else:
            return
    raise refusal


def check_people(author: str, approved: Mapping[ApproverRole, Approved]) -> None:
    """Raises ReleaseRefused unless each role was taken by a person of its own, none of them the author."""
    if missing := [role for role in APPROVER_ROLES if role not in approved]:
        raise ReleaseRefused(
            NOT_APPROVED,
            f"the approval by {' and '.join(missing)} is missing: it takes {' and '.join(APPROVER_ROLES)}, each another person",
        )
    for role, each in approved.items():
        if person(each.by) == person(author):
            raise ReleaseRefused(
                AUTHOR_APPROVES,
                f"{each.by} approved as {role} and is the author of the change: somebody else of {role} has to approve",
            )
    people = Counter(person(each.by) for each in approved.values())
    twice = [each.by for each in approved.values() if people[person(each.by)] > 1]
    if twice:
        raise ReleaseRefused(
            ONE_PERSON_TWO_ROLES,
            f"{twice[0]} approved in {len(twice)} roles ({', '.join(sorted(approved))}): each role needs another person",
        )


def person(address: str) -> str:
    """An address as it is compared: mail systems tell people apart by nothing but letters in either case."""
    return address.strip().casefold()


def instant(text: str) -> datetime:
    """A time of a record. Raises ReleaseRefused for one that isn't ISO 8601 with its offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise ReleaseRefused(
            TIME_UNREADABLE,
            f"{text!r} is no time in ISO 8601 with its offset: tell the platform team, the entry can't be judged by its age",
        )
    return found


def stamp(now: datetime) -> str:
    """A time as the ledger writes it: UTC, milliseconds."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds")


def _of_one_manifest(found: Iterable[Entry], hash_: str) -> list[Statement]:
    entries = list(found)
    for each in entries:
        if {each.manifest, each.statement.manifest} != {hash_}:
            raise ReleaseRefused(
                ENTRY_MISPLACED,
                f"entry {each.entry} is about release {each.statement.manifest}, not about {hash_}: approvals and promotions "
                "of another release don't count for this one",
            )
    if len({each.entry for each in entries}) < len(set(entries)):
        raise ReleaseRefused(
            ENTRY_DIFFERS, f"release {hash_} has two entries in one place of the ledger: tell the security team"
        )
    return [each.statement for each in entries]


def _promotion(
    manifest: Manifest, statements: Sequence[Statement], environment: Environment, *, rollback: bool
) -> Promoted:
    """The newest promotion by an environment's gate, complete, of an execution that might deploy there."""
    verdicts = [
        each
        for each in statements
        if isinstance(each, Promoted | Refused) and (each.environment, each.purpose) == (environment, "gate")
    ]
    refused = [each for each in verdicts if isinstance(each, Refused)]
    promoted = [each for each in verdicts if isinstance(each, Promoted)]
    if not verdicts:
        raise ReleaseRefused(
            NOT_PROMOTED,
            f"{environment} hasn't promoted this release: its gate must end with PROMOTE first, run the pipeline from the stage "
            f"of {environment}",
        )
    last = max(verdicts, key=lambda each: (instant(each.at), each.kind == "refused", each.execution))
    if not promoted or (isinstance(last, Refused) and not rollback):
        newest = max(refused, key=lambda each: (instant(each.at), each.execution))
        raise ReleaseRefused(
            GATE_REFUSED,
            f"the gate of {environment} refused this release at {newest.at} ({'; '.join(newest.reasons)}): correct it and "
            "merge the correction",
        )
    warranted = _warranted(statements, environment)
    deployed = [each for each in promoted if each.execution in warranted]
    if not deployed:
        raise ReleaseRefused(
            PROMOTED_UNDEPLOYED,
            f"the promotion by {environment} comes from execution {promoted[0].execution}, which had no warrant to deploy "
            f"there: what was evaluated isn't what was deployed, run the pipeline from the stage of {environment}",
        )
    best = max(deployed, key=lambda each: (instant(each.at), each.execution))
    _check_evidence(manifest, best)
    return best


def _warranted(statements: Iterable[Statement], environment: Environment) -> set[str]:
    """Executions that might deploy to an environment."""
    return {each.execution for each in statements if isinstance(each, Warrant) and each.environment == environment}


def _check_evidence(manifest: Manifest, promoted: Promoted) -> None:
    """Every evaluation that the manifest asks for was run, with its very dataset, and ended with PROMOTE."""
    environment = promoted.environment
    wanted = Counter(
        (each.request.suite, each.request.version)
        for each in manifest.requirements
        if (each.environment, each.purpose) == (environment, "gate")
    )
    runs = {(each.suite, each.version, each.run): each for each in promoted.evidence if each.decision == "PROMOTE"}
    given = Counter((suite, version) for suite, version, _ in runs)
    if not wanted or any(each.decision != "PROMOTE" for each in promoted.evidence):
        raise ReleaseRefused(
            EVIDENCE_INCOMPLETE,
            f"the promotion by {environment} rests on no evaluation, or on one that didn't end with PROMOTE: run the gate of "
            f"{environment} again",
        )
    for suite, version in sorted(wanted - given):
        if other := [found for name, found in given if name == suite and found != version]:
            raise ReleaseRefused(
                DATASET_CHANGED,
                f"{environment} evaluated {suite} in version {other[0]}, the release asks for {version}: the dataset changed "
                "after the evaluation, build the release again from its commit",
            )
        raise ReleaseRefused(
            EVIDENCE_INCOMPLETE,
            f"the promotion by {environment} has no evaluation of {suite} {version}, which the release asks for: run the gate "
            f"of {environment} again",
        )


def _check_fresh(promoted: Promoted, days: int, now: datetime) -> None:
    """By the oldest of its times, so that a run's own clock can't make it younger than its verdict."""
    oldest = min(instant(each) for each in (promoted.at, *(each.ended_at for each in promoted.evidence)))
    if now - oldest > timedelta(days=days):
        raise ReleaseRefused(
            EVIDENCE_STALE,
            f"the evaluation of {promoted.environment} is of {stamp(oldest)}, it counts for {days} days: start a new execution "
            "of the pipeline, which evaluates the release again",
        )
