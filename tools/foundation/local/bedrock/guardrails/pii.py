"""Personal data by pattern, checked by checksum or number plan where there is one.

NAME and ADDRESS are heuristics (`names`); types that only a label tells apart (PASSWORD, PIN, DRIVER_ID …) are found after
their label only. Bedrock's detectors read context and find more.
"""

# ruff: noqa: E501 - a pattern stays on one line

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

import phonenumbers
import stdnum.bic
import stdnum.ca.sin
import stdnum.gb.nhs
import stdnum.gb.utr
import stdnum.iban
import stdnum.luhn
import stdnum.us.itin
import stdnum.us.rtn
import stdnum.us.ssn

from foundation.local.bedrock.guardrails.names import addresses, names
from foundation.local.bedrock.guardrails.spans import Span

Detector = Callable[[str], Iterator[Span]]

_PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES")
"""Number plans tried for numbers without a country code."""


def _by_pattern(pattern: str, is_valid: Callable[[str], bool] = lambda _: True, flags: int = 0) -> Detector:
    """Every match (group `v` if the pattern has one) that `is_valid` accepts."""
    compiled = re.compile(pattern, flags)
    group = "v" if "v" in compiled.groupindex else 0

    def detect(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            if is_valid(match[group]):
                yield Span(*match.span(group))

    return detect


def _after(label: str, value: str, is_valid: Callable[[str], bool] = lambda _: True) -> Detector:
    """A value that follows its label: `LABEL[ number][ is][:] VALUE`."""
    joint = r"(?:\s+(?:number|no\.?|code|id))?\s*(?:is|ist|est|es|was|=|:|#)?\s*[:#]?\s*"
    return _by_pattern(rf"(?i:\b(?:{label})){joint}(?P<v>{value})", is_valid)


def _phones(text: str) -> Iterator[Span]:
    """Numbers with a country code, and national ones that are written like one (leading 0, brackets or US groups)."""
    for region in _PHONE_REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            raw = match.raw_string
            if raw.startswith(("+", "00", "(", "0")) or (
                region == "US" and re.fullmatch(r"(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}", raw)
            ):
                yield Span(match.start, match.end)


def _ages(text: str) -> Iterator[Span]:
    for match in re.finditer(
        r"(?i)\b(?P<a>1?\d{1,2}) ?(?:years? old|year-old|y/o|jahre alt|años)\b|\b(?:aged|age:|alter:|âge:|edad:) ?(?P<b>1?\d{1,2})\b",
        text,
    ):
        yield Span(*match.span("a" if match["a"] else "b"))


def _ip_addresses(text: str) -> Iterator[Span]:
    for match in re.finditer(
        r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:]|\.\d)", text
    ):
        try:
            ipaddress.ip_address(match.group())
        except ValueError:
            continue
        if match.group() != "::":
            yield Span(*match.span())


def _has_mixed_characters(key: str) -> bool:
    """Upper and lower case and digits: tells a secret key from a hash in hexadecimal."""
    return all(re.search(kind, key) for kind in ("[A-Z]", "[a-z]", "[0-9]"))


def _is_no_word(secret: str) -> bool:
    """Tells `password tiger7` from `password policy`; a mark after the word doesn't count."""
    return not secret.isalpha()


