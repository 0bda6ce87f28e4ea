"""The invoke step, from a batch's names to responses."""

import json
from typing import Any

import pytest

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.batch import BatchRunner
from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.records import Batch, Response
from genai_runtime.evaluation.run import RunRequest
from tests.unit.evaluation.calls.memory_state import MemoryState
from tests.unit.evaluation.calls.samples import candidate, case
from tests.unit.evaluation.calls.wire import Answer, as_json, as_stream, client
from tests.unit.evaluation.planning.memory_store import MemoryStore

OWN = {"kind": "responses", "key": "own/r.jsonl"}
USE_CASE = {
    "kind": "use-case",
    "function_arn": "arn:aws:lambda:eu-west-1:222222222222:function:f",
    "use_case": "claims",
}


def answer(request: dict[str, Any]) -> Answer:
    if "/functions/" in request["path"]:
        return as_json({"outcome": "answered", "answer": "from the use case"})
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    return as_stream(
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "from the model"}}),
        ("messageStop", {"stopReason": "end_turn"}),
        ("metadata", {"usage": usage}),
    )


class World:
    """A planned run with three cases."""

    def __init__(self, **target: Any) -> None:
        self.store = MemoryStore()
        asked = candidate(target=target) if target else candidate()
        self.store.write(layout.request("r-1"), RunRequest(run="r-1", suite="s", version="0" * 64, candidates=(asked,)))
        lines = "".join(case(id=f"c-{n}").model_dump_json() + "\n" for n in range(3))
        self.store.write(layout.suite("r-1", layout.DATASET_FILE), lines.encode())
        models, self.asked = client("bedrock-runtime", answer)
        functions, self.invoked = client("lambda", answer)
        self.runner = BatchRunner(self.store, MemoryState(), models, functions, "eu-west-1")

    def run(self, *ids: str, name: str = "good", run: str = "r-1") -> dict[str, Response]:
        batch = Batch(run=run, look=1, batch=0, candidate=name, cases=ids or ("c-0", "c-1", "c-2"))
        assert self.runner.run(batch, lambda: 900).unfinished == 0
        bodies = (self.store.objects[key] for key in self.store.keys(layout.responses("r-1", "good")))
        return {each.case: each for each in map(Response.model_validate_json, bodies)}


def test_asks_the_model() -> None:
    world = World()
    assert {each.answer for each in world.run().values()} == {"from the model"}
    assert len(world.asked) == 3


def test_asks_the_use_case() -> None:
    world = World(**USE_CASE)
    assert {each.answer for each in world.run().values()} == {"from the use case"}
    assert len(world.invoked) == 3


def test_takes_own_responses() -> None:
    world = World(**OWN)
    lines = "".join(json.dumps({"id": f"c-{n}", "answer": f"own {n}"}) + "\n" for n in range(2))
    world.store.write("own/r.jsonl", lines.encode())
    found = world.run()
    assert (found["c-0"].answer, found["c-1"].answer) == ("own 0", "own 1")
    assert found["c-2"].error
    assert found["c-2"].error.code == "GF-EVAL-112"
    assert world.asked == []


def test_asks_only_what_has_no_response() -> None:
    world = World()
    world.run("c-1")
    listings = world.store.listings
    world.run()
    assert len(world.asked) == 3
    assert world.store.listings == listings + 2  # the step's own, and this test's
    world.run()
    assert len(world.asked) == 3


def test_fails_a_case_that_is_not_in_the_dataset_alone() -> None:
    found = World().run("c-0", "c-9")
    assert found["c-9"].error
    assert (found["c-9"].error.error_class, found["c-9"].error.code) == ("defect", "GF-EVAL-110")
    assert found["c-0"].answer == "from the model"


def test_fails_for_a_run_that_was_not_planned() -> None:
    with pytest.raises(CallsFailed, match="GF-EVAL-113: run r-2 has no dataset"):
        World().run(run="r-2")


def test_fails_for_an_unknown_candidate() -> None:
    with pytest.raises(CallsFailed, match=r"GF-EVAL-114: .* 'other', the run has good"):
        World().run(name="other")


def test_fails_without_the_own_responses() -> None:
    with pytest.raises(CallsFailed, match=r"GF-EVAL-119: s3://evaluation/own/r\.jsonl does not exist"):
        World(**OWN).run()
