"""What was run, with what and at which price: the facts at the end of the page."""

from collections.abc import Iterator
from dataclasses import dataclass

from genai_runtime.evaluation.reporting import text
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.reporting.result import run_result
from genai_runtime.evaluation.run import Candidate

Fact = tuple[str, str]


@dataclass(frozen=True)
class CandidateFacts:
    """A candidate's facts, and the prompt as it was sent."""

    name: str
    facts: tuple[Fact, ...]
    system: str
    template: str


def run_facts(data: RunData) -> tuple[Fact, ...]:
    """Facts of the run as a whole."""
    return tuple((name, text.clean(value)) for name, value in _run(data) if value)


def candidate_facts(candidate: CandidateData) -> CandidateFacts:
    """Facts of one candidate."""
    prompt = candidate.candidate.prompt
    facts = tuple((name, text.clean(value)) for name, value in _candidate(candidate) if value)
    return CandidateFacts(candidate.name, facts, text.clean(prompt.system), text.clean(prompt.template))


def _run(data: RunData) -> Iterator[Fact]:
    request, suite, gate, result = data.request, data.suite, data.gate, run_result(data)
    yield "Run", request.run
    yield "Suite", f"{request.suite}, version {request.version}"
    yield "Asked for by", request.requested_by
    yield "Started", data.started_at
    yield "Ended", data.ended_at
    asked = max((len(each.outcomes) for each in data.candidates), default=0)
    yield "Cases", f"{asked:,} of the dataset's {data.dataset_cases:,}"
    yield "Sampling", _sampling(data)
    yield "Confidence", f"{100 * suite.confidence:g} %, at least {text.count(suite.minimum_cases, 'case')}"
    yield "Seed", str(suite.seed)
    yield "Baseline", f"{request.baseline_candidate} of run {request.baseline}" if request.baseline else "none"
    yield "Calls", f"{result.calls:,}, {result.throttled_calls:,} of them throttled"
    yield "Cost", text.dollars(result.cost_usd) if result.cost_usd is not None else "unknown: no price in the catalog"
    if request.judge:
        agreement = f", kappa {gate.judge_kappa:.2f} with people's labels" if gate.judge_kappa is not None else ""
        yield "Judge", f"{request.judge.model_id}{agreement}"
    if gate.reviewer_agreement is not None:
        yield "Reviewers", f"agreement {gate.reviewer_agreement:.2f}"
    yield "Embeddings", request.embedding_model_id or ""
    if request.safety_guardrail:
        yield "Safety checks", f"guardrail {request.safety_guardrail.name}, version {request.safety_guardrail.version}"
    yield from sorted((f"Label {name}", value) for name, value in request.labels.items())


def _sampling(data: RunData) -> str:
    if data.suite.sampling.mode == "fixed":
        return "fixed"
    return f"sequential, {data.suite.sampling.spending}: decided at look {data.gate.look} of {data.gate.looks}"


def _candidate(data: CandidateData) -> Iterator[Fact]:
    candidate = data.candidate
    tokens_in, tokens_out = data.tokens
    yield "Model", f"{candidate.model}, called as {candidate.model_id}"
    yield "Prompt", f"{candidate.prompt.name}, version {candidate.prompt.version}"
    yield "Inference", _inference(candidate)
    yield "Asked through", _target(candidate)
    guardrail = candidate.guardrail
    yield "Guardrail", f"{guardrail.name}, version {guardrail.version} ({guardrail.id})" if guardrail else "none"
    yield "Price", _price(candidate)
    yield "Quota", _quota(candidate)
    yield "Tokens", f"{tokens_in:,} in, {tokens_out:,} out"
    yield "Cost", text.dollars(data.cost_usd) if data.cost_usd is not None else "unknown"
    yield "Calls", f"{data.calls:,}, {data.throttled:,} of them throttled"


def _inference(candidate: Candidate) -> str:
    prompt = candidate.prompt
    parts = [f"at most {prompt.max_tokens:,} tokens"]
    parts += [f"temperature {prompt.temperature:g}"] if prompt.temperature is not None else []
    parts += [f"top p {prompt.top_p:g}"] if prompt.top_p is not None else []
    return ", ".join(parts)


def _target(candidate: Candidate) -> str:
    target = candidate.target
    if target.kind == "use-case":
        return f"use case {target.use_case} ({target.function_arn})"
    if target.kind == "responses":
        return f"responses that were brought along ({target.key})"
    return "ConverseStream" if target.stream else "Converse"


def _price(candidate: Candidate) -> str:
    price = candidate.price
    if price is None:
        return "unknown"
    return f"${price.input:g} in, ${price.output:g} out, for 1,000 tokens, as of {price.as_of}"


def _quota(candidate: Candidate) -> str:
    quota = candidate.quota
    parts = [f"{quota.requests_per_minute:,.0f} requests"] if quota.requests_per_minute else []
    parts += [f"{quota.tokens_per_minute:,.0f} tokens"] if quota.tokens_per_minute else []
    return f"{' and '.join(parts)} a minute" if parts else "unlimited"
