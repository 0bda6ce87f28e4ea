"""Section requests: ModelAccess as a use case's caller sees it, cold and warm, with a model that answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from foundation.bench.errors import BenchError
from foundation.bench.figures import Figure
from foundation.bench.run import Bench
from foundation.bench.target import SHARED, FreshTarget, fresh_target
from foundation.demo.caller import UseCaseCaller, use_case_caller
from foundation.demo.requests import DemoRequest
from foundation.demo.requests import requests as demo_requests
from foundation.demo.run import USE_CASE

STAGE: Final = "dev"
WARM_UP: Final = 10
PERCENTILES: Final = (50, 95, 99)


def requests(bench: Bench) -> list[Figure]:
    """One account on a fresh target; a request that isn't answered ends the section."""
    with fresh_target(bench) as fresh:
        bench.say(f"requests: start, bootstrap and deploy {SHARED} and {STAGE}")
        fresh.up()
        fresh.bootstrap([SHARED, STAGE])
        for stage in (SHARED, STAGE):
            fresh.deploy(stage)
        regions = _regions(bench)
        cold = [_cold(fresh, region) for region in regions]
        bench.say(f"requests: {bench.runs.requests} to {STAGE}")
        with use_case_caller(fresh.target, STAGE, regions[0], USE_CASE) as caller:
            _repeat(caller, WARM_UP)
            warm = _repeat(caller, bench.runs.requests)
    return figures(cold, warm)


def figures(cold: list[float], warm: list[tuple[float, float]]) -> list[Figure]:
    """Milliseconds of cold and warm requests. `warm` holds seconds as the caller saw them, and the model call's ms."""
    seen = tuple(1000 * seconds for seconds, _ in warm)
    model = tuple(milliseconds for _, milliseconds in warm)
    return [
        Figure("requests.warm", "warm request, as its caller sees it", "ms", seen, percentiles=PERCENTILES),
        Figure("requests.model", "of which Converse with the guardrail", "ms", model, percentiles=PERCENTILES,
               note="no simulated latency of the model"),
        Figure("requests.cold", "first request after the deployment", "ms", tuple(1000 * each for each in cold),
               note="start of the function's process included"),
    ]  # fmt: skip


def _regions(bench: Bench) -> list[str]:
    """Regions in which the use case is deployed, the primary one first."""
    names = {f"{STAGE}/UseCase-{USE_CASE}", f"{STAGE}/RecoveryUseCase-{USE_CASE}"}
    deployed = {stack.region for stack in bench.assembly.stacks if stack.path in names}
    regions = bench.settings.regions
    found = [region for region in (regions.primary.name, regions.recovery.name) if region in deployed]
    if not found:
        raise BenchError("GF-BENCH-016", f"{USE_CASE} isn't in {STAGE}: the requests need the shipped configuration")
    return found


def _cold(fresh: FreshTarget, region: str) -> float:
    with use_case_caller(fresh.target, STAGE, region, USE_CASE) as caller:
        return _ask(caller, _answered())[0]


def _repeat(caller: UseCaseCaller, times: int) -> list[tuple[float, float]]:
    request = _answered()
    return [_ask(caller, request) for _ in range(times)]


def _ask(caller: UseCaseCaller, request: DemoRequest) -> tuple[float, float]:
    result, seconds = caller.ask(dict(request.payload))
    return seconds, model_milliseconds(request, result)


def model_milliseconds(request: DemoRequest, result: Mapping[str, Any]) -> float:
    """How long the model took. Raises BenchError (GF-BENCH-017) for a request that didn't end as it should."""
    wrong = request.verdict(result)
    if wrong:
        raise BenchError("GF-BENCH-017", f"{request.name}: {wrong}: see what `foundation demo` says to it")
    return float(result["latency_ms"])


def _answered() -> DemoRequest:
    return next(each for each in demo_requests(USE_CASE) if each.expected == "answered")
