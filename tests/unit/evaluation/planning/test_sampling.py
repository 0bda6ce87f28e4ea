"""Samples, looks and batches: what holds for every suite and dataset."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.planning.batches import LEAST, MOST, batch_size, batches_of, json_lines, looks_of
from genai_runtime.evaluation.planning.sampling import Sample, is_severe_safety, sample_of, split_evenly
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.run import Candidate, PromptText
from genai_runtime.evaluation.suite import MetricSpec, Reference, Sampling, Suite

TAGS = ("language", "topic")


def suite_with(*tags: str, sampling: Sampling | None = None, seed: int = 7) -> Suite:
    return Suite(
        name="answers",
        description="Answers.",
        prompt=Reference(name="answer", version=1),
        models=("m",),
        metrics=(MetricSpec(name="token-f1", gating=True, threshold=0.8, strata=tags),),
        sampling=sampling or Sampling(),
        seed=seed,
    )


def candidate(name: str) -> Candidate:
    prompt = PromptText(name="answer", version=1, template="{{question}}", max_tokens=10)
    return Candidate(name=name, prompt=prompt, model="m", model_id="eu.m")


@st.composite
def datasets(draw: st.DrawFn) -> list[Case]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["quality", "safety", "robustness"]),
                st.sampled_from(["medium", "severe"]),
                st.dictionaries(st.sampled_from(TAGS), st.sampled_from(["en", "de", "ar", "x"]), max_size=2),
            ),
            min_size=1,
            max_size=80,
        )
    )
    return [
        Case.model_validate(
            {"id": f"c-{n}", "kind": kind, "severity": severity, "prompt": "?", "tags": tags, "origin": "generated"}
        )
        for n, (kind, severity, tags) in enumerate(rows)
    ]


def strata(cases: list[Case], tags: tuple[str, ...]) -> set[tuple[str, str]]:
    return {("kind", case.kind) for case in cases} | {(tag, case.tags.get(tag, "")) for case in cases for tag in tags}


@settings(max_examples=200, deadline=None)
@given(datasets(), st.integers(1, 100), st.sampled_from([(), ("language",), TAGS]), st.integers(0, 5))
def test_a_sample_parts_the_cases_and_holds_every_stratum(
    cases: list[Case], wanted: int, tags: tuple[str, ...], seed: int
) -> None:
    sample = sample_of(suite_with(*tags, seed=seed), cases, wanted)
    by_id = {case.id: case for case in cases}
    assert sorted(sample.asked + sample.rest) == sorted(by_id)
    asked = [by_id[each] for each in sample.asked]
    assert strata(asked, tags) == strata(cases, tags)
    severe = sum(is_severe_safety(case) for case in asked)
    assert not any(is_severe_safety(by_id[each]) for each in sample.rest)
    assert len(asked) >= min(wanted, len(cases))
    assert len(asked) <= max(wanted, severe + len(strata(cases, tags)))


@settings(max_examples=200, deadline=None)
@given(datasets(), st.integers(1, 100), st.sampled_from([(), ("language",), TAGS]), st.integers(2, 10))
def test_every_look_holds_its_share_of_severe_safety_cases(
    cases: list[Case], wanted: int, tags: tuple[str, ...], looks: int
) -> None:
    sample = sample_of(suite_with(*tags), cases, wanted)
    severe = {case.id for case in cases if is_severe_safety(case)}
    assert severe <= set(sample.asked)
    share = len(severe) / len(sample.asked)
    for look in looks_of(sample, Sampling(mode="sequential", looks=looks)):
        assert abs(len(severe & set(look)) - share * len(look)) <= 1 + 1e-9


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.integers(1, 240), st.integers(2, 8), st.integers(0, 5))
def test_every_look_holds_its_share_of_each_stratum_among_severe_and_other_cases(
    severe: int, others: int, looks: int, seed: int
) -> None:
    """One more or less of a stratum at each end of a part, of either kind."""
    cases = [
        Case.model_validate(
            {
                "id": f"c-{n}", "kind": "safety", "severity": "severe" if n < severe else "high", "prompt": "?",
                "tags": {"language": "en" if n % 3 else "ar"}, "origin": "generated",
            }
        )
        for n in range(severe + others)
    ]  # fmt: skip
    language = {case.id: case.tags["language"] for case in cases}
    share = sum(each == "ar" for each in language.values()) / len(cases)
    sample = sample_of(suite_with("language", seed=seed), cases)
    for look in looks_of(sample, Sampling(mode="sequential", looks=looks)):
        assert abs(sum(language[each] == "ar" for each in look) - share * len(look)) <= 4


@settings(max_examples=50, deadline=None)
@given(datasets(), st.integers(1, 100), st.randoms(use_true_random=False))
def test_a_sample_depends_on_the_cases_and_not_on_their_order(cases: list[Case], wanted: int, random: object) -> None:
    suite = suite_with(*TAGS)
    shuffled = cases.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sample_of(suite, shuffled, wanted) == sample_of(suite, cases, wanted)


def many(count: int) -> list[Case]:
    """Every tenth in Arabic, the others in English."""
    return [
        Case.model_validate(
            {
                "id": f"c-{n}",
                "kind": "quality",
                "prompt": "?",
                "tags": {"language": "en" if n % 10 else "ar"},
                "origin": "generated",
            }
        )
        for n in range(count)
    ]


def test_samples_and_looks_hold_each_stratum_in_its_share() -> None:
    cases = many(1000)
    language = {case.id: case.tags["language"] for case in cases}
    sample = sample_of(suite_with("language"), cases, 400)
    assert abs(Counter(language[each] for each in sample.asked)["ar"] - 40) <= 1
    for look in looks_of(sample, Sampling(mode="sequential", looks=4)):
        assert len(look) == 100
        assert abs(Counter(language[each] for each in look)["ar"] - 10) <= 1
    assert abs(Counter(language[each] for each in sample.rest[:100])["ar"] - 10) <= 1


def test_another_seed_draws_another_sample() -> None:
    first, second = (sample_of(suite_with("language", seed=seed), many(200), 50) for seed in (1, 2))
    assert set(first.asked) != set(second.asked)


def test_the_order_is_pinned() -> None:
    """A change of this order changes which cases every released run asked: it needs a new seed's worth of thought."""
    assert sample_of(suite_with("language"), many(20), 5).asked == ("c-1", "c-10", "c-15", "c-14", "c-11")


