"""What admits a deployment, refusal by refusal."""

from datetime import timedelta
from typing import Any

import pytest

from genai_runtime.release.checks import Admission, admit, instant
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
)
from genai_runtime.release.manifest import Environment
from genai_runtime.release.records import Entry, Statement
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import EARLIER, EXECUTION, HASH, MANIFEST, NOW, at, history, signed

BY_HAND = "by-hand"


def admitted(
    found: list[Entry], environment: Environment = "prod", *, execution: str = EXECUTION, **late: float
) -> Admission:
    return admit(MANIFEST, HASH, found, environment, execution, NOW + timedelta(**late))


def replaced(*statements: Statement) -> list[Entry]:
    """The history with these instead of the entries of the same key."""
    new = {each.entry: each for each in map(signed, statements)}
    return [new.pop(each.entry, each) for each in history()] + list(new.values())


def went_live() -> list[Entry]:
    """Everything that an earlier execution did, up to prod's smoke evaluation."""
    done: list[Statement] = [
        sample.sealed(execution=EARLIER),
        *(sample.warrant(each, execution=EARLIER) for each in ("dev", "pre-prod", "prod")),
        *(sample.promoted(each, execution=EARLIER) for each in ("dev", "pre-prod", "prod")),
        sample.approved("qa", execution=EARLIER),
        sample.approved("domain-expert", execution=EARLIER),
    ]
    return [signed(each) for each in done]


def test_a_complete_history_admits_everywhere() -> None:
    assert admitted(history(), "dev") == Admission("dev", None, rollback=False)
    assert admitted(history(), "pre-prod").promotion == sample.promoted("dev")
    assert admitted(history()) == Admission("prod", sample.promoted("pre-prod"), rollback=False)


def test_a_seal_is_enough_for_dev() -> None:
    assert admitted([signed(sample.sealed())], "dev").promotion is None


@pytest.mark.parametrize("environment", ["dev", "pre-prod", "prod"])
def test_fails_without_a_seal(environment: Environment) -> None:
    with refuses(NOT_SEALED, HASH):
        admitted(history("sealed"), environment)


@pytest.mark.parametrize("change", [{"author": "other@example.com"}, {"commit": "b" * 40}])
def test_fails_with_a_seal_of_another_change(change: dict[str, str]) -> None:
    with refuses(SEAL_OF_OTHER):
        admitted(replaced(sample.sealed(**change)), "dev")


def test_fails_skipped_stage() -> None:
    """No signed promotion of the predecessor."""
    with refuses(NOT_PROMOTED, "dev", "run the pipeline"):
        admitted(history("promoted#dev"), "pre-prod")
    with refuses(NOT_PROMOTED, "pre-prod"):
        admitted(history("promoted#pre-prod"))


def test_fails_when_an_earlier_stage_was_skipped() -> None:
    with refuses(NOT_PROMOTED, "dev"):
        admitted(history("promoted#dev"))


def test_fails_when_a_smoke_evaluation_stands_for_a_gate() -> None:
    with refuses(NOT_PROMOTED):
        admitted(replaced(sample.promoted("pre-prod", purpose="smoke")))


def test_fails_when_what_was_promoted_had_no_warrant() -> None:
    """The gate was started by hand, for what wasn't deployed."""
    with refuses(PROMOTED_UNDEPLOYED, EXECUTION):
        admitted(history("warrant#dev"), "pre-prod")
    with refuses(PROMOTED_UNDEPLOYED):
        admitted([*history("promoted#pre-prod"), signed(sample.promoted("pre-prod", execution=EARLIER))])


def test_fails_when_the_gate_refused() -> None:
    with refuses(GATE_REFUSED, "correctness 0.71"):
        admitted([*history("promoted#dev"), signed(sample.refused("dev"))], "pre-prod")


def test_fails_when_the_gate_refused_since() -> None:
    with refuses(GATE_REFUSED, "pre-prod"):
        admitted([*history(), signed(sample.refused("pre-prod", execution=EARLIER))])


