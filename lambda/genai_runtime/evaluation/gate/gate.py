"""One look of a run: reads what the steps before left, decides, writes `gate/LOOK.json`, says how the run goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.gate.collect import Collector, baseline_scores
from genai_runtime.evaluation.gate.data import CandidateData, GateInput, Scores
from genai_runtime.evaluation.gate.decide import decide
from genai_runtime.evaluation.gate.errors import BASELINE_MISSING, CASE_UNKNOWN, LOOK_UNKNOWN, GateFailed
from genai_runtime.evaluation.judging.agreement import judge_agreement, reviewer_agreement
from genai_runtime.evaluation.judging.records import Agreement, Calibration, ReviewerAgreement
from genai_runtime.evaluation.planning.batches import json_lines
from genai_runtime.evaluation.planning.sampling import sample_of
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.review.scores import ratings
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import Decision, GateResult


class Decided(TypedDict):
    """Result of the gate step. `look` is the next one, or the decided one when the run is over."""

    run: str
    look: int
    looks: int
    final: bool
    decision: Decision
    bucket: str
    batches: str
    judge: bool
    review: bool
    managed: bool


@dataclass(frozen=True)
class Gate:
    """Decides the runs of a bucket."""

    store: Store

    def decide(self, run: str, look: int) -> Decided:
        """Decide one look. Doing it again writes the same bytes. Raises GateFailed, botocore's errors."""
        collector = Collector(self.store, run)
        suite = parse_suite(collector.body(layout.suite(run, layout.SUITE_FILE)))
        batches = collector.batches()
        result = decide(self.collect(collector, suite, batches, look))
        self.store.write(layout.gate(run, look), result)
        following = look if result.final else look + 1
        return Decided(
            run=run,
            look=following,
            looks=result.looks,
            final=result.final,
            decision=result.decision,
            bucket=self.store.bucket,
            batches=layout.batches(run, look) if result.final else self._next(run, result, batches[look]),
            judge=any(batch.judge for batch in batches[following - 1]),
            review=suite.review is not None,
            managed=suite.engine == "bedrock-job",
        )

    def collect(self, collector: Collector, suite: Suite, batches: Sequence[Sequence[Batch]], look: int) -> GateInput:
        """What the decision depends on. Raises GateFailed: no such look (GF-EVAL-252), a case that the dataset doesn't
        hold (GF-EVAL-254)."""
        run = collector.run
        if not 1 <= look <= len(batches):
            raise GateFailed(LOOK_UNKNOWN, f"run {run} has no look {look}: it was planned with {len(batches)}")
        request = collector.record(layout.request(run), RunRequest)
        cases = parse_cases(collector.body(layout.suite(run, layout.DATASET_FILE)))
        by_id = {case.id: case for case in cases}
        order = _order(batches)
        if unknown := sorted({case for asked in order for case in asked} - by_id.keys()):
            raise GateFailed(
                CASE_UNKNOWN,
                f"run {run} asks {len(unknown)} cases that its dataset doesn't hold, {unknown[0]} first: start it again "
                "under a new name",
            )
        earlier = collector.record(layout.gate(run, look - 1), GateResult) if look > 1 else None
        decided = {each.candidate: each for each in earlier.candidates if each.decision != "HOLD"} if earlier else {}
        seen = [batch for each in batches[:look] for batch in each]
        baseline = self._baseline(request, suite)
        agreement = self._agreement(run, suite)
        return GateInput(
            run=run,
            suite=suite,
            cases=by_id,
            candidates=tuple(
                CandidateData(each.name, frozenset(), {})
                if each.name in decided
                else replace(collector.candidate(each, suite, by_id, seen, look), baseline=baseline)
                for each in request.candidates
            ),
            look=look,
            fractions=_fractions(order),
            upcoming=(*(case for asked in order[look:] for case in asked), *_rest(suite, cases, request)),
            decided=decided,
            judge_kappa=agreement.kappa.estimate if agreement else None,
            judge_refusal=agreement.reason if agreement and not agreement.can_gate else "",
            judge=agreement,
            reviewers=self._reviewers(run, suite),
        )

    def _baseline(self, request: RunRequest, suite: Suite) -> Scores:
        """Raises GateFailed (GF-EVAL-253) when the released run is named and its scores are gone: without them nobody can
        say that nothing got worse."""
        if request.baseline is None or request.baseline_candidate is None or suite.baseline == "none":
            return {}
        scores = baseline_scores(self.store, request.baseline, request.baseline_candidate)
        if not scores:
            raise GateFailed(
                BASELINE_MISSING,
                f"run {request.run} is compared with {request.baseline_candidate!r} of run {request.baseline!r}, which has "
                f"no scores in s3://{self.store.bucket}: evaluate the baseline again, or start the run without one",
            )
        return scores

    def _agreement(self, run: str, suite: Suite) -> Agreement | None:
        if suite.judge is None:
            return None
        body = self.store.read(layout.calibration(run))
        calibration = None if body is None else Calibration.model_validate_json(body)
        return judge_agreement(calibration, suite.judge, suite.confidence)

    def _reviewers(self, run: str, suite: Suite) -> ReviewerAgreement | None:
        """How far the reviewers of all forms so far agree; None with fewer than two."""
        if suite.review is None:
            return None
        return reviewer_agreement(ratings(self.store, run), tuple(suite.review.rubric.levels), suite.confidence)

    def _next(self, run: str, result: GateResult, batches: Sequence[Batch]) -> str:
        """Key of the next look's batches: only those of candidates that are still open."""
        undecided = {each.candidate for each in result.candidates if each.decision == "HOLD"}
        if len(undecided) == len(result.candidates):
            return layout.batches(run, result.look + 1)
        key = layout.open_batches(run, result.look + 1)
        self.store.write(key, json_lines(batch for batch in batches if batch.candidate in undecided))
        return key


def _order(batches: Sequence[Sequence[Batch]]) -> list[tuple[str, ...]]:
    """The cases of each look in the order in which they are asked."""
    return [tuple(dict.fromkeys(case for batch in look for case in batch.cases)) for look in batches]


def _fractions(order: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Of all planned cases, that each look has seen."""
    total = sum(len(asked) for asked in order)
    return tuple(sum(len(asked) for asked in order[:look]) / total for look in range(1, len(order) + 1))


def _rest(suite: Suite, cases: Sequence[Case], request: RunRequest) -> tuple[str, ...]:
    return sample_of(suite, cases, request.cases).rest
