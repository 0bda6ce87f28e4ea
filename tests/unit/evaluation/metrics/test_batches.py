"""The score step on a bucket in memory: what it reads, writes and keeps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.metrics.batches import BatchScorer
from genai_runtime.evaluation.metrics.errors import MetricError
from genai_runtime.evaluation.records import Batch, CaseFacts, Response, ScoredBatch
from genai_runtime.evaluation.run import Candidate, GuardrailId, PromptText, RunRequest
from tests.unit.evaluation.metrics.bedrock import Wire
from tests.unit.evaluation.metrics.making import case, failed, response, suite
from tests.unit.evaluation.planning.memory_store import MemoryStore

RUN, CANDIDATE = "run-1", "candidate"
IDS = tuple(f"c-{number}" for number in range(1, 6))
KEY = f"runs/{RUN}/scores/{CANDIDATE}/1-0.json"


class CountingStore(MemoryStore):
    """Also counts reads."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def read(self, key: str) -> bytes | None:
        self.reads.append(key)
        return super().read(key)


def fill(store: MemoryStore, run: str = RUN) -> None:
    prompt = PromptText(name="p", version=1, template="{{question}}", max_tokens=10)
    request = RunRequest(
        run=run,
        suite="suite",
        version="0" * 64,
        candidates=(Candidate(name=CANDIDATE, prompt=prompt, model="m", model_id="m"),),
        embedding_model_id="amazon.titan-embed-text-v2:0",
        safety_guardrail=GuardrailId(name="safety", id="g1", version="1"),
    )
    wanted = suite("exact-match", "semantic-similarity", "toxicity-free")
    store.write(layout.request(run), request)
    store.write(layout.suite(run, layout.SUITE_FILE), yaml.safe_dump(wanted.model_dump(mode="json")).encode())
    lines = [case(f"answer {each}", id=each).model_dump_json() for each in IDS]
    store.write(layout.suite(run, layout.DATASET_FILE), "\n".join(lines).encode())
    answers = [response(f"answer {IDS[0]}"), response("you idiot"), failed("throttled"), failed("model-error")]
    for each, given in zip(IDS, answers, strict=False):
        store.write(layout.response(run, CANDIDATE, each), given.model_copy(update={"case": each}))


def batch(run: str = RUN, cases: tuple[str, ...] = IDS) -> Batch:
    return Batch(run=run, look=1, batch=0, candidate=CANDIDATE, cases=cases)


@pytest.fixture
def store() -> CountingStore:
    made = CountingStore()
    fill(made)
    return made


@pytest.fixture
def scorer(store: CountingStore) -> Iterator[BatchScorer]:
    with ThreadPoolExecutor(4) as executor:
        yield BatchScorer(store, cast("Any", Wire()), executor)


def test_scores_are_written_in_the_batchs_order(scorer: BatchScorer, store: CountingStore) -> None:
    scored = scorer.score(batch())
    assert store.load(KEY, ScoredBatch) == scored
    assert [each.case for each in scored.cases] == list(IDS)
    values = [[score.value for score in each.scores] for each in scored.cases]
    assert values[0] == [1, 1, 1]
    assert values[1][0] == 0
    assert values[1][2] == 0
    assert values[2] == [None, None, None]
    assert values[3] == [0, 0, 0]
    assert values[4] == [None, None, None]
    assert [each.pattern for each in scored.cases] == [None, "safety", "throttled", "other-error", "other-error"]
    assert scored.cases[4].scores[0].detail == "defect: NoResponse: the invoke step left no response"


def test_facts_of_the_responses_come_with_the_scores(scorer: BatchScorer, store: CountingStore) -> None:
    facts = [each.facts for each in scorer.score(batch()).cases]
    responses = [store.load(layout.response(RUN, CANDIDATE, each), Response) for each in IDS[:4]]
    assert facts == [*map(CaseFacts.of, responses), None]
    assert [each and each.error_class for each in facts] == [None, None, "throttled", "model-error", None]


def test_scoring_again_writes_the_same_bytes_and_reads_the_suite_once(
    scorer: BatchScorer, store: CountingStore
) -> None:
    scorer.score(batch())
    first = store.objects[KEY]
    scorer.score(batch())
    assert store.objects[KEY] == first
    assert store.reads.count(layout.suite(RUN, layout.DATASET_FILE)) == 1
    assert store.reads.count(layout.response(RUN, CANDIDATE, IDS[0])) == 2


def test_another_run_has_its_own_suite(scorer: BatchScorer, store: CountingStore) -> None:
    fill(store, "run-2")
    scorer.score(batch())
    scorer.score(batch("run-2"))
    assert store.reads.count(layout.suite("run-2", layout.SUITE_FILE)) == 1


def test_fails_for_a_case_that_the_dataset_does_not_have(scorer: BatchScorer) -> None:
    with pytest.raises(
        MetricError, match="batch 0 of run run-1 names c-9, which the run's dataset doesn't have"
    ) as caught:
        scorer.score(batch(cases=("c-1", "c-9")))
    assert caught.value.code == "GF-EVAL-161"


def test_fails_without_the_runs_suite(scorer: BatchScorer, store: CountingStore) -> None:
    del store.objects[layout.suite(RUN, layout.SUITE_FILE)]
    with pytest.raises(FileNotFoundError, match=r"s3://evaluation/runs/run-1/suite/suite\.yaml"):
        scorer.score(batch())