def test_a_promotion_after_a_refusal_counts() -> None:
    again = signed(sample.refused("pre-prod", execution=EARLIER, at=at(hours=-4)))
    assert admitted([again, *history()]).promotion == sample.promoted("pre-prod")


@pytest.mark.parametrize(
    "change", [{"at": at(days=-7, seconds=-1)}, {"evidence": sample.evidence("dev", ended_at=at(days=-8))}]
)
def test_fails_stale_evaluation(change: dict[str, Any]) -> None:
    with refuses(EVIDENCE_STALE, "7 days", "new execution"):
        admitted(replaced(sample.promoted("dev", **change)), "pre-prod")


def test_an_evaluation_counts_for_its_days() -> None:
    assert admitted(
        replaced(sample.promoted("dev", at=at(days=-7), evidence=sample.evidence("dev", ended_at=at(days=-7)))),
        "pre-prod",
    )


def test_a_run_s_own_clock_makes_no_evaluation_younger() -> None:
    late = sample.promoted("dev", at=at(days=-9), evidence=sample.evidence("dev", ended_at=at(days=90)))
    with refuses(EVIDENCE_STALE):
        admitted(replaced(late), "pre-prod")


def test_fails_dataset_changed_after_evaluation() -> None:
    """The run's suite has another version than the manifest's requirement."""
    other = sample.evidence("dev")[:1][0].model_copy(update={"version": sample.sha("other")})
    with refuses(DATASET_CHANGED, other.version, MANIFEST.requirements[0].request.version):
        admitted(replaced(sample.promoted("dev", evidence=(other, sample.evidence("dev")[1]))), "pre-prod")


@pytest.mark.parametrize(
    "evidence",
    [
        sample.evidence("dev")[:1],
        (sample.evidence("dev")[0],) * 2,
        sample.evidence("dev", decision="HOLD"),
        (*sample.evidence("dev"), sample.evidence("dev")[0].model_copy(update={"run": "more", "decision": "REJECT"})),
    ],
    ids=["a suite is missing", "one run twice", "held", "one rejected"],
)
def test_fails_when_evidence_is_incomplete(evidence: Any) -> None:
    with refuses(EVIDENCE_INCOMPLETE, "dev"):
        admitted(replaced(sample.promoted("dev", evidence=evidence)), "pre-prod")


def test_fails_when_the_same_evaluation_is_asked_for_twice_and_was_run_once() -> None:
    twice = sample.manifest(requirements=(MANIFEST.requirements[0], *MANIFEST.requirements))
    with refuses(EVIDENCE_INCOMPLETE, "no evaluation of"):
        admit(twice, HASH, history(), "pre-prod", EXECUTION, NOW)


def test_a_gate_does_not_answer_for_a_smoke_evaluation_of_its_environment() -> None:
    smoke = MANIFEST.requirements[0].model_copy(update={"purpose": "smoke"})
    more = sample.manifest(requirements=(smoke, *MANIFEST.requirements))
    assert admit(more, HASH, history(), "pre-prod", EXECUTION, NOW).promotion == sample.promoted("dev")


def test_fails_when_the_manifest_asks_for_no_evaluation() -> None:
    bare = sample.manifest(requirements=())
    with refuses(EVIDENCE_INCOMPLETE):
        admit(bare, HASH, history(), "pre-prod", EXECUTION, NOW)


@pytest.mark.parametrize("role", ["qa", "domain-expert"])
def test_fails_without_both_approvals(role: str) -> None:
    with refuses(NOT_APPROVED, role):
        admitted(history(f"approved#{role}"))


def test_fails_when_approvals_are_of_another_execution() -> None:
    with refuses(NOT_APPROVED, "in this execution"):
        admitted(history(), execution=EARLIER)


def test_fails_when_each_execution_has_one_approval() -> None:
    mixed = [*history("approved#qa"), signed(sample.approved("qa", execution=EARLIER))]
    with refuses(NOT_APPROVED, "qa"):
        admitted(mixed)


