"""Reads what a run has left behind up to a look."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.data import CandidateData, Scores
from genai_runtime.evaluation.gate.errors import OBJECT_INVALID, RUN_INCOMPLETE, GateFailed
from genai_runtime.evaluation.gate.prepare import JUDGE_METRICS
from genai_runtime.evaluation.jobs.names import step_of
from genai_runtime.evaluation.records import INFRASTRUCTURE, Batch, CaseFacts, Response, Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.run import Candidate
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import MetricSpec, Suite

PARALLEL_READS: Final = 32
"""Also the pool of connections that the S3 client should have."""
REVIEW_METRIC: Final = "human-review"
_UNSCORED: Final = "no result: its batch ended with an error"

M = TypeVar("M", bound=BaseModel)
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Collector:
    """Objects of one run."""

    store: Store
    run: str

    def batches(self) -> tuple[tuple[Batch, ...], ...]:
        """The batches of every look, the first look's first. Raises GateFailed (GF-EVAL-250) without any."""
        prefix = layout.batches(self.run, 1).removesuffix("1/batches.jsonl")
        looks = max(1, sum(key.endswith("/batches.jsonl") for key in self.store.keys(prefix)))
        return tuple(self._batches(layout.batches(self.run, look)) for look in range(1, looks + 1))

    def candidate(
        self, candidate: Candidate, suite: Suite, cases: Mapping[str, Case], batches: Sequence[Batch], look: int
    ) -> CandidateData:
        """Everything about a candidate up to a look. What a failed batch left out counts as undecided."""
        mine = [batch for batch in batches if batch.candidate == candidate.name]
        asked = sorted({case for batch in mine for case in batch.cases})
        cases_of = {step: self._cases(step, candidate.name, look) for step in ("scores", "judgements", "reviews")}
        steps = {step: _scores(found) for step, found in cases_of.items()}
        lacking = {case for case in asked if case not in steps["scores"]}
        unjudged = {case for batch in mine if batch.judge for case in batch.cases if case not in steps["judgements"]}
        scores = by_metric(steps.values())
        for spec in suite.metrics:
            missing = unjudged if spec.registered in JUDGE_METRICS else lacking
            if spec.registered != REVIEW_METRIC and missing:
                scores.setdefault(spec.name, {}).update(_undecided(spec, missing, cases))
            # Our own score of the same name must not stand in for a managed job's.
            step = step_of(spec) if suite.engine == "bedrock-job" else None
            if step and (uncollected := {case for case in asked if case not in steps[step]}):
                scores.setdefault(spec.name, {}).update(_undecided(spec, uncollected, cases))
        facts = self._facts(candidate.name, asked, cases_of["scores"])
        answered = [each for each in facts.values() if each.error_class is None]
        failed = {case for case, each in facts.items() if each.error_class in INFRASTRUCTURE}
        costs = tuple(each.cost_usd for each in facts.values() if each.cost_usd is not None)
        return CandidateData(
            name=candidate.name,
            asked=frozenset(asked),
            scores=scores,
            unanswered=frozenset((set(asked) - facts.keys()) | failed | lacking),
            first_token_ms=tuple(each.first_token_ms for each in answered if each.first_token_ms is not None),
            last_token_ms=tuple(each.last_token_ms for each in answered if each.last_token_ms is not None),
            costs_usd=costs,
            most_usd=most_usd(candidate, facts.values()),
        )

    def scored(self, step: str, candidate: str, look: int | None = None) -> dict[str, tuple[Score, ...]]:
        """Scores of a step by case, up to a look (None: all)."""
        return _scores(self._cases(step, candidate, look))

    def _cases(self, step: str, candidate: str, look: int | None) -> dict[str, ScoredCase]:
        """A case that two batches hold keeps the one that comes later in the keys' order."""
        prefix = layout.scores(self.run, step, candidate, 0, 0).removesuffix("0-0.json")
        keys = [key for key in self.store.keys(prefix) if look is None or _look(key) <= look]
        found: dict[str, ScoredCase] = {}
        for batch in self._all(keys, lambda key: self.record(key, ScoredBatch)):
            found |= {case.case: case for case in batch.cases}
        return found

    def record(self, key: str, model: type[M]) -> M:
        """An object. Raises GateFailed when it isn't there (GF-EVAL-250) or is something else (GF-EVAL-251)."""
        return self._parsed(key, self.body(key), model)

    def body(self, key: str) -> bytes:
        """An object's bytes. Raises GateFailed (GF-EVAL-250) when it isn't there."""
        body = self.store.read(key)
        if body is None:
            raise GateFailed(
                RUN_INCOMPLETE,
                f"run {self.run} lacks s3://{self.store.bucket}/{key}: start the run again under its name, which resumes it",
            )
        return body

    def _facts(self, candidate: str, asked: Iterable[str], scored: Mapping[str, ScoredCase]) -> dict[str, CaseFacts]:
        """In the order of `asked`. Only what wasn't scored is read from the responses: one object for each case."""
        facts = {case: each.facts for case, each in scored.items() if each.facts is not None}
        responses = self._responses(candidate, (case for case in asked if case not in facts))
        facts |= {case: CaseFacts.of(response) for case, response in responses.items()}
        return {case: facts[case] for case in asked if case in facts}

    def _responses(self, candidate: str, cases: Iterable[str]) -> dict[str, Response]:
        def read(case: str) -> tuple[str, Response | None]:
            key = layout.response(self.run, candidate, case)
            body = self.store.read(key)
            return case, None if body is None else self._parsed(key, body, Response)

        return {case: response for case, response in self._all(list(cases), read) if response is not None}

    def _batches(self, key: str) -> tuple[Batch, ...]:
        return tuple(self._parsed(key, line, Batch) for line in self.body(key).splitlines() if line.strip())

    def _parsed(self, key: str, body: bytes, model: type[M]) -> M:
        try:
            return model.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the record"
            raise GateFailed(
                OBJECT_INVALID,
                f"s3://{self.store.bucket}/{key} is not a {model.__name__} ({where}: {first['msg']}): start the run "
                "again under a new name",
            ) from error

    @staticmethod
    def _all(items: Sequence[A], read: Callable[[A], B]) -> list[B]:
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            return list(pool.map(read, items))


