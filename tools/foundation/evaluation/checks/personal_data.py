"""GF-EVAL-022: what looks like somebody's personal data in files that the repository keeps. A note, never a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError
from genai_runtime.evaluation.case import Case

# Domains that belong to nobody: RFC 2606.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?!(?:[\w-]+\.)*example(?:\.|\b))(?:[\w-]+\.)+[a-z]{2,24}\b", re.I)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_PHONE = re.compile(r"(?<![\w+])\+[1-9]\d{0,2}(?:[ /.-]?\(?\d{1,5}\)?){2,6}(?!\w)")


def check_personal_data(found: ReadSuite) -> Iterator[ConfigError]:
    """One note for each case and kind of data; it never repeats the data."""
    for line, case in found.cases.items():
        for kind in sorted(set(_kinds("\n".join(_texts(case))))):
            text = (
                f"looks like {kind}: the repository is no place for personal data, publish such a suite to the governance "
                "account only; made-up data may stay"
            )
            yield found.error("GF-EVAL-022", line, "", text)


def _texts(case: Case) -> Iterator[str]:
    yield case.prompt or ""
    yield from (case.variables or {}).values()
    yield from case.right_answers
    yield from (passage.text for passage in case.context)
    yield from case.expect.forbidden


def _kinds(text: str) -> Iterator[str]:
    if _EMAIL.search(text):
        yield "an e-mail address"
    if any(_is_iban(match[0]) for match in _IBAN.finditer(text)):
        yield "a bank account number"
    if any(_is_card(match[0]) for match in _CARD.finditer(text)):
        yield "a card number"
    if any(len(re.sub(r"\D", "", match[0])) >= 9 for match in _PHONE.finditer(text)):
        yield "a telephone number"


def _is_iban(text: str) -> bool:
    """ISO 13616: the number read in base 36, country and check digits last, leaves 1 modulo 97."""
    compact = text.replace(" ", "")
    return int("".join(str(int(each, 36)) for each in compact[4:] + compact[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """ISO/IEC 7812-1: Luhn's check digit."""
    digits = [int(each) for each in reversed(re.sub(r"\D", "", text))]
    doubled = [digit if at % 2 == 0 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(digits)]
    return sum(doubled) % 10 == 0
