"""Two watches on a limit: one over all requests, and one that begins again whenever all is well. Pure.

Evidence over a long good time has to be outweighed before a late degradation shows: after 5,000 requests of 1 %, a share of
20 % takes 1,800 more to be noticed at a limit of 5 %. A watch that begins again takes 140. Its j-th beginning may err with
alpha / (j (j + 1)), which all together is its alpha; beginnings are chosen by what was observed before them, so that each is
a confidence sequence of its own (module `sequence`), and by the union bound the error of both watches is alpha at most.
"""

from dataclasses import dataclass
from math import log
from typing import Final

from genai_runtime.live.online.records import Watch
from genai_runtime.live.online.sequence import log_evidence, lower_bound

WHOLE: Final = 0.9
"""Part of alpha of the watch over all requests; the rest is the other's. Costs the first 0.1 nats: 2 % of its delay."""
WELL: Final = 0.3
"""Evidence at which all is well."""
EVERY: Final = 25
"""Requests between two looks at whether it is."""


@dataclass(frozen=True)
class Found:
    """What a watch saw.

    :param bound: the true share is above this with the watch's confidence
    :param since: how many were counted before the watch began
    """

    bad: int
    of: int
    bound: float
    since: int


def found(watch: Watch, bad: int, of: int, limit: float, alpha: float) -> Found | None:
    """What the counts of a limit show of its breach; None when nothing does."""
    recent = alpha * (1 - WHOLE) / (watch.number * (watch.number + 1))
    for level, since_bad, since in ((alpha * WHOLE, 0, 0), (recent, watch.bad, watch.of)):
        some, all_ = bad - since_bad, of - since
        if some > limit * all_ and log_evidence(some, all_ - some, limit) >= -log(level):
            return Found(some, all_, lower_bound(some, all_ - some, level), since)
    return None


def going_on(watch: Watch, bad: int, of: int, limit: float) -> Watch:
    """The watch after these counts: a new one when all is well."""
    some, all_ = bad - watch.bad, of - watch.of
    if all_ == 0 or all_ % EVERY or log_evidence(some, all_ - some, limit) > log(WELL):
        return watch
    return Watch(number=watch.number + 1, bad=bad, of=of)
