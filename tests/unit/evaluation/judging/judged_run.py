"""A planned and answered run in memory, and a judge that grades by a rule."""

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging.ask import Inference, Reply
from genai_runtime.evaluation.judging.batch import BatchJudge, batch_judge
from genai_runtime.evaluation.records import Batch, CallError, Response, Usage
from tests.unit.evaluation.planning.memory_store import MemoryStore

RUN, BASELINE = "r1", "r0"
RUBRIC = {"question": "Is it right?", "levels": {1: "wrong", 2: "partly", 3: "mostly", 4: "right"}}
_PART = re.compile(r"\[begin ([a-z ]+) ([0-9a-f]{24})\]\n(.*?)\n\[end \1 \2\]", re.S)


def parts_of(user: str) -> dict[str, str]:
    """The marked parts of a prompt, read as a model would: by the mark that its own line ends."""
    return {name: text for name, _, text in _PART.findall(user)}


def verdict(key: str, value: object, reason: str = "because") -> str:
    return json.dumps({"reason": reason, key: value})


@dataclass
class Model:
    """Replies by a rule to (system, user); counts its calls. Thread-safe."""

    rule: Callable[[str, str], str]
    calls: list[tuple[str, str, Inference]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, system: str, user: str, inference: Inference) -> Reply:
        with self.lock:
            self.calls.append((system, user, inference))
        return Reply(self.rule(system, user), Usage(input_tokens=100, output_tokens=10), cost_usd=0.001)


def said_level(system: str, user: str) -> str:
    """Grades an answer by the last figure in it, and compares two by theirs."""
    parts = parts_of(user)
    if "answer" in parts:
        return verdict("level", int(parts["answer"][-1]))
    first, second = parts["first answer"][-1], parts["second answer"][-1]
    return verdict("better", "tie" if first == second else "first" if first > second else "second")


def suite(**changes: object) -> dict[str, object]:
    judge = {"model": "judge", "rubric": RUBRIC, "votes": 3, "pairwise": True}
    made = {
        "name": "suite", "description": "a suite", "prompt": {"name": "p", "version": 1}, "models": ["m"],
        "metrics": [
            {"name": "judge", "gating": True, "threshold": 0.5, "pass_at": 0.6},
            {"name": "judge-preference", "threshold": 0.5, "pass_at": 0.5},
        ],
        "judge": judge,
    }  # fmt: skip
    return made | changes


def planned(
    answers: Mapping[str, str | CallError],
    released: Mapping[str, str] | None = None,
    calibration: Sequence[object] = (),
    **changes: object,
) -> tuple[MemoryStore, Batch]:
    """A run with one batch whose cases have these answers, and a baseline with those."""
    store = MemoryStore()
    prompt = {
        "name": "p",
        "version": 1,
        "template": "{{question}}",
        "max_tokens": 100,
        "qualifiers": {"question": "query"},
    }
    candidate = {"name": "one", "prompt": prompt, "model": "m", "model_id": "m"}
    request: dict[str, object] = {
        "run": RUN, "suite": "suite", "version": "0" * 64, "candidates": [candidate], "judge": {"model_id": "judge-model"},
    }  # fmt: skip
    if released is not None:
        request |= {"baseline": BASELINE, "baseline_candidate": "old"}
    store.write(layout.request(RUN), json.dumps(request).encode())
    store.write(layout.suite(RUN, layout.SUITE_FILE), yaml.safe_dump(suite(**changes)).encode())
    cases = [
        {"id": case, "kind": "quality", "variables": {"question": f"question {case}?"}, "reference": "the truth",
         "context": [{"id": "p1", "text": "a passage"}], "origin": "hand-written"}
        for case in answers
    ]  # fmt: skip
    store.write(layout.suite(RUN, layout.DATASET_FILE), _lines(cases))
    if calibration:
        store.write(layout.suite(RUN, layout.CALIBRATION_FILE), _lines(calibration))
    batch = Batch(run=RUN, look=1, batch=0, candidate="one", cases=tuple(answers), judge=True)
    later = batch.model_copy(update={"batch": 1, "cases": ()})
    planned_batches = [batch.model_copy(update={"batch": 7, "judge": False}), batch, later]
    store.write(layout.batches(RUN, 1), _lines([each.model_dump() for each in planned_batches]))
    for case, answer in answers.items():
        _respond(store, RUN, "one", case, answer)
    for case, text in (released or {}).items():
        _respond(store, BASELINE, "old", case, text)
    return store, batch


def judge_of(store: MemoryStore, model: Model) -> BatchJudge:
    return batch_judge(store, RUN, lambda _: model)


def always() -> bool:
    return True


def item(name: str, label: int, said: int) -> dict[str, object]:
    """An item of the calibration that people grade `label` and `said_level` grades `said`."""
    return {"id": name, "question": "why?", "answer": f"because {said}", "labels": [label]}


def _respond(store: MemoryStore, run: str, candidate: str, case: str, answer: str | CallError) -> None:
    given = {"error": answer} if isinstance(answer, CallError) else {"answer": answer}
    store.write(layout.response(run, candidate, case), Response(case=case, candidate=candidate, **given))


def _lines(records: Sequence[object]) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()
