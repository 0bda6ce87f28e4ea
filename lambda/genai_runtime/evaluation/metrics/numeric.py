"""Whether an answer gives the right figure."""

import re
from decimal import Decimal
from functools import cache
from typing import Literal

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options
from genai_runtime.evaluation.metrics.registry import metric
from genai_runtime.evaluation.metrics.text import locale_of

# Unicode CLDR, number symbols: languages that write 1.234,5 or 1 234,5.
# fmt: off
_COMMA = frozenset({
    "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "hy", "id",
    "is", "it", "ka", "kk", "ky", "lt", "lv", "mk", "mn", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq",
    "sr", "sv", "tr", "uk", "uz", "vi",
})
_POINT_REGIONS = frozenset({
    "de-ch", "de-li", "it-ch", "es-419", "es-cu", "es-do", "es-gt", "es-hn", "es-mx", "es-ni", "es-pa", "es-pe", "es-pr",
    "es-sv", "es-us",
})
_SPACES_BETWEEN_THOUSANDS = frozenset({
    "be", "bg", "cs", "et", "fi", "fr", "hu", "kk", "ky", "lt", "lv", "nb", "nn", "no", "pl", "pt", "ru", "sk", "sq", "sv",
    "uk", "uz",
})
# fmt: on
# Arabic decimal and thousands separators, minus signs, the full-width plus.
_SIGNS = str.maketrans({"\u066b": ".", "\u066c": ",", "\u2212": "-", "\ufe63": "-", "\uff0d": "-", "\uff0b": "+"})


class NumberOptions(Options):
    """Which of an answer's numbers counts."""

    which: Literal["any", "first", "last"] = "any"


@metric("number", kind="rate", needs="number", options=NumberOptions)
def number(case: Case, answer: str, context: Context) -> MetricValue:
    """1 when a number of the answer is within `expect.number.tolerance` of `expect.number.value`. Thousands separators and
    decimal comma follow the case's language tag; any script's digits; a number glued to a Latin letter (S3) or part of a
    version (1.2.3) is none."""
    wanted = case.expect.number
    if wanted is None:
        raise ValueError("the case expects no number")
    found = numbers(answer, locale_of(case))
    chosen = {"any": found, "first": found[:1], "last": found[-1:]}[context.read(NumberOptions).which]
    # Decimals, as written: 0.2 is within 0.1 of 0.3, which binary fractions deny.
    value, tolerance = Decimal(repr(wanted.value)), Decimal(repr(wanted.tolerance))
    if any(abs(each - value) <= tolerance for each in chosen):
        return MetricValue(1.0)
    return MetricValue(
        0.0, f"gives {', '.join(f'{each:g}' for each in chosen[:5]) or 'no number'}, not {wanted.value:g}"
    )


def numbers(text: str, locale: str) -> list[Decimal]:
    """The numbers of a text in their order."""
    comma = is_comma(locale)
    plain = text if text.isascii() else text.translate(_SIGNS)
    return [
        _value(match[0], comma)
        for match in _expression(comma, locale.split("-", 1)[0] in _SPACES_BETWEEN_THOUSANDS).finditer(plain)
    ]


def is_comma(locale: str) -> bool:
    """Whether the locale writes the decimal comma."""
    return locale.split("-", 1)[0] in _COMMA and locale not in _POINT_REGIONS


@cache
def _expression(comma: bool, spaces: bool) -> re.Pattern[str]:
    decimal = "," if comma else r"\."
    # No-break and thin spaces and apostrophes part thousands everywhere: nobody writes them between two numbers.
    group = ("\\." if comma else ",") + "'’\u00a0\u2009\u202f" + (" " if spaces else "")
    # Groups of three, or India's of two with a last one of three.
    whole = rf"(?:\d{{1,3}}(?:[{group}]\d{{2,3}})*[{group}]\d{{3}}(?!\d)|\d+)"
    return re.compile(
        rf"(?<![A-Za-z\d])(?<!\d[.,'’])(?:(?<![\w)])[-+])?{whole}(?:{decimal}\d+)?(?:[eE][-+]?\d{{1,3}})?(?!\d)(?![.,'’]\d)"
    )


def _value(written: str, comma: bool) -> Decimal:
    kept = re.sub(r"['’\s]", "", written)
    kept = kept.replace(".", "").replace(",", ".") if comma else kept.replace(",", "")
    return Decimal(kept)