def _is_card(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and stdnum.luhn.is_valid(digits)


def _is_date_free_ssn(number: str) -> bool:
    return stdnum.us.ssn.is_valid(number) and not stdnum.us.itin.is_valid(number)


_NINO = r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"

DETECTORS: dict[str, Detector] = {
    "ADDRESS": addresses,
    "AGE": _ages,
    "AWS_ACCESS_KEY": _by_pattern(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "AWS_SECRET_KEY": _by_pattern(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])", _has_mixed_characters),
    "CA_HEALTH_NUMBER": _after("health (?:card|insurance)", r"\d{4}[ -]?\d{3}[ -]?\d{3}\b"),
    "CA_SOCIAL_INSURANCE_NUMBER": _by_pattern(r"\b\d{3}[ -]\d{3}[ -]\d{3}\b", stdnum.ca.sin.is_valid),
    "CREDIT_DEBIT_CARD_CVV": _after(r"cvv2?|cvc2?|security code", r"\d{3,4}\b"),
    "CREDIT_DEBIT_CARD_EXPIRY": _after(r"exp(?:iry|ires?|iration)?(?: date)?\.?|valid (?:until|thru)", r"(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?\d{2}\b"),
    "CREDIT_DEBIT_CARD_NUMBER": _by_pattern(
        r"(?<![\w.-])(?:\d{13,19}|\d{4}(?P<s>[ -])(?:\d{4}(?P=s)){2}\d{4}|\d{4}(?P<t>[ -])\d{6}(?P=t)\d{5})(?![\w-])", _is_card
    ),
    "DRIVER_ID": _after(r"driver['’]?s? licen[cs]e|driving licen[cs]e|führerschein(?:nummer)?|permis de conduire", r"(?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{4,19}\b"),
    "EMAIL": _by_pattern(r"(?<![\w.%+-])[\w.%+-]+@(?:[\w-]+\.)+[^\W\d_]{2,24}(?![\w-])"),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": _by_pattern(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", stdnum.iban.is_valid),
    "IP_ADDRESS": _ip_addresses,
    "LICENSE_PLATE": _after(r"licen[cs]e plate|number plate|registration plate|kennzeichen|matrícula", r"(?=[A-ZÄÖÜ0-9 -]*\d)[A-ZÄÖÜ0-9]{1,4}[ -]?[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4})?\b"),
    "MAC_ADDRESS": _by_pattern(r"(?<![\w:-])[0-9A-Fa-f]{2}(?P<s>[:-])(?:[0-9A-Fa-f]{2}(?P=s)){4}[0-9A-Fa-f]{2}(?![\w:-])"),
    "NAME": names,
    "PASSWORD": _after(r"passwords?|passwort|mot de passe|contraseña|pwd", r"(?![:=])\S{4,64}?(?=[.,;!?]?(?:\s|$))", _is_no_word),
    "PHONE": _phones,
    "PIN": _after(r"pin", r"\d{4,6}\b"),
    "SWIFT_CODE": _after(r"swift(?:/bic)?|bic", r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b", stdnum.bic.is_valid),
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER": _by_pattern(r"\b\d{3}[ -]\d{3}[ -]\d{4}\b|(?<=NHS )\d{10}\b|(?<=NHS number )\d{10}\b", stdnum.gb.nhs.is_valid),
    "UK_NATIONAL_INSURANCE_NUMBER": _by_pattern(_NINO),
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": _after(r"utr|unique taxpayer reference", r"\d{5} ?\d{5}\b", stdnum.gb.utr.is_valid),
    "URL": _by_pattern(r"(?i)\b(?:https?://|www\.)[^\s<>\"'{}]+[^\s<>\"'{}.,;:!?)\]]"),
    "USERNAME": _after(r"user ?name|login|benutzername|nom d'utilisateur|usuario", r"(?=\S*[\d._-])[A-Za-z][\w.-]{2,31}\b"),
    "US_BANK_ACCOUNT_NUMBER": _after(r"(?:bank |checking |savings )?account|acct\.?", r"\d{8,17}\b"),
    "US_BANK_ROUTING_NUMBER": _after(r"routing|aba", r"\d{9}\b", stdnum.us.rtn.is_valid),
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": _by_pattern(r"\b9\d{2}-\d{2}-\d{4}\b", stdnum.us.itin.is_valid),
    "US_PASSPORT_NUMBER": _after(r"(?:us |u\.s\. )?passport", r"[A-Z]?\d{8,9}\b"),
    "US_SOCIAL_SECURITY_NUMBER": _by_pattern(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", _is_date_free_ssn),
    "VEHICLE_IDENTIFICATION_NUMBER": _after(r"vin|vehicle identification", r"[A-HJ-NPR-Z0-9]{17}\b"),
}  # fmt: skip
"""PII entity type of Bedrock -> detector; all types of the API are here (a test holds it against botocore's model)."""
