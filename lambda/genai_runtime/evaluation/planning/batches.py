"""Looks and batches: who works on which cases. Pure."""

import math
from collections.abc import Iterable, Sequence

from genai_runtime.evaluation.planning.sampling import Sample, split_evenly
from genai_runtime.evaluation.records import Batch
from genai_runtime.evaluation.run import Candidate
from genai_runtime.evaluation.suite import Sampling

SHARES = 4
"""Functions that share a candidate's look, where it is large enough. One function makes up to 64 calls at once, about 380 a
minute with answers of 10 s: a few fill the quota of a model, and more would only start up and wait for it."""
LEAST, MOST = 25, 250
"""Cases in a batch: enough to be worth a function's start, and few enough for Step Functions. A batch is the input of a
child workflow execution, at most 256 KiB; 250 ids of 100 characters are 26 kB. A child's history, at most 25,000 events,
has about 10 for each function call, so it may be called again 2,000 times; and 10,000 cases are 40 children, where a
Distributed Map runs 10,000 at once. (Step Functions developer guide, Service quotas)"""


def looks_of(sample: Sample, sampling: Sampling) -> list[tuple[str, ...]]:
    """The cases of each look: one look of a fixed sample, else the suite's number of looks of equal size.

    Consecutive parts of the sample's order are stratified as the order is, severe safety cases included.
    """
    return split_evenly(sample.asked, 1 if sampling.mode == "fixed" else sampling.looks)


def batches_of(
    run: str, look: int, cases: Sequence[str], candidates: Iterable[Candidate], *, judge: bool
) -> list[Batch]:
    """Every case of a look in exactly one batch of each candidate. The candidates take turns, so that their models' quotas
    are used side by side."""
    names = sorted(candidate.name for candidate in candidates)
    parts = split_evenly(cases, math.ceil(len(cases) / batch_size(len(cases))))
    return [
        Batch(run=run, look=look, batch=number, candidate=name, cases=part, judge=judge)
        for number, part in enumerate(parts)
        for name in names
    ]


def batch_size(cases: int) -> int:
    """Cases in a batch of a look with so many cases."""
    return min(MOST, max(LEAST, math.ceil(cases / SHARES)))


def json_lines(batches: Iterable[Batch]) -> bytes:
    """As the Distributed Map's item reader takes them (JSONL)."""
    return "".join(batch.model_dump_json() + "\n" for batch in batches).encode()
