"""deepeval on the canned answers, without a model: exact match, ROUGE-1 and BLEU. `deepeval_work.py CANNED ANSWER`.

Runs in an environment of its own. BLEU is sacrebleu's: deepeval's own needs a tokenizer that NLTK downloads.
"""

# mypy: disable-error-code="import-not-found, misc, no-any-return"
# The packages are in the peer's environment only.

from __future__ import annotations

import json
import sys
from pathlib import Path

from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import BaseMetric, ExactMatchMetric
from deepeval.scorer import Scorer
from deepeval.test_case import LLMTestCase
from sacrebleu.metrics.bleu import BLEU


class Rouge(BaseMetric):
    """ROUGE-1 by deepeval's scorer."""

    def __init__(self) -> None:
        self.threshold = 0.3

    def measure(self, test_case: LLMTestCase) -> float:
        self.score = Scorer.rouge_score(test_case.expected_output, test_case.actual_output, "rouge1")
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, test_case: LLMTestCase) -> float:
        return self.measure(test_case)

    def is_successful(self) -> bool:
        return self.success

    @property
    def __name__(self) -> str:
        return "ROUGE-1"


class Bleu(Rouge):
    """Sentence BLEU."""

    def __init__(self) -> None:
        self.threshold = 0.1
        self._bleu = BLEU(effective_order=True)

    def measure(self, test_case: LLMTestCase) -> float:
        self.score = self._bleu.sentence_score(test_case.actual_output, [test_case.expected_output]).score / 100
        self.success = self.score >= self.threshold
        return self.score

    @property
    def __name__(self) -> str:
        return "BLEU"


def main(canned: Path, answer: Path) -> None:
    """Evaluate all lines; write how many were, and how many matched exactly."""
    lines = [json.loads(line) for line in canned.read_text(encoding="utf-8").splitlines()]
    cases = [
        LLMTestCase(input=each["question"], actual_output=each["answer"], expected_output=each["reference"])
        for each in lines
    ]
    result = evaluate(
        cases,
        [ExactMatchMetric(), Rouge(), Bleu()],
        async_config=AsyncConfig(run_async=False),
        display_config=DisplayConfig(show_indicator=False, print_results=False),
        cache_config=CacheConfig(write_cache=False, use_cache=False),
    )
    exact = sum(bool(found.metrics_data and found.metrics_data[0].success) for found in result.test_results)
    answer.write_text(json.dumps({"cases": len(result.test_results), "exact": exact}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
