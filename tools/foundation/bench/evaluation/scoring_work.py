"""What the section evaluation-scoring measures. Run as a script: `scoring_work.py CANNED ROUNDS ANSWER`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics import Services, ngrams
from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.suite import MetricSpec, Reference, Suite

METRICS: Final = ("bleu", "chrf", "rouge-1", "rouge-2", "rouge-l")
_PASS_AT: Final = 0.3  # as suites have it for such metrics: a case below it is looked at once more, for its pattern
_ROUGE: Final = {"rouge-1": "rouge1", "rouge-2": "rouge2", "rouge-l": "rougeL"}
Values = list[list[float]]
Pair = tuple[str, str]
T = TypeVar("T")


def suite(names: Sequence[str]) -> Suite:
    """A suite of metrics, for their scorer."""
    return Suite(
        name="bench",
        description="metrics alone",
        prompt=Reference(name="bench", version=1),
        models=("none",),
        metrics=tuple(MetricSpec(name=name, gating=True, threshold=0.3, pass_at=_PASS_AT) for name in names),
        baseline="none",
    )


def asked(pairs: Sequence[Pair]) -> list[tuple[Case, Response]]:
    """Reference and answer as case and response."""
    return [
        (
            Case(id=f"case-{number}", kind="quality", prompt="none", reference=reference, origin="generated"),
            Response(case=f"case-{number}", candidate="bench", answer=answer),
        )
        for number, (reference, answer) in enumerate(pairs)
    ]


def with_scorer(scorer: Scorer, given: Sequence[tuple[Case, Response]]) -> Values:
    """Values by case, in the order of METRICS."""
    return [[score.value or 0.0 for score in case.scores] for case in scorer.score(given, Services())]


class Libraries:
    """The same metrics as their documentation says: each scorer made once, ROUGE's three types in one call."""

    def __init__(self) -> None:
        self._bleu, self._chrf = BLEU(effective_order=True), CHRF()
        self._rouge = RougeScorer(list(_ROUGE.values()))

    def __call__(self, pairs: Sequence[Pair]) -> Values:
        return [self._one(reference, answer) for reference, answer in pairs]

    def _one(self, reference: str, answer: str) -> list[float]:
        rouge = self._rouge.score(reference, answer)
        return [
            self._bleu.sentence_score(answer, [reference]).score / 100,
            self._chrf.sentence_score(answer, [reference]).score / 100,
            *(float(rouge[kind].fmeasure) for kind in _ROUGE.values()),
        ]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """A result, and the CPU seconds that it took."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


def main(canned: Path, rounds: int, answer: Path) -> None:
    """Both sides in turn."""
    lines = [json.loads(line) for line in canned.read_text(encoding="utf-8").splitlines()]
    pairs: list[Pair] = [(line["reference"], line["answer"]) for line in lines]
    scorer, given, libraries = Scorer(suite(METRICS)), asked(pairs), Libraries()
    ours: list[float] = []
    theirs: list[float] = []
    difference = 0.0
    for number in range(rounds + 1):
        mine, seconds = timed(lambda: with_scorer(scorer, given))
        # sacrebleu keeps split texts of the round before; ours have been dropped with the batch.
        ngrams.forget()
        direct, others = timed(lambda: libraries(pairs))
        ngrams.forget()
        difference = max(
            difference, *(abs(a - b) for x, y in zip(mine, direct, strict=True) for a, b in zip(x, y, strict=True))
        )
        if number:
            ours.append(seconds)
            theirs.append(others)
    answer.write_text(json.dumps({"ours": ours, "libraries": theirs, "difference": difference}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
