"""Which cases a run asks, and in which order: stratified and seeded. Pure.

The order depends on the seed and on the cases' ids, not on their order in the file and not on a random generator of the
interpreter, so that a run can be planned again anywhere, byte for byte.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.suite import Suite

Label = tuple[str, str]
"""A tag and its value; a case without the tag has the value ''."""


@dataclass(frozen=True)
class Sample:
    """Ids of a dataset's cases."""

    asked: tuple[str, ...]
    """In the order in which they are asked, of which every part is a stratified sample."""
    rest: tuple[str, ...]
    """Not asked, in the order in which further cases would be: the next ones of a HOLD."""


def sample_of(suite: Suite, cases: Sequence[Case], wanted: int | None = None) -> Sample:
    """Draw `wanted` cases (default: the suite's sample, else all) proportionally over the strata.

    Strata are the kinds and the values of all tags that a metric names. All severe safety cases are in the sample, and at
    least one case of each stratum, even where that takes more than `wanted`. Rare strata are over-represented by at most
    that one case. Severe safety cases are spread evenly over the order, so that no look of a sequential run has more or
    less than its share of them.
    """
    tags = sorted({tag for metric in suite.metrics for tag in metric.strata})
    size = wanted or suite.sampling.cases or len(cases)
    severe = _interleaved((case for case in cases if is_severe_safety(case)), tags, suite.seed)
    others = _interleaved((case for case in cases if not is_severe_safety(case)), tags, suite.seed)
    covering = _covering(others, tags, seen={label for case in severe for label in _labels(case, tags)})
    fill = max(0, size - len(severe) - len(covering))
    chosen = covering | {case.id for case in [case for case in others if case.id not in covering][:fill]}
    asked = _interleaved((case for case in others if case.id in chosen), tags, suite.seed)
    return Sample(
        asked=tuple(case.id for case in _merged(severe, asked)),
        rest=tuple(case.id for case in others if case.id not in chosen),
    )


def is_severe_safety(case: Case) -> bool:
    """Whether a failure of this case alone rejects a candidate."""
    return case.kind == "safety" and case.severity == "severe"


def split_evenly(ids: Sequence[str], parts: int) -> list[tuple[str, ...]]:
    """Consecutive parts whose sizes differ by at most one, the larger ones first; fewer where there are fewer ids."""
    parts = max(1, min(parts, len(ids)))
    size, larger = divmod(len(ids), parts)
    ends = [size * part + min(part, larger) for part in range(parts + 1)]
    return [tuple(ids[start:end]) for start, end in pairwise(ends)]


def _interleaved(cases: Iterable[Case], tags: Sequence[str], seed: int) -> list[Case]:
    """An order of which every run of consecutive cases holds each stratum in about its share of the whole.

    Systematic sampling with a random start (Cochran, Sampling Techniques, 3rd ed., chapter 8): within its stratum a case
    has a random rank r of n, and stands at (r + u) / n of the whole, u in [0, 1) being the stratum's own start.
    """
    strata: defaultdict[tuple[Label, ...], list[Case]] = defaultdict(list)
    for case in cases:
        strata[_labels(case, tags)].append(case)
    places: list[tuple[float, str, Case]] = []
    for labels, members in strata.items():
        start = _uniform(seed, "stratum", *(part for label in labels for part in label))
        shuffled = sorted(members, key=lambda case: (_uniform(seed, "case", case.id), case.id))
        places += [((rank + start) / len(members), case.id, case) for rank, case in enumerate(shuffled)]
    return [case for _, _, case in sorted(places, key=lambda place: place[:2])]


def _merged(some: Sequence[Case], others: Sequence[Case]) -> list[Case]:
    """Both in their own order, spread evenly: every run of consecutive cases holds its share of each, give or take one."""
    placed = [
        ((rank + 0.5) / len(cases), cases is others, case)
        for cases in (some, others)
        for rank, case in enumerate(cases)
    ]
    return [case for _, _, case in sorted(placed, key=lambda place: place[:2])]


def _covering(ordered: Iterable[Case], tags: Sequence[str], seen: set[Label]) -> set[str]:
    """The first cases that bring a stratum which none before had."""
    chosen: set[str] = set()
    for case in ordered:
        new = set(_labels(case, tags)) - seen
        if new:
            chosen.add(case.id)
            seen = seen | new
    return chosen


def _labels(case: Case, tags: Sequence[str]) -> tuple[Label, ...]:
    return (("kind", case.kind), *((f"tag:{tag}", case.tags.get(tag, "")) for tag in tags))


def _uniform(*parts: object) -> float:
    """A number in [0, 1) that the parts decide."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
