"""Figures and words as people read them."""

import math
import re
from typing import Final

from genai_runtime.evaluation.verdict import Decision, Interval

NONE: Final = "–"
HEADLINES: Final[dict[Decision, str]] = {
    "PROMOTE": "Good enough to release",
    "HOLD": "Not enough evidence to decide",
    "REJECT": "Not good enough to release",
}
LIMITS: Final = {
    "first-token-p95-ms": "First token, 95th percentile",
    "last-token-p95-ms": "Last token, 95th percentile",
    "cost-per-1000-cases-usd": "Cost of 1,000 cases",
    "undecided-share": "Cases without an answer",
}
WORST: Final[dict[Decision, int]] = {"REJECT": 0, "HOLD": 1, "PROMOTE": 2}
"""Order for people: what needs attention first."""

# C0 and C1 controls except tab and line feed, DEL, surrogates and noncharacters: HTML and XML can't hold them.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """Text that every format can hold: control characters as their pictures (U+2400 …), what has none as U+FFFD.

    Line ends become line feeds.
    """
    return _UNPRINTABLE.sub(_picture, text.replace("\r\n", "\n").replace("\r", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def clip(text: str, most: int) -> str:
    """At most `most` characters, with the number of those left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters)"


def one_line(text: str, most: int) -> str:
    """A text on one line, shortened."""
    words = " ".join(clean(text).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def share(value: float | None, decimals: int = 1) -> str:
    """0.9123 as 91.2 %. Never rounded up to 100 or down to 0."""
    if value is None:
        return NONE
    text = f"{100 * value:.{decimals}f}"
    if 0 < value < 1 and float(text) in (0, 100):
        text = f"<{10**-decimals:.{decimals}f}" if float(text) == 0 else f">{100 - 10**-decimals:.{decimals}f}"
    return f"{text.removesuffix('.' + '0' * decimals) if value in (0, 1) else text} %"


def figure(value: float | None) -> str:
    """A metric's value as suites and the gate's reasons write it: 0.912. Never rounded up to 1 or down to 0."""
    if value is None:
        return NONE
    text = f"{value:.3f}"
    if 0 < value < 1 and float(text) in (0, 1):
        text = "<0.001" if float(text) == 0 else ">0.999"
    return text


def signed(difference: float) -> str:
    """A difference of two values with its sign: +0.019."""
    said = f"{difference:+.3f}".replace("-", "−")
    return "0.000" if said[1:] == "0.000" else said


def span(interval: Interval | None) -> str:
    """An interval of values: 0.881 to 0.939."""
    return NONE if interval is None else f"{figure(interval.low)} to {figure(interval.high)}"


def signed_span(interval: Interval) -> str:
    """An interval of differences: −0.021 to +0.059."""
    return f"{signed(interval.low)} to {signed(interval.high)}"


def dollars(value: float | None) -> str:
    """US dollars: cents where there are some, else two significant digits."""
    if value is None:
        return NONE
    if value == 0 or abs(value) >= 0.1:
        return f"${value:,.2f}"
    return f"${value:.{1 - math.floor(math.log10(abs(value)))}f}"


def milliseconds(value: float | None) -> str:
    """A duration: 840 ms, 1.24 s, 75 s."""
    if value is None:
        return NONE
    if value < 999.5:
        return f"{value:.0f} ms"
    return f"{value / 1000:.2f} s" if value < 9995 else f"{value / 1000:,.1f} s"


def rate(value: float | None) -> str:
    """Tokens per second."""
    return NONE if value is None else f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """3 cases, 1 case."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def limit_figure(name: str, value: float | None) -> str:
    """A limit's figure in its own unit."""
    if name.endswith("-ms"):
        return milliseconds(value)
    return dollars(value) if name.endswith("-usd") else share(value)


def listed(names: list[str], most: int) -> str:
    """a, b, c and 4 more."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
