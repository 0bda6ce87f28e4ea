"""Texts that break naive code: random ones over many scripts, and picked ones."""

from __future__ import annotations

import itertools
import random

WORDS = (
    *("the", "a", "an", "An", "THE", "answer", "is", "250", "euros", "S3", "bucket", "don't", "it's", "3.14", "1,000"),
    *("naïve", "café", "cafe\u0301", "STRASSE", "straße", "İstanbul", "ﬁne", "Ωmega", "мир", "длинный"),
    *("北京", "回答", "東京タワー", "こんにちは", "한국어", "ภาษาไทย", "हिन्दी", "नमस्ते"),
    *("السلام", "عليكم", "الكتاب", "שלום", "עולם", "\u200fשלום\u200e"),
    *("🙂", "👩‍👩‍👧", "🇩🇪", "&amp;", "<tag>", "«quote»", "—", "…", "¿qué?", "[p-1]", "$5", "`code`", "x²"),
    *("\x00", "\x07", "\x1b[0m", "\u2028", "\u00a0", "\u200b", "\ufeff", "\n", "\t", "\r\n", "-\n", "."),
)  # fmt: skip
PICKED = (
    "",
    " ",
    "\n\t ",
    ".",
    "the",
    "The the THE",
    "a",
    "Yes",
    "Yes.",
    "250",
    "The excess is 250 euros.",
    "the excess is 250 euros",
    "cafe\u0301 au lait",
    "café au lait",
    "北京是中国的首都。",
    "بغداد هي عاصمة العراق",
    "\u202eירושלים היא בירת ישראל\u202c",
    "\x00\x01\x02",
    "🙂🙃🙂",
    "word " * 400,
    "字" * 2000,
    "line one\nline two\r\nline three",
)


def random_pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Answers and references: unrelated, overlapping, or the same."""
    rng = random.Random(seed)  # noqa: S311 tests must repeat
    return [_pair(rng) for _ in range(count)]


def _pair(rng: random.Random) -> tuple[str, str]:
    reference = [rng.choice(WORDS) for _ in range(rng.randint(1, 25))]
    kept = rng.choice((0.0, 0.5, 0.8, 1.0))
    answer = [word if rng.random() < kept else rng.choice(WORDS) for word in reference]
    space = rng.choice((" ", " ", "", "  "))
    return space.join(answer[: rng.randint(0, len(answer))] if rng.random() < 0.3 else answer), space.join(reference)


def picked_pairs() -> list[tuple[str, str]]:
    """Each picked text with itself, with its neighbour and as answer to a plain reference."""
    pairs = [(text, text) for text in PICKED] + list(itertools.pairwise(PICKED))
    return [(answer, right) for answer, right in (*pairs, *((text, "the answer is 250") for text in PICKED)) if right]


def very_long(seed: int) -> str:
    """About 100,000 characters."""
    rng = random.Random(seed)  # noqa: S311
    return " ".join(rng.choice(WORDS) for _ in range(20_000))[:100_000]
