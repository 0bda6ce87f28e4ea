"""The gate over a run whose jobs were collected, or weren't."""

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.gate.collect import Collector
from genai_runtime.evaluation.gate.data import CandidateData
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.run import RunRequest
from tests.unit.evaluation.jobs.planned_run import (
    GOOD,
    LOOK,
    RUN,
    Bedrock,
    MemoryStore,
    answer_jobs,
    collector,
    creator,
    planned,
)
from tests.unit.evaluation.jobs.test_collect import automated
from tests.unit.evaluation.jobs.test_create import CORRECT, F1

CASES = [f"case-{number}" for number in (1, 2, 3)]


def scored_by_us() -> MemoryStore:
    """A run after its score step, which has a metric of its own under the name of Bedrock's."""
    store = planned(F1, CORRECT)
    ours = Score(metric="f1", value=1.0, passed=True)
    cases = tuple(ScoredCase(case=case, candidate=GOOD, scores=(ours,)) for case in CASES)
    store.write(layout.scores(RUN, "scores", GOOD, LOOK, 0), ScoredBatch(run=RUN, candidate=GOOD, cases=cases))
    return store


def data(store: MemoryStore) -> CandidateData:
    """What the gate decides from."""
    suite = parse_suite(store.objects[layout.suite(RUN, layout.SUITE_FILE)])
    cases = {case.id: case for case in parse_cases(store.objects[layout.suite(RUN, layout.DATASET_FILE)])}
    request = store.load(layout.request(RUN), RunRequest)
    collected = Collector(store, RUN)
    batches = [batch for look in collected.batches() for batch in look]
    return collected.candidate(request.candidates[0], suite, cases, batches, LOOK)


def values(found: CandidateData) -> dict[str, list[float | None]]:
    """By metric, in the order of the cases."""
    return {name: [scores[case].value for case in CASES] for name, scores in found.scores.items()}


def test_collected_numbers_decide_and_not_our_own() -> None:
    store, bedrock = scored_by_us(), Bedrock()
    creator(store, bedrock).create(RUN, LOOK)
    answer_jobs(store, bedrock, lambda row, _: automated(row, {"Builtin.Accuracy": 0.25, "Builtin.Correctness": 0.5}))
    collector(store, bedrock).collect(RUN, LOOK)
    assert values(data(store)) == {"f1": [0.25] * 3, "correctness": [0.5] * 3}


def test_cases_of_jobs_that_were_not_collected_are_undecided_whatever_we_scored() -> None:
    assert values(data(scored_by_us())) == {"f1": [None] * 3, "correctness": [None] * 3}
