"""Words, sentences and their weights: the common ground of the reader, the guardrails and the embeddings.

Everything lexical here works on folded words: lower case, no accents, a light English stem. It knows no synonyms.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?。])[\"')\]]*\s+(?=[\"'(\[]*[^\Wa-z_])|\n\s*[-*•]\s+|\n{1,}")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|mr|mrs|ms|dr|prof|st|no|nr|art|approx|etc|vs|z\.b|bzw|ca|inc|ltd|[a-z])\.$", re.I
)

_ENDINGS = (
    ("ies", "y", 3), ("sses", "ss", 3), ("ing", "", 3), ("edly", "", 3), ("ed", "", 3), ("es", "", 3), ("s", "", 3),
    ("ly", "", 3),
)  # fmt: skip
"""Ending, what takes its place, letters that must be left."""

_STOP_WORDS = (
    # English
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me may my no "
    "not of on or our please s shall should so t than that the their them then there these they this those to up us was we "
    "were what when where which who whom whose why will with would you your about am any give show tell let just also",
    # German
    "aber als am an auch auf aus bei bin bis bitte da das dass dein dem den der des die dies doch ein eine einem einen einer "
    "eines er es fur hat haben habe ich ihr im in ist kann kein keine man mein mich mir mit nach nicht noch oder sein sich "
    "sie sind so um und uns unser von vor war was wann warum welche welcher welches wenn wer wie wir wird wo zu zum zur",
    # French
    "au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur lui ma mais mes mon ne nos notre "
    "nous ou par pas pour qu que quel quelle quels qui sa se ses son sur ta te tes toi ton tu un une vos votre vous",
    # Spanish
    "al como con cual cuando de del donde el ella en es esta este la las lo los mas mi muy no nos o para pero por que quien "
    "se si sin sobre su sus te un una y yo",
)
STOP_WORDS = frozenset(" ".join(_STOP_WORDS).split())


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Lower case without accents (`Übergröße` -> `ubergrosse`)."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A folded word without its commonest English endings; consistent rather than linguistic."""
    word = fold(word).replace("’", "'").removesuffix("'s")
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, left, shortest in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= shortest and not (ending == "s" and base[-1] in "su"):
            word = base + left
            break
    for ending in ("ation", "ment"):
        base = word.removesuffix(ending)
        word = base if len(base) >= 4 else word
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def words(text: str) -> list[str]:
    """Stemmed words in their order, stop words included."""
    return [stem(match) for match in _WORD.findall(text)]


def terms(text: str) -> list[str]:
    """Stemmed content words in their order."""
    return [stem(match) for match in _WORD.findall(text) if fold(match) not in STOP_WORDS]


def sentences(text: str) -> list[str]:
    """The sentences, list items and lines of a text, without surrounding white space."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if "\n" not in end.group() and _ABBREVIATION.search(text[start : end.start()]):
            continue
        found.append(text[start : end.start()])
        start = end.end()
    found.append(text[start:])
    cleaned = (sentence.strip().lstrip("-*•").strip() for sentence in found)
    return [sentence for sentence in cleaned if sentence]


def weights(passages: Sequence[Iterable[str]]) -> dict[str, float]:
    """A term's inverse document frequency over passages: ln(1 + N / document frequency)."""
    frequency = Counter(term for passage in passages for term in set(passage))
    return {term: math.log(1 + len(passages) / found) for term, found in frequency.items()}


def coverage(wanted: Iterable[str], given: Iterable[str], weight: Mapping[str, float], unseen: float) -> float:
    """The weighted share of the wanted terms that are given, 0 to 1; `unseen` weighs a term without a weight."""
    asked = set(wanted)
    total = sum(weight.get(term, unseen) for term in asked)
    return sum(weight.get(term, unseen) for term in asked & set(given)) / total if total else 0.0
