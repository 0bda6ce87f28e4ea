"""The gate's step: reads a run's objects, writes its verdict, says how the run goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.gate.errors import GateFailed
from genai_runtime.evaluation.gate.gate import Gate
from genai_runtime.evaluation.judging.records import Calibration, Labelled
from genai_runtime.evaluation.planning.batches import json_lines
from genai_runtime.evaluation.records import (
    Batch,
    CallError,
    CaseFacts,
    Response,
    Score,
    ScoredBatch,
    ScoredCase,
    Usage,
)
from genai_runtime.evaluation.run import Candidate, Price, PromptText, RunRequest
from genai_runtime.evaluation.suite import JudgeSpec, LatencyLimits, Limits, Rubric, Suite
from genai_runtime.evaluation.verdict import GateResult, MetricResult
from tests.docs.pages import CHECKOUT
from tests.unit.evaluation.gate.runs import cases_of, gating, ids, suite_of
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.evaluation.review.reviewed_run import filled, form_of, plan, reviewed, submit

RUN, BASE = "run-1", "released-1"
SIZE = 25
Passed = Callable[[int], bool]


def always(_number: int) -> bool:
    return True


class Runs:
    """A bucket with one run of two looks (or one), a candidate or two."""

    def __init__(self, suite: Suite | None = None, count: int = 400, looks: int = 1, candidates: int = 1) -> None:
        self.store = MemoryStore()
        self.suite = suite or suite_of(gating())
        self.names = [f"candidate-{number}" for number in range(candidates)]
        self.cases = ids(count)
        self.parts = [self.cases[look * count // looks : (look + 1) * count // looks] for look in range(looks)]
        self.store.write(layout.request(RUN), self.request())
        self.store.write(
            layout.suite(RUN, layout.SUITE_FILE), yaml.safe_dump(self.suite.model_dump(mode="json")).encode()
        )
        lines = [case.model_dump_json(exclude_defaults=True) for case in cases_of(count).values()]
        self.store.write(layout.suite(RUN, layout.DATASET_FILE), "\n".join(lines).encode())
        for look, part in enumerate(self.parts, start=1):
            self.store.write(layout.batches(RUN, look), json_lines(self.batches(look, part)))

    def request(self, **further: object) -> RunRequest:
        prompt = PromptText(name="prompt", version=1, template="{{question}}", max_tokens=100)
        price = Price(input=0.001, output=0.002, as_of="2026-09-01")
        candidates = [Candidate(name=name, prompt=prompt, model="m", model_id="m", price=price) for name in self.names]
        given = {"run": RUN, "suite": "suite", "version": "0" * 64, "candidates": candidates, **further}
        return RunRequest.model_validate(given)

    def batches(self, look: int, part: list[str]) -> list[Batch]:
        starts = range(0, len(part), SIZE)
        return [
            Batch(run=RUN, look=look, batch=number, candidate=name, cases=tuple(part[start : start + SIZE]))
            for number, start in enumerate(starts)
            for name in self.names
        ]

    def score(self, look: int, passed: Passed = always, candidate: str = "candidate-0", run: str = RUN) -> None:
        """Answer and score every batch of a look."""
        for batch in self.batches(look, self.parts[look - 1]):
            if batch.candidate != candidate:
                continue
            scored = tuple(self.scored(case, candidate, passed(self.cases.index(case))) for case in batch.cases)
            key = layout.scores(run, "scores", candidate, look, batch.batch)
            self.store.write(key, ScoredBatch(run=run, candidate=candidate, cases=scored))
            for case in batch.cases:
                self.answer(case, candidate)

    def scored(self, case: str, candidate: str, passed: bool) -> ScoredCase:
        score = Score(metric="exact-match", value=float(passed), passed=passed)
        return ScoredCase(case=case, candidate=candidate, scores=(score,))

    def answer(self, case: str, candidate: str, error: CallError | None = None) -> None:
        usage = Usage(input_tokens=200, output_tokens=20)
        response = Response(
            case=case, candidate=candidate, answer=None if error else "yes", error=error, usage=usage,
            cost_usd=None if error else 0.00024, last_token_ms=None if error else 900.0,
        )  # fmt: skip
        self.store.write(layout.response(RUN, candidate, case), response)

    def verdict(self, look: int = 1) -> GateResult:
        return self.store.load(layout.gate(RUN, look), GateResult)

    def metric(self, look: int = 1) -> MetricResult:
        return self.verdict(look).candidates[0].metrics[0]


def test_a_run_of_one_look_ends() -> None:
    runs = Runs()
    runs.score(1)
    decided = Gate(runs.store).decide(RUN, 1)
    assert decided == {
        "run": RUN, "look": 1, "looks": 1, "final": True, "decision": "PROMOTE", "bucket": "evaluation",
        "batches": layout.batches(RUN, 1), "judge": False, "review": False, "managed": False,
    }  # fmt: skip
    assert json.loads(json.dumps(decided)) == decided
    assert (runs.metric().cases, runs.verdict().candidates[0].cases) == (400, 400)


def test_deciding_again_writes_the_same_bytes() -> None:
    runs = Runs()
    runs.score(1, lambda number: number % 9 > 0)
    Gate(runs.store).decide(RUN, 1)
    before = dict(runs.store.objects)
    Gate(runs.store).decide(RUN, 1)
    assert runs.store.objects == before


def test_an_undecided_look_goes_on_to_the_next_one() -> None:
    runs = Runs(looks=2)
    runs.score(1, lambda number: number % 8 > 0)
    decided = Gate(runs.store).decide(RUN, 1)
    assert (decided["look"], decided["final"], decided["decision"]) == (2, False, "HOLD")
    assert decided["batches"] == layout.batches(RUN, 2)
    runs.score(2, lambda number: number % 30 > 0)
    assert Gate(runs.store).decide(RUN, 2)["final"] is True
    assert runs.metric(2).cases == 400


def test_later_scores_do_not_reach_an_earlier_look() -> None:
    runs = Runs(looks=2)
    runs.score(1, lambda number: number % 8 > 0)
    runs.score(2)
    Gate(runs.store).decide(RUN, 1)
    assert runs.metric(1).cases == 200


def test_a_decided_candidate_is_not_asked_again() -> None:
    runs = Runs(looks=2, candidates=2)
    runs.score(1)
    runs.score(1, lambda number: number % 8 > 0, candidate="candidate-1")
    decided = Gate(runs.store).decide(RUN, 1)
    assert (decided["final"], decided["batches"]) == (False, layout.open_batches(RUN, 2))
    lines = runs.store.objects[decided["batches"]].splitlines()
    assert {Batch.model_validate_json(line).candidate for line in lines} == {"candidate-1"}
    runs.score(2, candidate="candidate-1")
    Gate(runs.store).decide(RUN, 2)
    assert [each.decision for each in runs.verdict(2).candidates] == ["PROMOTE", "PROMOTE"]
    assert runs.verdict(2).candidates[0] == runs.verdict(1).candidates[0]


def test_a_failed_batch_leaves_its_cases_undecided() -> None:
    runs = Runs()
    runs.score(1)
    del runs.store.objects[layout.scores(RUN, "scores", "candidate-0", 1, 3)]
    assert Gate(runs.store).decide(RUN, 1)["decision"] == "HOLD"
    found = runs.metric()
    assert (found.cases, found.undecided, found.decision) == (375, 25, "PROMOTE")
    assert "25 of 400 cases are undecided" in runs.verdict().candidates[0].reasons[0]


@pytest.mark.parametrize(("error_class", "undecided"), [("throttled", 10), ("model-error", 0)])
def test_only_errors_of_the_infrastructure_leave_a_case_undecided(error_class: str, undecided: int) -> None:
    runs = Runs()
    runs.score(1)
    error = CallError.model_validate({"error_class": error_class, "code": "X", "message": "x"})
    for case in runs.cases[:10]:
        runs.answer(case, "candidate-0", error)
    Gate(runs.store).decide(RUN, 1)
    limit = runs.verdict().candidates[0].limits[-1]
    assert limit.estimate == undecided / 400


def test_the_baseline_is_compared_on_the_same_cases() -> None:
    runs = Runs()
    runs.score(1, lambda number: number % 10 > 0)
    runs.score(1, run=BASE)
    runs.store.write(layout.request(RUN), runs.request(baseline=BASE, baseline_candidate="candidate-0"))
    assert Gate(runs.store).decide(RUN, 1)["decision"] == "HOLD"
    comparison = runs.metric().comparison
    assert comparison is not None
    assert (comparison.cases, comparison.difference, comparison.significant) == (400, -0.1, True)


def test_fails_without_the_baseline_that_the_run_names() -> None:
    runs = Runs()
    runs.score(1)
    runs.store.write(layout.request(RUN), runs.request(baseline=BASE, baseline_candidate="candidate-0"))
    with pytest.raises(GateFailed, match=r"GF-EVAL-253.*released-1"):
        Gate(runs.store).decide(RUN, 1)


@pytest.mark.parametrize("key", [layout.request(RUN), layout.suite(RUN, "suite.yaml"), layout.batches(RUN, 1)])
def test_fails_without_what_the_plan_wrote(key: str) -> None:
    runs = Runs()
    runs.score(1)
    del runs.store.objects[key]
    with pytest.raises(GateFailed, match="GF-EVAL-250"):
        Gate(runs.store).decide(RUN, 1)


def test_fails_on_an_object_that_is_something_else() -> None:
    runs = Runs()
    runs.score(1)
    runs.store.write(layout.scores(RUN, "scores", "candidate-0", 1, 0), b'{"run": "run-1"}')
    with pytest.raises(GateFailed, match=r"GF-EVAL-251.*scores/candidate-0/1-0\.json is not a ScoredBatch"):
        Gate(runs.store).decide(RUN, 1)


@pytest.mark.parametrize("look", [0, 2])
def test_fails_on_a_look_that_was_not_planned(look: int) -> None:
    runs = Runs()
    with pytest.raises(GateFailed, match="GF-EVAL-252"):
        Gate(runs.store).decide(RUN, look)


def test_fails_on_a_case_that_the_dataset_does_not_hold() -> None:
    runs = Runs()
    batch = Batch(run=RUN, look=1, batch=0, candidate="candidate-0", cases=("stranger",))
    runs.store.write(layout.batches(RUN, 1), json_lines([batch]))
    with pytest.raises(GateFailed, match=r"GF-EVAL-254.*stranger"):
        Gate(runs.store).decide(RUN, 1)


def test_fails_at_a_second_look_without_the_first_verdict() -> None:
    runs = Runs(looks=2)
    runs.score(1)
    with pytest.raises(GateFailed, match=r"GF-EVAL-250.*gate/1\.json"):
        Gate(runs.store).decide(RUN, 2)


def calibrated(runs: Runs, agreeing: int) -> None:
    """Labels of 40 items, of which the judge gave so many the level that people gave."""
    items = tuple(
        Labelled(id=f"item-{number}", people=(1 + number % 2,), judge=1 + (number + (number >= agreeing)) % 2)
        for number in range(40)
    )
    runs.store.write(layout.calibration(RUN), Calibration(run=RUN, model_id="judge", items=items))


@pytest.mark.parametrize(("agreeing", "gates"), [(40, True), (34, True), (24, False), (None, False)])
def test_a_judge_gates_by_its_calibration(agreeing: int | None, gates: bool) -> None:
    rubric = Rubric(question="good?", levels={1: "no", 2: "yes"})
    suite = suite_of(gating("judge"), judge=JudgeSpec(model="judge", rubric=rubric, minimum_kappa=0.6))
    runs = Runs(suite)
    runs.score(1)
    for batch in runs.batches(1, runs.cases):
        scores = (Score(metric="judge", value=1.0, passed=True),)
        cases = tuple(ScoredCase(case=case, candidate=batch.candidate, scores=scores) for case in batch.cases)
        key = layout.scores(RUN, "judgements", batch.candidate, 1, batch.batch)
        runs.store.write(key, ScoredBatch(run=RUN, candidate=batch.candidate, cases=cases))
    if agreeing is not None:
        calibrated(runs, agreeing)
    Gate(runs.store).decide(RUN, 1)
    assert runs.metric().gating is gates
    assert runs.verdict().decision == ("PROMOTE" if gates else "HOLD")


def test_the_verdict_holds_the_judges_agreement_in_full() -> None:
    suite = suite_of(gating(), judge=JudgeSpec(model="judge", rubric=Rubric(question="?", levels={1: "no", 2: "yes"})))
    runs = Runs(suite)
    runs.score(1)
    calibrated(runs, 36)
    Gate(runs.store).decide(RUN, 1)
    judge = runs.verdict().judge
    assert judge is not None
    assert (judge.items, judge.kappa.estimate, judge.confusion) == (
        40,
        runs.verdict().judge_kappa,
        ((18, 2, 0), (2, 18, 0)),
    )


@pytest.mark.parametrize(("second", "kappa"), [({"one": 1, "two": 1}, 1.0), ({}, 0.0)])
def test_the_verdict_holds_the_reviewers_agreement(second: dict[str, int], kappa: float) -> None:
    """Bob agrees with Ann on everything, or says the same of all."""
    store = reviewed({"good": dict.fromkeys(("one", "two", "three", "four"), "A")})
    for form in plan(store):
        graded = form_of(store, form.form)
        levels = {"one": 1, "two": 1} if form.reviewer == "ann" else second
        submit(store, filled(graded, {("good", source.case): levels.get(source.case, 3) for source in graded.sources}))
    Gate(store).decide("r1", 1)
    verdict = store.load(layout.gate("r1", 1), GateResult)
    assert verdict.reviewers is not None
    assert (verdict.reviewers.reviewers, verdict.reviewers.items) == (2, 4)
    assert verdict.reviewer_agreement == verdict.reviewers.kappa.estimate == kappa


def test_limits_need_no_response_of_a_scored_case() -> None:
    """A run of 10,000 cases has as many responses, and 40 objects with their facts."""
    limits = Limits(latency=LatencyLimits(last_token_p95_ms=1000), cost_per_1000_cases_usd=0.5)
    runs = Runs(suite_of(gating(), limits=limits))
    runs.score(1)
    runs.answer("case-0003", "candidate-0", CallError(error_class="throttled", code="T", message=""))
    Gate(runs.store).decide(RUN, 1)
    verdict = runs.store.objects[layout.gate(RUN, 1)]
    for key in [key for key in runs.store.objects if "/scores/" in key]:
        batch = runs.store.load(key, ScoredBatch)
        facts = {
            case: CaseFacts.of(runs.store.load(layout.response(RUN, "candidate-0", case), Response))
            for case in (each.case for each in batch.cases)
        }
        cases = tuple(each.model_copy(update={"facts": facts[each.case]}) for each in batch.cases)
        runs.store.write(key, batch.model_copy(update={"cases": cases}))
    for key in [key for key in runs.store.objects if "/responses/" in key]:
        del runs.store.objects[key]
    Gate(runs.store).decide(RUN, 1)
    assert runs.store.objects[layout.gate(RUN, 1)] == verdict
    assert b'"decision":"HOLD"' not in verdict.partition(b'"limits":')[2].partition(b"undecided-share")[0]


def test_the_handler_imports_with_its_variables_alone() -> None:
    code = (
        "import sys, genai_runtime.evaluation.handlers.gate as handler; assert callable(handler.handler); "
        "assert not {'aws_cdk', 'matplotlib', 'sacrebleu', 'jsonschema', 'statsmodels', 'pandas', 'scipy.stats', "
        "'scipy.optimize'} & sys.modules.keys()"
    )
    variables = {
        "ENVIRONMENT": "dev", "BUCKET_NAME": "evaluation", "POWERTOOLS_SERVICE_NAME": "evaluation",
        "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation", "LOG_LEVEL": "INFO", "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONPATH": str(CHECKOUT / "lambda"), "PATH": os.environ["PATH"],
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