def _scores(cases: Mapping[str, ScoredCase]) -> dict[str, tuple[Score, ...]]:
    return {case: each.scores for case, each in cases.items()}


def by_metric(steps: Iterable[Mapping[str, tuple[Score, ...]]]) -> dict[str, dict[str, Score]]:
    """Metric -> case -> score."""
    found: dict[str, dict[str, Score]] = {}
    for step in steps:
        for case, scores in step.items():
            for score in scores:
                found.setdefault(score.metric, {})[case] = score
    return found


def baseline_scores(store: Store, run: str, candidate: str) -> Scores:
    """Scores of a candidate of another run, whatever its looks."""
    collector = Collector(store, run)
    return by_metric(collector.scored(step, candidate) for step in ("scores", "judgements", "reviews"))


def most_usd(candidate: Candidate, facts: Iterable[CaseFacts]) -> float | None:
    """What a case can cost at most: the longest input seen, and as many tokens as the prompt allows."""
    price = candidate.price
    if price is None:
        return None
    tokens = max((each.input_tokens for each in facts), default=0)
    return (tokens * price.input + candidate.prompt.max_tokens * price.output) / 1000


def _undecided(spec: MetricSpec, missing: Iterable[str], cases: Mapping[str, Case]) -> dict[str, Score]:
    """The cases that the metric would have looked at, as far as their kind tells."""
    return {
        case: Score(metric=spec.name, value=None, passed=None, detail=_UNSCORED)
        for case in missing
        if not spec.kinds or cases[case].kind in spec.kinds
    }


def _look(key: str) -> int:
    return int(key.rpartition("/")[2].partition("-")[0])
