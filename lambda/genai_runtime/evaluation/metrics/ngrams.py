"""Metrics on n-grams, by their reference libraries: BLEU and chrF by sacrebleu, ROUGE by rouge-score.

The libraries are imported with the first answer that needs them: rouge-score brings NLTK along.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, Options
from genai_runtime.evaluation.metrics.registry import metric
from genai_runtime.evaluation.metrics.text import fold, words

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

_BLEU, _CHRF = ("sacrebleu.metrics.bleu",), ("sacrebleu.metrics.chrf",)
_ROUGE = ("rouge_score.rouge_scorer", "rouge_score.scoring", "rouge_score.tokenizers")
_PERCENT = 100.0
_KEPT_TEXTS = 64
# rouge-score fills a table of all pairs of tokens: some 0.1 µs and 8 bytes each, minutes and gigabytes for very long
# texts. Beyond a millisecond's worth the same length is found bit-parallel.
_LARGEST_TABLE = 10_000


class BleuOptions(Options):
    """Options of sacrebleu's BLEU."""

    tokenize: Literal["13a", "intl", "zh", "char", "none"] = "13a"
    """`zh` or `char` for languages without spaces."""
    lowercase: bool = False


class ChrfOptions(Options):
    """Options of sacrebleu's chrF."""

    word_order: int = Field(default=0, ge=0, le=2)
    """2 is chrF++."""


class RougeOptions(Options):
    """Options of rouge-score."""

    stemmer: bool = False
    """Porter's, English."""
    tokenizer: Literal["default", "unicode"] = "default"
    """`default` knows only a-z and 0-9: answers in other scripts have no tokens, and score 0. `unicode` takes words of all
    scripts, and pairs of characters in those without spaces."""


@metric("bleu", kind="mean", needs="reference", options=BleuOptions, imports=_BLEU)
def bleu(case: Case, answer: str, context: Context) -> float:
    """sacrebleu's sentence BLEU (exponential smoothing, effective order) against all right answers, by 100."""
    options = context.read(BleuOptions)
    scored = _bleu(options.tokenize, options.lowercase).sentence_score(answer, case.right_answers)
    return min(1.0, float(scored.score) / _PERCENT)  # 100.00000000000004 for equal texts


@metric("chrf", kind="mean", needs="reference", options=ChrfOptions, imports=_CHRF)
def chrf(case: Case, answer: str, context: Context) -> float:
    """sacrebleu's sentence chrF2 (characters up to 6-grams), the best over the right answers, by 100."""
    scored = _chrf(context.read(ChrfOptions).word_order).sentence_score(answer, case.right_answers)
    return min(1.0, float(scored.score) / _PERCENT)


@metric("rouge-1", kind="mean", needs="reference", options=RougeOptions, imports=_ROUGE)
def rouge_1(case: Case, answer: str, context: Context) -> float:
    """rouge-score's ROUGE-1 F-measure, the best over the right answers."""
    return _rouge("rouge1", context.read(RougeOptions)).best(case.right_answers, answer)


@metric("rouge-2", kind="mean", needs="reference", options=RougeOptions, imports=_ROUGE)
def rouge_2(case: Case, answer: str, context: Context) -> float:
    """rouge-score's ROUGE-2 F-measure, the best over the right answers."""
    return _rouge("rouge2", context.read(RougeOptions)).best(case.right_answers, answer)


@metric("rouge-l", kind="mean", needs="reference", options=RougeOptions, imports=_ROUGE)
def rouge_l(case: Case, answer: str, context: Context) -> float:
    """rouge-score's ROUGE-L F-measure (longest common subsequence), the best over the right answers."""
    return _rouge("rougeL", context.read(RougeOptions)).best(case.right_answers, answer)


def forget() -> None:
    """Drop the texts that sacrebleu keeps: up to 65,536 for each tokenizer, whatever their size."""
    if _bleu.cache_info().currsize:
        from sacrebleu.tokenizers import tokenizer_13a, tokenizer_char, tokenizer_intl, tokenizer_re, tokenizer_zh

        kept: tuple[Any, ...] = (
            tokenizer_13a.Tokenizer13a,
            tokenizer_re.TokenizerRegexp,
            tokenizer_intl.TokenizerV14International,
            tokenizer_zh.TokenizerZh,
            tokenizer_char.TokenizerChar,
        )
        for tokenizer in kept:
            tokenizer.__call__.cache_clear()


@cache
def _bleu(tokenize: str, lowercase: bool) -> "BLEU":
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=tokenize, lowercase=lowercase, effective_order=True)


@cache
def _chrf(word_order: int) -> "CHRF":
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(word_order=word_order)


class _Tokenizer:
    """A tokenizer of rouge-score that keeps its last results: three ROUGE metrics see the same texts."""

    def __init__(self, options: RougeOptions) -> None:
        from rouge_score.tokenizers import DefaultTokenizer

        split = _unicode_words if options.tokenizer == "unicode" else DefaultTokenizer(options.stemmer).tokenize
        self.tokenize = lru_cache(_KEPT_TEXTS)(split)


class _Rouge:
    """One type of ROUGE."""

    def __init__(self, kind: str, tokenizer: _Tokenizer) -> None:
        from rouge_score.rouge_scorer import RougeScorer

        self._kind = kind
        self._tokenizer = tokenizer
        self._scorer = RougeScorer([kind], tokenizer=tokenizer)

    def best(self, targets: Sequence[str], prediction: str) -> float:
        """The best F-measure over the targets."""
        return max(self._f(target, prediction) for target in targets)

    def _f(self, target: str, prediction: str) -> float:
        if self._kind == "rougeL":
            right, said = self._tokenizer.tokenize(target), self._tokenizer.tokenize(prediction)
            if len(right) * len(said) > _LARGEST_TABLE:
                return _rouge_l_of_long(right, said)
        return float(self._scorer.score(target, prediction)[self._kind].fmeasure)


@cache
def _tokenizer(options: RougeOptions) -> _Tokenizer:
    return _Tokenizer(options)


@cache
def _rouge(kind: str, options: RougeOptions) -> _Rouge:
    return _Rouge(kind, _tokenizer(options))


def _unicode_words(text: str) -> list[str]:
    return words(fold(text))


def _rouge_l_of_long(right: Sequence[str], said: Sequence[str]) -> float:
    from rouge_score.scoring import fmeasure

    common = common_subsequence(right, said)
    return float(fmeasure(common / len(said), common / len(right)))


def common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence, one machine word for 64 pairs (Hyyrö 2004, Bit-parallel LCS-length
    computation revisited)."""
    where: dict[str, int] = {}
    for index, token in enumerate(left):
        where[token] = where.get(token, 0) | 1 << index
    full = (1 << len(left)) - 1
    row = full
    for token in right:
        matched = row & where.get(token, 0)
        row = (row + matched | row - matched) & full
    return len(left) - row.bit_count()