def test_fails_one_person_in_two_roles() -> None:
    with refuses(ONE_PERSON_TWO_ROLES, "Quality@Example.com"):
        admitted(
            replaced(
                sample.approved("qa", by="Quality@Example.com"), sample.approved("domain-expert", by=sample.QUALITY)
            )
        )


def test_fails_author_approving() -> None:
    with refuses(AUTHOR_APPROVES, "Author@example.com"):
        admitted(replaced(sample.approved("qa", by="Author@example.com")))


def test_fails_approval_for_another_hash() -> None:
    other = signed(sample.approved("qa", manifest=sample.OTHER_HASH))
    with refuses(ENTRY_MISPLACED, sample.OTHER_HASH):
        admitted([*history("approved#qa"), other])


def test_a_release_that_was_live_may_go_back_with_old_evidence() -> None:
    back = admitted(went_live(), execution=EXECUTION, days=200)
    assert back.rollback
    assert back.promotion == sample.promoted("pre-prod", execution=EARLIER)


def test_a_rollback_is_not_stopped_by_a_refusal_in_between() -> None:
    since = [sample.refused("dev", at=at(days=1)), sample.refused("prod", at=at(days=1))]
    assert admitted([*went_live(), *map(signed, since)], days=2).rollback


@pytest.mark.parametrize(
    "other",
    [
        [sample.promoted("prod", purpose="gate", execution=BY_HAND), sample.warrant("prod", execution=BY_HAND)],
        [sample.promoted("pre-prod", purpose="smoke", execution=BY_HAND), sample.warrant("prod", execution=BY_HAND)],
        [sample.promoted("prod", execution=BY_HAND)],
        [sample.promoted("prod", execution=BY_HAND), sample.warrant("prod", execution=EARLIER)],
        [sample.promoted("prod", execution=BY_HAND), sample.warrant("pre-prod", execution=BY_HAND)],
        [sample.refused("prod", execution=BY_HAND), sample.warrant("prod", execution=BY_HAND)],
    ],
    ids=["a gate", "another environment", "no warrant", "another's warrant", "a warrant for another", "a refusal"],
)
def test_fails_to_roll_back_to_what_was_never_live(other: list[Statement]) -> None:
    """Approved once and too old by now: a smoke evaluation of prod that somebody starts by hand makes it no rollback."""
    with refuses(EVIDENCE_STALE):
        admitted([*history(), *map(signed, other)], days=8)


def test_fails_to_roll_back_to_what_pre_prod_only_refused() -> None:
    found = [each for each in went_live() if not each.entry.startswith("promoted#pre-prod")]
    with refuses(GATE_REFUSED):
        admitted([*found, signed(sample.refused("pre-prod", execution=EARLIER))], days=8)


@pytest.mark.parametrize("lacking", ["approved#qa", "promoted#pre-prod", "promoted#dev", "sealed"])
def test_fails_to_roll_back_without_what_had_admitted_it(lacking: str) -> None:
    with refuses({"a": NOT_APPROVED, "p": NOT_PROMOTED, "s": NOT_SEALED}[lacking[0]]):
        admitted([each for each in went_live() if not each.entry.startswith(lacking)], days=200)


def test_fails_when_only_prod_was_live_and_pre_prod_is_asked_for() -> None:
    with refuses(EVIDENCE_STALE):
        admitted(went_live(), "pre-prod", days=200)


def test_fails_when_two_entries_have_one_place() -> None:
    with refuses(ENTRY_DIFFERS):
        admitted([*history(), signed(sample.approved("qa", by="third@example.com"))])


@pytest.mark.parametrize("time", ["yesterday", "2026-09-10T12:00:00", ""])
def test_fails_when_a_time_has_no_meaning(time: str) -> None:
    with refuses(TIME_UNREADABLE, repr(time)):
        instant(time)
