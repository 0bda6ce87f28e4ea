"""BLEU, chrF and ROUGE are the reference libraries' own numbers, on a thousand random pairs and on picked ones."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from genai_runtime.evaluation.metrics.ngrams import common_subsequence
from genai_runtime.evaluation.metrics.scoring import Scorer
from tests.unit.evaluation.metrics.making import NOTHING, case, response, suite, value
from tests.unit.evaluation.metrics.texts import picked_pairs, random_pairs, very_long

PAIRS = [*random_pairs(1000, seed=3), *picked_pairs()]
ROUGE = RougeScorer(["rouge1", "rouge2", "rougeL"])
ROUGE_N = RougeScorer(["rouge1", "rouge2"])  # ROUGE-L of very long texts takes minutes and gigabytes
LIBRARY: dict[str, Callable[[str, str], float]] = {
    "bleu": lambda answer, right: sacrebleu.sentence_bleu(answer, [right]).score / 100,
    "chrf": lambda answer, right: sacrebleu.sentence_chrf(answer, [right]).score / 100,
    "rouge-1": lambda answer, right: ROUGE_N.score(right, answer)["rouge1"].fmeasure,
    "rouge-2": lambda answer, right: ROUGE_N.score(right, answer)["rouge2"].fmeasure,
    "rouge-l": lambda answer, right: ROUGE.score(right, answer)["rougeL"].fmeasure,
}


def test_a_thousand_random_and_all_picked_pairs_equal_the_libraries() -> None:
    asked = [(case(right), response(answer)) for answer, right in PAIRS]
    for (answer, right), found in zip(PAIRS, Scorer(suite(*LIBRARY)).score(asked, NOTHING), strict=True):
        for score in found.scores:
            assert score.value == min(1.0, LIBRARY[score.metric](answer, right)), (score.metric, answer, right)


def test_several_right_answers_equal_the_libraries() -> None:
    for index, (answer, right) in enumerate(random_pairs(100, seed=5)):
        rights = [right, *(other for _, other in random_pairs(2, seed=1000 + index))]
        asked = case(rights[0], references=rights[1:])
        assert value("bleu", asked, answer) == min(1.0, sacrebleu.sentence_bleu(answer, rights).score / 100)
        assert value("chrf", asked, answer) == min(1.0, sacrebleu.sentence_chrf(answer, rights).score / 100)
        assert value("rouge-l", asked, answer) == ROUGE.score_multi(rights, answer)["rougeL"].fmeasure


def test_options_are_the_libraries() -> None:
    for answer, right in random_pairs(100, seed=6):
        asked = case(right)
        for tokenize in ("intl", "zh", "char", "none"):
            library = sacrebleu.sentence_bleu(answer, [right], tokenize=tokenize, lowercase=True).score / 100
            assert value("bleu", asked, answer, tokenize=tokenize, lowercase=True) == min(1.0, library)
        library = sacrebleu.sentence_chrf(answer, [right], word_order=2).score / 100
        assert value("chrf", asked, answer, word_order=2) == min(1.0, library)
        stemmed = RougeScorer(["rouge1"], use_stemmer=True).score(right, answer)["rouge1"].fmeasure
        assert value("rouge-1", asked, answer, stemmer=True) == stemmed


def test_very_long_texts_equal_the_libraries() -> None:
    answer, right = very_long(1), very_long(2)
    assert len(answer) > 80_000
    for name in ("bleu", "chrf", "rouge-1", "rouge-2"):
        assert value(name, case(right), answer) == LIBRARY[name](answer, right)
    assert 0 < value("rouge-l", case(right), answer) < 1
    assert value("rouge-l", case(right), right) == 1


def test_rouge_l_of_long_texts_equals_the_library() -> None:
    rng = random.Random(4)  # noqa: S311
    words = [f"w{index}" for index in range(40)]
    for count in (*range(90, 110), 150, 300, 1010):
        answer, right = (" ".join(rng.choice(words) for _ in range(count)) for _ in range(2))
        assert value("rouge-l", case(right), answer) == LIBRARY["rouge-l"](answer, right)


def test_common_subsequence_is_the_librarys_table() -> None:
    tokenize = DefaultTokenizer(False).tokenize
    for answer, right in random_pairs(300, seed=8):
        left, other = tokenize(right), tokenize(answer)
        shared = ROUGE.score(right, answer)["rougeL"].recall * len(left)
        assert common_subsequence(left, other) == pytest.approx(shared, abs=1e-9)


def test_rouge_knows_other_scripts_by_option() -> None:
    asked = case("北京是中国的首都")
    assert value("rouge-l", asked, "北京是中国的首都") == 0
    assert value("rouge-l", asked, "北京是中国的首都", tokenizer="unicode") == 1
    assert 0 < value("rouge-1", asked, "首都是北京", tokenizer="unicode") < 1


@pytest.mark.parametrize("name", LIBRARY)
def test_values_are_in_range_equal_texts_are_1_and_twice_is_the_same(name: str) -> None:
    for answer, right in random_pairs(200, seed=11):
        first = value(name, case(right), answer)
        assert 0 <= first <= 1
        assert value(name, case(right), answer) == first
    assert value(name, case("the excess is 250 euros"), "the excess is 250 euros") == 1
    assert value(name, case("the excess is 250 euros"), "") == 0
