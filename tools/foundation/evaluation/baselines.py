"""Which run is released for a suite: what candidates are compared with."""

from __future__ import annotations

import json

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.runs import Runs
from genai_runtime.evaluation import requests


def released(runs: Runs, suite: str) -> tuple[str, str] | None:
    """Run and candidate that are released for the suite, if there are."""
    return requests.released(runs.store, suite)


def release(runs: Runs, run: str, candidate: str | None = None) -> tuple[str, str]:
    """Make a promoted candidate the baseline of its suite; returns suite and candidate.

    Raises EvaluationError GF-EVAL-430 when there is no such result, 431 when the candidate wasn't promoted.
    """
    result = runs.result(run)
    if result is None:
        raise EvaluationError("GF-EVAL-430", f"there is no finished run {run}: see `foundation eval run`")
    by_name = {each.candidate: each for each in result.gate.candidates}
    chosen = candidate or next(iter(by_name))
    if chosen not in by_name or by_name[chosen].decision != "PROMOTE":
        promoted = [name for name, each in by_name.items() if each.decision == "PROMOTE"]
        raise EvaluationError(
            "GF-EVAL-431",
            f"candidate {chosen} of run {run} was not promoted: name one of {', '.join(promoted) or 'none was'}",
        )
    runs.store.write(requests.baseline_key(result.suite), json.dumps({"run": run, "candidate": chosen}).encode())
    return result.suite, chosen
