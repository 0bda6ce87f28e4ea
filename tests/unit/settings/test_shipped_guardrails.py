"""The shipped patterns find what they are for, and leave ordinary text alone."""

from __future__ import annotations

import re

import pytest

from stacks.settings import Settings

SAMPLES = {
    "private-key": ["-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"],
    "iban": [
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "my IBAN is IE29AIBK93115212345678.",
        "NL91ABNA0417164300",
    ],
    "german-tax-id": ["Steuer-ID: 86 095 742 719", "IdNr. 86095742719", "Steueridentifikationsnummer 86095742719"],
    "german-social-insurance-number": ["65 170839 J 003", "65170839J003"],
    "irish-pps-number": ["1234567T", "PPS 1234567FA"],
    "french-social-security-number": ["1 84 12 76 451 089 46", "184127645108946", "2 69 05 2A 588 157 80"],
    "claim-file-number": ["CF-2026-004711"],
    "diagnosis-code": ["ICD-10: F32.1", "icd F32", "ICD10 E11"],
}
ORDINARY = [
    "The claim of 12 March 2026 over EUR 4,350.00 was paid on 2 April.",
    "Policy KH-2026-118 covers glass damage up to 1500 euros, excess 150.",
    "Call us between 8:00 and 18:00. Your reference is 20260312.",
    "Section 4.2 (b) of the terms of 01/2025 applies to vehicles under 3,500 kg.",
    "MEMBERS OF THE GROUP ARE LISTED IN ANNEX 2026",
]


def patterns(shipped: Settings) -> dict[str, str]:
    return {
        regex.name: regex.pattern
        for guardrail in shipped.catalog.guardrails.values()
        if guardrail.sensitive_information_policy is not None
        for regex in guardrail.sensitive_information_policy.regexes
    }


def test_every_pattern_has_samples(shipped: Settings) -> None:
    assert patterns(shipped).keys() == SAMPLES.keys()


@pytest.mark.parametrize(
    ("name", "sample"), [(name, sample) for name, samples in SAMPLES.items() for sample in samples]
)
def test_a_pattern_finds_what_it_is_for(shipped: Settings, name: str, sample: str) -> None:
    assert re.search(patterns(shipped)[name], sample)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(shipped: Settings, text: str) -> None:
    assert [name for name, pattern in patterns(shipped).items() if re.search(pattern, text)] == []


def test_patterns_use_no_syntax_beyond_the_common_subset(shipped: Settings) -> None:
    """Inline flags, named groups and back references differ between engines; Bedrock documents none of them."""
    assert [name for name, pattern in patterns(shipped).items() if re.search(r"\(\?(?!:)|\\[1-9]", pattern)] == []
