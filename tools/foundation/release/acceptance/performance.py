"""A load on the deployed release: how long callers wait, and how often they get nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any, Final

from foundation.release.acceptance.caller import Answer, Caller
from foundation.release.acceptance.inputs import Ask, TestedUseCase
from foundation.release.acceptance.results import Test
from genai_runtime.evaluation.gate.limits import P95, percentile_interval
from genai_runtime.evaluation.gate.rates import Rate
from stacks.settings.platform import Performance

ERROR: Final = 0.05
"""Of the percentile's upper bound, one-sided."""


def performance(
    caller: Caller, use_cases: Sequence[TestedUseCase], wanted: Performance
) -> tuple[list[Test], dict[str, Any]]:
    """Tests and figures of a load of `wanted.requests`, spread over use cases and prompts.

    `wanted.concurrency` requests at once come before it: each starts an environment of the function. Their failures count,
    their times don't: one cold start would be the upper bound of a percentile of 60.
    """
    plan = spread(use_cases, wanted.requests)
    with ThreadPoolExecutor(wanted.concurrency) as pool:

        def ask(plan: Sequence[Ask]) -> list[Answer]:
            return list(pool.map(lambda each: caller.ask(each.use_case, each.payload("release-load")), plan))

        warm_up = ask(plan[: wanted.concurrency])
        return judge(plan, ask(plan), wanted, warm_up)


def spread(use_cases: Sequence[TestedUseCase], requests: int) -> list[Ask]:
    """Each use case and prompt in turn, each with its next text."""
    sources = [cycle(asks) for use_case in use_cases for asks in use_case.asks.values()]
    return [next(source) for source in islice(cycle(sources), requests)]


def judge(
    plan: Sequence[Ask], answers: Sequence[Answer], wanted: Performance, warm_up: Sequence[Answer] = ()
) -> tuple[list[Test], dict[str, Any]]:
    """The 95th percentile counts by its upper bound, the share of failures as it is: both limits are of this load."""
    milliseconds = sorted(1000 * answer.seconds for answer in answers)
    low, high = percentile_interval(milliseconds, P95, ERROR)
    estimate = milliseconds[math.ceil(P95 * len(milliseconds)) - 1]
    every = [*warm_up, *answers]
    failed = [answer for answer in every if answer.outcome == "failed"]
    share = len(failed) / len(every)
    least, most = Rate(len(failed), len(every)).interval(ERROR)
    figures = {
        "requests": len(answers),
        "concurrency": wanted.concurrency,
        "warm_up": {
            "requests": len(warm_up), "slowest_ms": _rounded(max((1000 * each.seconds for each in warm_up), default=None)),
        },
        "p95_ms": {"estimate": round(estimate, 1), "low": round(low, 1), "high": _rounded(high), "limit": wanted.p95_ms},
        "p50_ms": round(milliseconds[math.ceil(0.5 * len(milliseconds)) - 1], 1),
        "failed": {
            "requests": len(failed), "share": share, "limit": wanted.failed_share,
            "low": round(least, 4), "high": round(most, 4),
            "codes": dict(Counter(answer.said() for answer in failed)),
        },
        "outcomes": dict(Counter(answer.outcome for answer in answers)),
        "use_cases": dict(Counter(ask.use_case for ask in plan)),
    }  # fmt: skip
    seconds = sum(milliseconds) / 1000
    return [
        Test("performance", "95th percentile", seconds, _percentile_problem(estimate, high, len(answers), wanted)),
        Test("performance", "share of failed requests", 0.0, _share_problem(share, len(failed), len(every), wanted)),
    ], figures


def _percentile_problem(estimate: float, high: float | None, requests: int, wanted: Performance) -> str:
    if high is None:
        least = math.ceil(math.log(ERROR) / math.log(P95))
        return (
            f"{requests} requests give no upper bound of a 95th percentile: set release.performance.requests to {least}"
        )
    if high > wanted.p95_ms:
        return f"the 95th percentile is {estimate:.0f} ms and may be as much as {high:.0f} ms, the limit is {wanted.p95_ms} ms"
    return ""


def _share_problem(share: float, failed: int, requests: int, wanted: Performance) -> str:
    if share <= wanted.failed_share:
        return ""
    return f"{failed} of {requests} requests failed ({share:.1%}), the limit is {wanted.failed_share:.1%}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
