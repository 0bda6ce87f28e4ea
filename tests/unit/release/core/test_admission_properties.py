"""Whatever the ledger holds: without all that an environment asks for, nothing is admitted to it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.release.checks import admit
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import APPROVER_ROLES, ORDER, Environment
from genai_runtime.release.records import Approved, Entry, Evidence, Promoted, Sealed, Statement
from tests.unit.release.core import sample
from tests.unit.release.core.sample import EARLIER, EXECUTION, HASH, MANIFEST, NOW, at, history, signed

ENVIRONMENTS = st.sampled_from(("prod", "pre-prod", "prod", "dev"))
PEOPLE = (sample.AUTHOR, sample.QUALITY, sample.EXPERT, sample.QUALITY.upper())
AGES = (0, 24, 6 * 24, 8 * 24)
"""Hours."""


def bad_evidence(environment: Environment) -> list[tuple[Evidence, ...]]:
    one, other = sample.evidence(environment)
    changed = one.model_copy(update={"version": sample.sha("changed")})
    return [(one,), (one, one), (changed, other), (one, other.model_copy(update={"decision": "HOLD"}))]


def everything() -> Iterator[Statement]:
    """Statements about the release, good and bad, by two executions."""
    for execution, hours in product((EXECUTION, EARLIER), AGES):
        common = {"execution": execution, "at": at(hours=-hours)}
        yield sample.sealed(**common)
        for environment in ORDER:
            fresh = sample.evidence(environment, ended_at=at(hours=-hours))
            yield from (
                sample.promoted(environment, evidence=each, **common) for each in (fresh, *bad_evidence(environment))
            )
            yield sample.refused(environment, **common)
            yield sample.warrant(environment, **common)
        for role, by in product(APPROVER_ROLES, PEOPLE):
            yield sample.approved(role, by=by, **common)


POOL = [signed(each) for each in everything()]
HISTORIES = st.lists(st.sampled_from(POOL), max_size=6)


def merged(drawn: tuple[list[Entry], set[int]]) -> list[Entry]:
    """A part of the good history, beside and over anything else; a key has one entry."""
    good = [each for number, each in enumerate(history()) if number not in drawn[1]]
    return list({each.entry: each for each in [*good, *drawn[0]]}.values())


MIXED = st.tuples(HISTORIES, st.sets(st.integers(0, 6), max_size=1)).map(merged)


def is_admitted(found: list[Entry], environment: Environment) -> bool:
    try:
        admit(MANIFEST, HASH, found, environment, EXECUTION, NOW)
    except ReleaseRefused:
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(found=MIXED, environment=ENVIRONMENTS)
def test_no_history_is_admitted_that_lacks_what_is_asked_for(found: list[Entry], environment: Environment) -> None:
    if not is_admitted(found, environment):
        return
    said = [each.statement for each in found]
    assert any(isinstance(each, Sealed) for each in said)
    earlier = ORDER[: ORDER.index(environment)]
    gates = [each for each in said if isinstance(each, Promoted) and each.purpose == "gate"]
    assert {each.environment for each in gates} >= set(earlier)
    live = environment == "prod" and any(isinstance(each, Promoted) and each.purpose == "smoke" for each in said)
    if earlier and not live:
        limit = NOW - timedelta(days=MANIFEST.evidence_days)
        assert any(each.environment == earlier[-1] and each.at >= limit.isoformat() for each in gates)
    if environment == "prod":
        approved = [each for each in said if isinstance(each, Approved) and (live or each.execution == EXECUTION)]
        pairs = {
            (one.by.lower(), other.by.lower())
            for one in approved
            for other in approved
            if (one.role, other.role) == ("qa", "domain-expert") and one.execution == other.execution
        }
        assert any(len({*pair, sample.AUTHOR}) == 3 for pair in pairs)


@settings(max_examples=100, deadline=None)
@given(left=st.sets(st.sampled_from(range(len(history())))))
def test_only_the_whole_history_is_admitted_to_prod(left: set[int]) -> None:
    """Nothing in it can be spared."""
    found = [each for number, each in enumerate(history()) if number not in left]
    assert is_admitted(found, "prod") == (not left)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), environment=ENVIRONMENTS, found=MIXED)
def test_the_order_of_entries_does_not_matter(
    data: st.DataObject, environment: Environment, found: list[Entry]
) -> None:
    mixed = data.draw(st.permutations(found))
    assert is_admitted(mixed, environment) == is_admitted(found, environment)


@settings(max_examples=100, deadline=None)
@given(found=MIXED, environment=ENVIRONMENTS)
def test_what_other_releases_have_admits_nothing(found: list[Entry], environment: Environment) -> None:
    other = [
        signed(each.statement.model_copy(update={"manifest": sample.OTHER_HASH})) for each in found
    ]  # fmt: skip
    assert not is_admitted(other, environment)


@settings(max_examples=100, deadline=None)
@given(seconds=st.integers(1, 400 * 24 * 3600))
def test_no_age_beyond_the_limit_is_admitted(seconds: int) -> None:
    age = timedelta(days=MANIFEST.evidence_days, seconds=seconds)
    late = signed(sample.promoted("pre-prod", at=at(seconds=-age.total_seconds())))
    assert not is_admitted([*history("promoted#pre-prod"), late], "prod")


def test_the_pool_admits_and_refuses() -> None:
    """So that the properties above aren't empty."""
    assert all(is_admitted(history(), each) for each in ORDER)
    assert not any(is_admitted([each], "prod") for each in POOL)
