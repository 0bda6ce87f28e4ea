"""The plan step, from a run's request to its batches."""

import json
from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.planning.errors import PlanFailed
from genai_runtime.evaluation.planning.fit import check_fit
from genai_runtime.evaluation.planning.plan import Planner
from genai_runtime.evaluation.planning.suite_files import parse_cases
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.run import JudgeModel, OwnResponses, RunRequest, UseCaseEndpoint
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.evaluation.planning.test_sampling import candidate

SUITE = """
name: answers
description: Answers.
prompt: {name: answer, version: 1}
models: [m]
metrics: [{name: token-f1, gating: true, threshold: 0.8, strata: [language]}]
sampling: {mode: sequential, looks: 2, cases: 60}
"""
JUDGE = "judge: {model: j, rubric: {question: Is it good, levels: {0: bad, 1: good}}}\n"
REVIEW = "review: {rubric: {question: Is it good, levels: {0: bad, 1: good}}, reviewers: [a], cases: 5}\n"


def dataset(count: int) -> bytes:
    cases = (
        {
            "id": f"c-{n}",
            "kind": "quality",
            "variables": {"question": "?"},
            "origin": "generated",
            "tags": {"language": "en"},
        }
        for n in range(count)
    )
    return "".join(json.dumps(case) + "\n" for case in cases).encode()


class World:
    """Two buckets, a published suite and a run's request."""

    def __init__(self, suite: str = SUITE, stage: str = "golden", **files: bytes) -> None:
        self.files = {layout.SUITE_FILE: suite.encode(), layout.DATASET_FILE: dataset(100)}
        self.files |= {f"{name}.jsonl": body for name, body in files.items()}
        self.version = layout.content_hash(self.files)
        self.runs, self.datasets = MemoryStore("runs"), MemoryStore("golden")
        for name, body in self.files.items():
            self.datasets.write(layout.golden(stage, "answers", self.version, name), body)
        self.planner = Planner(self.runs, self.datasets, stage)

    def request(self, run: str = "r-1", **changes: Any) -> None:
        made = RunRequest(
            run=run, suite="answers", version=self.version, candidates=(candidate("good"), candidate("bad"))
        )
        self.runs.write(layout.request("r-1"), made.model_copy(update=changes))


def test_plans_looks_and_copies_the_suites_bytes() -> None:
    world = World()
    world.request()
    assert world.planner.plan("r-1") == {
        "run": "r-1", "look": 1, "looks": 2, "bucket": "runs", "batches": "runs/r-1/looks/1/batches.jsonl",
        "judge": False, "review": False, "managed": False,
    }  # fmt: skip
    for name, body in world.files.items():
        assert world.runs.read(layout.suite("r-1", name)) == body
    asked: dict[str, list[str]] = {"good": [], "bad": []}
    for look in (1, 2):
        lines = (world.runs.read(layout.batches("r-1", look)) or b"").splitlines()
        for batch in map(Batch.model_validate_json, lines):
            asked[batch.candidate] += batch.cases
    assert asked["good"] == asked["bad"]
    assert len(set(asked["good"])) == 60


def test_planning_again_writes_the_same_bytes() -> None:
    world = World()
    world.request()
    first = world.planner.plan("r-1")
    before = dict(world.runs.objects)
    assert world.planner.plan("r-1") == first
    assert world.runs.objects == before


def test_dev_asks_the_redacted_copy_of_the_version_that_the_request_names() -> None:
    """Its content differs, so its version does: redaction.json beside the golden version's name says which one it is."""
    world = World(stage="redacted")
    golden = "0" * 64
    report = RedactionReport(
        suite="answers", version=golden, redacted_version=world.version, cases=100, rounds=1
    )  # fmt: skip
    world.datasets.write(layout.golden("redacted", "answers", golden, FILE), report)
    world.request(version=golden)
    world.planner.plan("r-1")
    for name, body in world.files.items():
        assert world.runs.read(layout.suite("r-1", name)) == body


def test_without_a_redaction_report_dev_reads_the_version_itself() -> None:
    """An earlier run's redacted version may be asked for by its own name."""
    world = World(stage="redacted")
    world.request()
    assert world.planner.plan("r-1")["looks"] == 2


def test_a_golden_stage_never_looks_for_a_redacted_copy() -> None:
    world = World()
    report = RedactionReport(suite="answers", version=world.version, redacted_version="1" * 64, cases=1, rounds=1)
    world.datasets.write(layout.golden("golden", "answers", world.version, FILE), report)
    world.request()
    assert world.planner.plan("r-1")["looks"] == 2


def test_fails_for_a_version_of_which_dev_has_no_copy() -> None:
    world = World()
    world.planner = Planner(world.runs, world.datasets, "redacted")
    world.request()
    fails(
        world, "GF-EVAL-103", f"s3://golden/redacted/answers/{world.version}/suite.yaml does not exist: publish answers"
    )


