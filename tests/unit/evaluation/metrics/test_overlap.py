"""Exact and normalised match, containment, token F1 and recall against an oracle of their own."""

from __future__ import annotations

import re
import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.evaluation.metrics.making import case, score, value
from tests.unit.evaluation.metrics.texts import WORDS, picked_pairs, random_pairs, very_long

PAIRS = [*random_pairs(1000, seed=21), *picked_pairs(), (very_long(1), very_long(2))]
TEXTS = st.text(st.sampled_from("abthe AN.,!-'é字ا\u200b\n🙂"), max_size=40) | st.lists(st.sampled_from(WORDS)).map(
    " ".join
)


def oracle_tokens(text: str) -> list[str]:
    """SQuAD's definition, word by word: lower case, no ASCII punctuation, no articles between word boundaries."""
    kept = "".join("" if mark in set(string.punctuation) else mark for mark in text.lower())
    parts, word = [], ""
    for mark in [*kept, ""]:
        if mark and (mark.isalnum() or mark == "_"):
            word += mark
            continue
        parts += ["" if word in ("a", "an", "the") else word, mark if word not in ("a", "an", "the") else " " + mark]
        word = ""
    return "".join(parts).split()


def oracle_f1(answer: str, right: str) -> float:
    said, wanted = oracle_tokens(answer), oracle_tokens(right)
    if not said or not wanted:
        return float(said == wanted)
    left = list(wanted)
    hits = 0
    for token in said:
        if token in left:
            left.remove(token)
            hits += 1
    if hits == 0:
        return 0.0
    precision, recall = hits / len(said), hits / len(wanted)
    return 2 * precision * recall / (precision + recall)


def test_a_thousand_random_and_all_picked_pairs_equal_the_oracle() -> None:
    for answer, right in PAIRS[:-1]:
        asked = case(right)
        said, wanted = oracle_tokens(answer), oracle_tokens(right)
        assert value("token-f1", asked, answer) == pytest.approx(oracle_f1(answer, right), abs=1e-12), (answer, right)
        assert value("normalised-match", asked, answer) == float(said == wanted), (answer, right)
        assert value("exact-match", asked, answer) == float(answer.strip() == right.strip())


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS.filter(bool))
def test_generated_pairs_equal_the_oracle(answer: str, right: str) -> None:
    assert value("token-f1", case(right), answer) == pytest.approx(oracle_f1(answer, right), abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS.filter(bool), st.sampled_from(["en", "de", "fr", "ar", "zh-Hans", "ja", "vi", "xx"]))
def test_values_hang_together(answer: str, right: str, language: str) -> None:
    asked = case(right, tags={"language": language})
    values = {
        name: value(name, asked, answer)
        for name in ("exact-match", "normalised-match", "contains", "token-f1", "token-recall")
    }
    assert all(0 <= each <= 1 for each in values.values())
    if values["exact-match"]:
        assert set(values.values()) == {1.0}
    assert values["normalised-match"] <= values["contains"] <= values["token-recall"]
    assert values["token-f1"] <= values["token-recall"] or values["token-f1"] < 1
    assert values == {name: value(name, asked, answer) for name in values}


def test_very_long_texts() -> None:
    answer, right = PAIRS[-1]
    assert 0 < value("token-f1", case(right), answer) < 1
    assert value("token-f1", case(right), right) == 1
    assert value("contains", case("250"), answer) == 1


@pytest.mark.parametrize(
    ("language", "right", "answer"),
    [
        ("de", "der Selbstbehalt", "Selbstbehalt."),
        ("de-CH", "Ein Bucket", "bucket"),
        ("fr", "l'eau", "Eau"),
        ("fr", "l’école", "école"),
        ("es", "el límite", "¿límite?"),
        ("it", "il limite", "limite"),
        ("ar", "الكتاب", "كتاب"),
        ("zh", "北京。", "北京"),
        ("ja", "「東京」", "東京"),
        ("fr", "cafe\u0301", "café"),
    ],
)
def test_languages_have_their_own_normal_form(language: str, right: str, answer: str) -> None:
    assert value("normalised-match", case(right, tags={"language": language}), answer) == 1


def test_scripts_without_spaces_are_compared_by_character() -> None:
    right, answer = "北京是中国的首都", "首都是北京"
    assert value("token-f1", case(right), answer) == 0
    tagged = case(right, tags={"language": "zh"})
    assert value("token-f1", tagged, answer) == pytest.approx(2 * 5 / (8 + 5))
    assert value("contains", case("北京", tags={"language": "zh"}), "答案是北京。") == 1


def test_english_and_untagged_cases_are_squads() -> None:
    assert value("normalised-match", case("café"), "cafe\u0301") == 0
    assert value("normalised-match", case("«yes»"), "yes") == 0
    assert unicodedata.normalize("NFC", "cafe\u0301") == "café"
    assert re.sub(r"\W", "", "«yes»") == "yes"


def test_the_best_right_answer_counts() -> None:
    asked = case("two hundred fifty", references=["250 euros", "250"])
    assert value("exact-match", asked, " 250\n") == 1
    assert value("token-f1", asked, "it is 250") == pytest.approx(0.5)
    assert value("contains", asked, "That is 250, no more.") == 1
    assert value("contains", asked, "That is 2500.") == 0


def test_token_recall_is_the_share_of_the_reference() -> None:
    asked = case("water fire theft storm")
    assert value("token-recall", asked, "It covers fire, and storm, and many other things besides.") == 0.5
    assert value("token-recall", asked, "fire fire fire fire") == 0.25


def test_fails_below_the_share_that_the_suite_asks_of_a_case() -> None:
    from tests.unit.evaluation.metrics.making import spec

    asked = case("water fire theft storm")
    assert score(spec("token-recall", pass_at=0.5), asked, "fire storm").passed is True
    assert score(spec("token-recall", pass_at=0.6), asked, "fire storm").passed is False
