"""Agreement of the judge with people, and of people with each other. Needs statsmodels: the layer `statistics`.

statsmodels is imported with the first agreement: it brings pandas along, and most runs have neither judge nor reviewers.

Cohen's kappa with the large-sample interval of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72, 323-327), which
is too narrow with few items or near 1; quadratic weights by Fleiss and Cohen (1973, Educational and Psychological
Measurement 33, 613-619); Fleiss' kappa (1971, Psychological Bulletin 76, 378-382).
"""

import math
from collections.abc import Sequence
from statistics import median_low

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from genai_runtime.evaluation.judging.records import Agreement, Calibration, Kappa, ReviewerAgreement
from genai_runtime.evaluation.suite import JudgeSpec

Table = npt.NDArray[np.float64]

MINIMUM_ITEMS = 20
"""Fewer items say nothing about a judge: with 20 and a kappa of 0.8 the 95 % interval is about 0.55 to 1."""


def judge_agreement(calibration: Calibration | None, spec: JudgeSpec, confidence: float = 0.95) -> Agreement:
    """The agreement of a run's judge with people's median level, and whether its metrics can gate."""
    items = calibration.items if calibration else ()
    levels = tuple(sorted(spec.rubric.levels))
    pairs = [(median_low(item.people), item.judge) for item in items]
    table = confusion(pairs, levels)
    judged = table[: len(levels), : len(levels)]
    kappa = _cohen(table, confidence)
    minimum = spec.minimum_kappa
    reason = _refusal(len(items), kappa.estimate, minimum)
    return Agreement(
        items=len(items),
        unjudged=sum(judge is None for _, judge in pairs),
        levels=levels,
        confusion=tuple(tuple(int(count) for count in row) for row in table[: len(levels)]),
        observed=sum(people == judge for people, judge in pairs) / len(pairs) if pairs else None,
        kappa=kappa,
        weighted=_cohen(judged, confidence, scores=levels),
        people=people_agreement([item.people for item in items], levels),
        minimum=minimum,
        can_gate=not reason,
        reason=reason or f"kappa {kappa.estimate:.2f} with people reaches the suite's {minimum:.2f}",
    )


def confusion(pairs: Sequence[tuple[int, int | None]], levels: Sequence[int]) -> Table:
    """Counts of (people's level, judge's level), square, with a last row and column for no verdict."""
    place: dict[int | None, int] = {level: index for index, level in enumerate(levels)} | {None: len(levels)}
    table = np.zeros((len(levels) + 1, len(levels) + 1))
    for people, judge in pairs:
        table[place[people], place[judge]] += 1
    return table


def reviewer_agreement(
    ratings: Sequence[Sequence[int]], levels: Sequence[int], confidence: float = 0.95
) -> ReviewerAgreement | None:
    """Agreement of reviewers; `ratings` has one row per answer and one column per reviewer. None for a single reviewer."""
    reviewers = len(ratings[0]) if ratings else 0
    if reviewers < 2:
        return None
    if reviewers == 2:
        table = confusion([(row[0], row[1]) for row in ratings], sorted(levels))
        kappa = _cohen(table, confidence)
        return ReviewerAgreement(method="cohen", reviewers=2, items=len(ratings), kappa=kappa)
    kappa = Kappa(estimate=_fleiss(ratings, levels))
    return ReviewerAgreement(method="fleiss", reviewers=reviewers, items=len(ratings), kappa=kappa)


def people_agreement(labels: Sequence[Sequence[int]], levels: Sequence[int]) -> float | None:
    """Fleiss' kappa over the items that most people labelled alike often; None where no two labelled one item."""
    most = max((len(each) for each in labels), default=0)
    full = [each for each in labels if len(each) == most]
    return _fleiss(full, levels) if most > 1 else None


def _cohen(table: Table, confidence: float, scores: Sequence[int] | None = None) -> Kappa:
    total = table.sum()
    if not total or _one_level(table):
        return Kappa(estimate=None)
    from statsmodels.stats.inter_rater import cohens_kappa

    weighted = {} if scores is None else {"weights": np.asarray(scores, float), "wt": "quadratic"}
    with np.errstate(invalid="ignore", divide="ignore"):  # a variance of 0 may come out as -1e-17
        result = cohens_kappa(table, **weighted)
    error = math.sqrt(max(0.0, float(result.var_kappa))) * -float(ndtri((1 - confidence) / 2))
    estimate = float(result.kappa)
    return Kappa(estimate=estimate, low=max(-1.0, estimate - error), high=min(1.0, estimate + error))


def _one_level(table: Table) -> bool:
    """Whether both raters used one and the same level only: kappa is 0/0."""
    return bool((table.diagonal() == table.sum()).any())


def _fleiss(ratings: Sequence[Sequence[int]], levels: Sequence[int]) -> float | None:
    places = {level: index for index, level in enumerate(sorted(levels))}
    data = np.array([[places[level] for level in row] for row in ratings])
    if len(np.unique(data)) < 2:
        return None
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    counts, _ = aggregate_raters(data, n_cat=len(places))
    return float(fleiss_kappa(counts))


def _refusal(items: int, kappa: float | None, minimum: float) -> str:
    """Why the judge can't gate; empty where it can."""
    if not items:
        return "the judge wasn't calibrated: add calibration.jsonl with people's levels to the suite"
    if items < MINIMUM_ITEMS:
        return f"{items} calibration items are too few to trust a judge: label at least {MINIMUM_ITEMS}"
    if kappa is None:
        return "people and the judge used one and the same level: add calibration items of other levels"
    if kappa < minimum:
        return f"kappa {kappa:.2f} with people is below the suite's {minimum:.2f}: correct the rubric or take another judge"
    return ""
