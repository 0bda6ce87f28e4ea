"""A run whose answers were scored, for the gate to decide."""

from collections.abc import Callable

import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.planning.batches import json_lines
from genai_runtime.evaluation.records import Batch, CallError, Response, Score, ScoredBatch, ScoredCase, Usage
from genai_runtime.evaluation.run import Candidate, Price, PromptText, RunRequest
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.verdict import GateResult, MetricResult
from tests.unit.evaluation.gate.runs import cases_of, gating, ids, suite_of
from tests.unit.evaluation.planning.memory_store import MemoryStore

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
