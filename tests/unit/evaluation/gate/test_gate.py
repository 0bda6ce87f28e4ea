"""The gate's step: reads a run's objects, writes its verdict, says how the run goes on."""

import json
import os
import subprocess
import sys

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.gate.errors import GateFailed
from genai_runtime.evaluation.gate.gate import Gate
from genai_runtime.evaluation.planning.batches import json_lines
from genai_runtime.evaluation.records import Batch, CallError, CaseFacts, Response, ScoredBatch
from genai_runtime.evaluation.suite import LatencyLimits, Limits
from tests.docs.pages import CHECKOUT
from tests.unit.evaluation.gate.runs import gating, suite_of
from tests.unit.evaluation.gate.scored_run import BASE, RUN, Runs


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
