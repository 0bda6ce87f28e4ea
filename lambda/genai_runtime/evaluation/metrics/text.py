"""Texts as metrics compare them: normal forms, tokens, sentences, content words.

English and untagged cases are normalised as by SQuAD's evaluation (Rajpurkar et al. 2016), other languages as by MLQA's
(Lewis et al. 2020): punctuation of all scripts, the language's articles, and one token per character in scripts that
don't separate words.
"""

import re
import string
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from genai_runtime.evaluation.case import Case

ENGLISH: Final = "en"
LANGUAGE_TAG: Final = "language"
_SEVERAL = 256  # texts that are kept: a case's answer, references and passages, each used by several metrics

_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES: Mapping[str, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:a|an|the)\b"),
    "de": re.compile(r"\b(?:der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines)\b"),
    "es": re.compile(r"\b(?:el|la|los|las|un|una|unos|unas)\b"),
    "fr": re.compile(r"\b(?:le|la|les|un|une|des)\b"),
    "it": re.compile(r"\b(?:il|lo|la|i|gli|le|un|uno|una)\b"),
    "pt": re.compile(r"\b(?:o|a|os|as|um|uma|uns|umas)\b"),
    "nl": re.compile(r"\b(?:de|het|een)\b"),
    "sv": re.compile(r"\b(?:en|ett|den|det|de)\b"),
    "vi": re.compile(r"\b(?:của|là|cái|chiếc|những)\b"),
    "ar": re.compile(r"\bال"),
}
_ELIDED = re.compile(r"\bl['’]")  # French and Italian: the article is glued to its noun
_ELIDING = frozenset({"fr", "it"})

# Kana, CJK ideographs; Thai, Lao, Myanmar, Khmer: scripts that write words without spaces.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_MIXED = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_WITHOUT_SPACES = frozenset({"zh", "ja", "th", "lo", "my", "km", "yue"})
_SENTENCE_END = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])|\n+")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_DIGIT = re.compile(r"\d")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+")
_MARKS_END = 0x20000  # beyond it are ideographs, tags and private use: no punctuation, no symbols
_STEM = 5
_SHORTEST = 4
_SHORTEST_NOT_ASCII = 3  # Arabic, Hebrew, Korean: words are shorter


def locale_of(case: Case) -> str:
    """The case's language tag in lower case with hyphens, e.g. de-ch; English where it has none."""
    return case.tags.get(LANGUAGE_TAG, ENGLISH).strip().lower().replace("_", "-") or ENGLISH


def language_of(case: Case) -> str:
    """Primary language of the tag: de for de-CH."""
    return locale_of(case).split("-", 1)[0]


@lru_cache(_SEVERAL)
def normalise(text: str, language: str = ENGLISH) -> str:
    """Lower case, without punctuation and articles, single spaces."""
    lowered = text.lower()
    if language == ENGLISH:
        plain = lowered.translate(_ASCII_PUNCTUATION)
    else:
        # MLQA compares code points; accents may be written in two ways.
        lowered = unicodedata.normalize("NFC", lowered)
        lowered = _ELIDED.sub(" ", lowered) if language in _ELIDING else lowered
        plain = lowered.translate(_punctuation())
    articles = _ARTICLES.get(language)
    return " ".join((articles.sub(" ", plain) if articles else plain).split())


@lru_cache(_SEVERAL)
def tokens(text: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Tokens of the normal form."""
    normal = normalise(text, language)
    return tuple(_MIXED.findall(normal) if language in _WITHOUT_SPACES else normal.split())


@cache
def _punctuation() -> dict[int, None]:
    """Code points of punctuation in all scripts (category P), and ASCII's symbols, which SQuAD removes too."""
    found = {point for point in range(_MARKS_END) if unicodedata.category(chr(point)).startswith("P")}
    return dict.fromkeys(found | {ord(mark) for mark in string.punctuation})


@cache
def _marks() -> dict[int, str]:
    """Punctuation and symbols (categories P and S) to spaces."""
    return {point: " " for point in range(_MARKS_END) if unicodedata.category(chr(point))[0] in "PS"}


def fold(text: str) -> str:
    """For comparing without regard to case, width and invisible characters (NFKC, case folding, category Cf out)."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(mark for mark in folded if unicodedata.category(mark) != "Cf").replace("’", "'")


@lru_cache(_SEVERAL)
def sentences(text: str) -> tuple[str, ...]:
    """Sentences and lines, by their closing marks."""
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


@lru_cache(_SEVERAL)
def content(text: str) -> frozenset[str]:
    """What a text says, as a set: numbers and names whole, longer words by their first five letters, text of scripts
    without spaces as pairs of characters.

    Truncation stands in for stemming in every language; pairs for words (McNamee and Mayfield 2004, Character n-gram
    tokenization for European language text retrieval). Words of fewer than four letters carry grammar and are left out.
    """
    found: set[str] = set()
    for word in words(fold(text)):
        if has_digit(word) or _UNSPACED_RUN.match(word):
            found.add(word)
        elif len(word) >= (_SHORTEST if word.isascii() else _SHORTEST_NOT_ASCII):
            found.add(word[:_STEM])
    return frozenset(found)


def words(text: str) -> list[str]:
    """Words of all scripts; pairs of characters in scripts without spaces."""
    plain = text.translate(_marks())
    if plain.isascii():
        return plain.split()
    found: list[str] = []
    for word in _RUN.findall(plain):
        if _UNSPACED_RUN.match(word):
            found += [word[i : i + 2] for i in range(max(len(word) - 1, 1))]
        else:
            found.append(word)
    return found


def has_digit(word: str) -> bool:
    """Whether a word holds a figure."""
    return _DIGIT.search(word) is not None
