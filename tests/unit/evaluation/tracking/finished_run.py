"""A finished run with two candidates, in a bucket in memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import CallError, Response, Usage
from genai_runtime.evaluation.run import Candidate, GuardrailId, Price, PromptText, Quota, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import (
    CandidateResult,
    Comparison,
    GateResult,
    Interval,
    LimitResult,
    MetricResult,
    RunResult,
    StratumResult,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

RUN = "quality-0001"
SUITE = """\
name: service-docs
description: Questions about AWS services
prompt: {name: grounded-answer, version: 1}
models: [nova-lite, nova-pro]
metrics:
  - {name: token-f1, gating: true, threshold: 0.6, strata: [language], options: {beta: 1}}
  - {name: refusal, threshold: 0.95}
sampling: {mode: sequential, looks: 3}
seed: 4711
"""


class MemoryStore(Store):
    """Objects of one bucket."""

    def __init__(self) -> None:
        super().__init__(cast("S3Client", None), "evaluation")
        self.objects: dict[str, bytes] = {}

    def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))


def candidate(name: str, template: str = "Answer {{question}} from {{context}}.") -> Candidate:
    """A candidate with everything set."""
    return Candidate(
        name=name,
        prompt=PromptText(name="grounded-answer", version=1, system="Be brief.", template=template, max_tokens=200),
        model="nova-lite",
        model_id="eu.amazon.nova-lite-v1:0",
        guardrail=GuardrailId(name="baseline", id="abc123", version="1"),
        quota=Quota(requests_per_minute=200),
        price=Price(input=0.00006, output=0.00024, as_of="2026-09-01"),
    )


def interval(low: float, high: float) -> Interval:
    return Interval(low=low, high=high, method="bca", confidence=0.95)


def verdict(name: str, decision: str, estimate: float) -> CandidateResult:
    """A verdict with an interval, a comparison, a stratum and a limit."""
    return CandidateResult.model_validate(
        {
            "candidate": name,
            "decision": decision,
            "reasons": ("token-f1 is above 0.6",),
            "metrics": (
                MetricResult(
                    name="token-f1",
                    kind="mean",
                    gating=True,
                    threshold=0.6,
                    cases=40,
                    undecided=0,
                    estimate=estimate,
                    interval=interval(estimate - 0.05, estimate + 0.05),
                    p_value=0.01,
                    comparison=Comparison(
                        cases=40,
                        difference=0.02,
                        interval=interval(-0.01, 0.05),
                        p_value=0.9,
                        significant=False,
                    ),
                    strata=(
                        StratumResult(
                            tag="language",
                            value="français (ÉTÉ)",
                            cases=10,
                            estimate=0.7,
                            interval=interval(0.6, 0.8),
                            decision="PROMOTE",
                        ),
                    ),
                    decision="PROMOTE",
                    reason="above",
                ),
            ),
            "limits": (
                LimitResult(
                    name="last-token-p95-ms",
                    limit=3000,
                    cases=40,
                    estimate=900,
                    interval=interval(850, 990),
                    decision="PROMOTE",
                    reason="below",
                ),
            ),
            "failed_cases": ("case-3",),
            "cases": 40,
        }
    )


def responses(name: str) -> list[Response]:
    """Nine answers and one that was throttled."""
    answered = [
        Response(
            case=f"case-{number}",
            candidate=name,
            answer="yes",
            usage=Usage(input_tokens=100, output_tokens=10),
            cost_usd=0.001,
            first_token_ms=100.0 * number,
            last_token_ms=200.0 * number,
            attempts=2,
            throttled=1,
        )
        for number in range(1, 10)
    ]
    lost = Response(
        case="case-10",
        candidate=name,
        error=CallError(error_class="throttled", code="ThrottlingException", message="slow down"),
        attempts=5,
        throttled=5,
    )
    return [*answered, lost]


def finished(run: str = RUN, labels: dict[str, str] | None = None) -> MemoryStore:
    """The run's objects as the steps before tracking leave them."""
    store = MemoryStore()
    names = ("good", "weak")
    request = RunRequest(
        run=run,
        suite="service-docs",
        version="a" * 64,
        candidates=(candidate("good"), candidate("weak", "Guess: {{question}}")),
        requested_by="ana",
        labels=labels if labels is not None else {"commit": "0f0f0f", "pull-request": "42"},
    )
    gate = GateResult(
        run=run,
        look=2,
        looks=3,
        final=True,
        decision="REJECT",
        candidates=(verdict("good", "PROMOTE", 0.8), verdict("weak", "REJECT", 0.4)),
        judge_kappa=0.71,
    )
    result = RunResult(
        run=run,
        suite="service-docs",
        version="a" * 64,
        decision="REJECT",
        gate=gate,
        started_at="2026-09-01T10:00:00Z",
        ended_at="2026-09-01T10:05:00Z",
        calls=20,
        throttled_calls=28,
        cost_usd=0.018,
    )
    store.objects = {
        layout.request(run): request.model_dump_json().encode(),
        layout.suite(run, layout.SUITE_FILE): SUITE.encode(),
        layout.result(run): result.model_dump_json().encode(),
        layout.result(run, "result.html"): b"<html></html>",
        layout.result(run, "comment.md"): b"REJECT",
    }
    for name in names:
        for each in responses(name):
            store.objects[layout.response(run, name, each.case)] = each.model_dump_json().encode()
    return store