@given(st.integers(1, 3000), st.integers(1, 12))
def test_parts_are_even_and_consecutive(count: int, parts: int) -> None:
    ids = [str(n) for n in range(count)]
    split = split_evenly(ids, parts)
    assert [each for part in split for each in part] == ids
    assert len(split) == min(parts, count)
    assert {len(part) for part in split} <= {count // len(split), -(-count // len(split))}


@given(st.integers(1, 5000), st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_every_case_is_in_one_batch_of_each_candidate(count: int, candidates: int, looks: int) -> None:
    sample = Sample(tuple(f"c-{n}" for n in range(count)), ())
    mode = Sampling(mode="sequential", looks=looks) if looks > 1 else Sampling()
    names = [f"candidate-{n}" for n in range(candidates)]
    batches = [
        batch
        for look, cases in enumerate(looks_of(sample, mode), start=1)
        for batch in batches_of("r", look, cases, map(candidate, names), judge=False)
    ]
    for name in names:
        own = [batch for batch in batches if batch.candidate == name]
        assert [case for batch in own for case in batch.cases] == list(sample.asked)
        assert len({(batch.look, batch.batch) for batch in own}) == len(own)
    assert all(0 < len(batch.cases) <= MOST for batch in batches)


def test_a_batch_fits_a_child_executions_input() -> None:
    batch = Batch(run="r" * 80, look=10, batch=10**6, candidate="c" * 63, cases=("x" * 100,) * MOST)
    assert len(json_lines([batch])) < 256 * 1024 / 4


@pytest.mark.parametrize(("cases", "batches"), [(1, 1), (25, 1), (40, 2), (100, 4), (500, 4), (1000, 4), (10_000, 40)])
def test_a_few_functions_share_the_work(cases: int, batches: int) -> None:
    assert math.ceil(cases / batch_size(cases)) == batches
    assert batch_size(cases) >= LEAST