def test_a_request_overrides_the_sample() -> None:
    world = World()
    world.request(cases=100)
    world.planner.plan("r-1")
    lines = (world.runs.read(layout.batches("r-1", 1)) or b"").splitlines()
    assert sum(len(Batch.model_validate_json(line).cases) for line in lines) == 2 * 50


def test_tells_of_judge_and_review() -> None:
    world = World(SUITE + JUDGE + REVIEW, calibration=b"{}\n")
    world.request(judge=JudgeModel(model_id="eu.j"))
    planned = world.planner.plan("r-1")
    assert (planned["judge"], planned["review"]) == (True, True)
    assert b'"judge":true' in (world.runs.read(layout.batches("r-1", 1)) or b"")
    assert world.runs.read(layout.suite("r-1", "calibration.jsonl")) == b"{}\n"


def fails(world: World, code: str, message: str) -> None:
    with pytest.raises(PlanFailed, match=message) as caught:
        world.planner.plan("r-1")
    assert caught.value.code == code
    assert not any("/looks/" in key for key in world.runs.objects)


def test_fails_without_a_request() -> None:
    fails(World(), "GF-EVAL-101", "run 'r-1' has no request at s3://runs/runs/r-1/run.json: start")


def test_fails_for_a_request_of_another_kind() -> None:
    world = World()
    world.runs.write(layout.request("r-1"), b'{"run": "r-1"}')
    fails(world, "GF-EVAL-102", "is not a run request .*suite: Field required")


def test_fails_for_another_runs_request() -> None:
    world = World()
    world.request(run="r-2")
    fails(world, "GF-EVAL-107", "is the request of run 'r-2'")


def test_fails_for_a_version_that_was_not_published() -> None:
    world = World()
    world.request(version="0" * 64)
    fails(world, "GF-EVAL-103", "s3://golden/golden/answers/0+/suite.yaml does not exist: publish answers")


def test_fails_for_files_that_are_not_the_version() -> None:
    world = World()
    world.request()
    key = layout.golden("golden", "answers", world.version, layout.DATASET_FILE)
    world.datasets.write(key, dataset(99))
    fails(world, "GF-EVAL-104", f"content hash [0-9a-f]{{64}}, not {world.version}")


def test_fails_for_another_suites_files() -> None:
    world = World(SUITE.replace("name: answers", "name: other"))
    world.request()
    fails(world, "GF-EVAL-105", "suite 'answers', but the files of that version are of 'other'")


def test_fails_without_the_judge_that_the_suite_wants() -> None:
    world = World(SUITE + JUDGE)
    world.request()
    fails(world, "GF-EVAL-106", "run r-1 names no judge model")


def test_fails_for_a_dataset_with_a_bad_line() -> None:
    world = World(dataset=dataset(3) + b"{}\n")
    world.request()
    fails(world, "GF-EVAL-100", r"dataset\.jsonl:4")


def test_fails_with_every_case_that_does_not_fit_a_prompt() -> None:
    bad = b'{"id": "x-1", "kind": "quality", "variables": {"q": "?"}, "origin": "generated"}\n'
    world = World(SUITE.replace("cases: 60", "cases: 101"), dataset=dataset(100) + bad)
    world.request()
    fails(
        world,
        "GF-EVAL-108",
        "2 case.*\ngood: case x-1 lacks question and has q, which the prompt has not\nbad: case x-1 lacks question",
    )


def test_a_whole_prompt_fits_any_model_and_a_use_case_with_one_place_for_it() -> None:
    whole = b'{"id": "x-1", "kind": "safety", "prompt": "?", "origin": "generated"}\n'
    world = World(SUITE.replace("cases: 60", "cases: 101"), dataset=dataset(100) + whole)
    target = UseCaseEndpoint(function_arn="f", use_case="u")
    good = candidate("good")
    world.request(candidates=(good, good.model_copy(update={"name": "endpoint", "target": target})))
    world.planner.plan("r-1")
    two = good.prompt.model_copy(update={"template": "{{a}} {{b}}"})
    with pytest.raises(PlanFailed, match=r"1 case.*\ngood: case x-1 is a whole prompt, and prompt answer has .* a, b"):
        check_fit([good.model_copy(update={"prompt": two, "target": target})], parse_cases(whole))


def test_fails_for_own_responses_that_are_absent_or_broken() -> None:
    world = World()
    world.request(candidates=(candidate("own").model_copy(update={"target": OwnResponses(key="own.jsonl")}),))
    with pytest.raises(CallsFailed, match="GF-EVAL-119"):
        world.planner.plan("r-1")
    world.runs.write("own.jsonl", b"{}\n")
    with pytest.raises(CallsFailed, match=r"GF-EVAL-111: own\.jsonl has"):
        world.planner.plan("r-1")
    world.runs.write("own.jsonl", b'{"id": "c-1", "answer": "A"}\n')
    assert world.planner.plan("r-1")["looks"] == 2
