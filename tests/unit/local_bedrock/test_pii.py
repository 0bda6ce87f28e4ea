"""Personal data: each detector finds real forms and leaves alike-looking text alone."""

import gzip
import json
from pathlib import Path

import botocore
import pytest

from foundation.local.bedrock.guardrails.pii import DETECTORS


def found(kind: str, text: str) -> list[str]:
    return [text[span.start : span.end] for span in DETECTORS[kind](text)]


CASES = {
    "EMAIL": (["Write to jane.doe+x@mail.example.co.uk, please", "jürgen@müller.example"], ["a@b", "price @ 5.00", "@handle"]),
    "PHONE": (
        ["Call +49 30 901820 today", "Tel. 020 7946 0958", "(202) 456-1111", "0033 1 42 68 53 00"],
        ["Order 4711-2024", "on 2024-10-01", "It costs 1,250.00 euros", "policy 123456789"],
    ),
    "CREDIT_DEBIT_CARD_NUMBER": (
        ["card 4111 1111 1111 1111", "5500-0000-0000-0004 is mine", "378282246310005"],
        ["4111 1111 1111 1112", "1234567890123456", "invoice 4111-1111"],
    ),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": (
        ["IBAN DE89 3704 0044 0532 0130 00", "to GB82WEST12345698765432 please"],
        ["DE89 3704 0044 0532 0130 01", "reference AB12 3456 7890 1234"],
    ),
    "UK_NATIONAL_INSURANCE_NUMBER": (["NI AB 12 34 56 C", "AB123456C"], ["BG123456A", "QQ123456C", "AB123456E"]),
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER": (["NHS 943 476 5919", "my NHS number 9434765919"], ["943 476 5918", "0123456789"]),
    "US_SOCIAL_SECURITY_NUMBER": (["SSN 536-90-4399"], ["000-12-3456", "666-12-3456", "2024-10-0123"]),
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": (["ITIN 912-90-3456"], ["812-90-3456"]),
    "US_PASSPORT_NUMBER": (["passport number: 123456789", "US passport A12345678"], ["passport office 12", "123456789"]),
    "US_BANK_ROUTING_NUMBER": (["routing number 111000025"], ["routing number 111000026", "111000025"]),
    "US_BANK_ACCOUNT_NUMBER": (["account number: 000123456789"], ["account 1234", "000123456789"]),
    "CA_SOCIAL_INSURANCE_NUMBER": (["SIN 123-456-782"], ["123-456-789"]),
    "CA_HEALTH_NUMBER": (["health card number 1234-567-897"], ["1234-567-897"]),
    "AWS_ACCESS_KEY": (["AKIAIOSFODNN7EXAMPLE"], ["AKIAIOSFODNN7", "akiaiosfodnn7example"]),
    "AWS_SECRET_KEY": (
        ["key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
        ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "x" * 40],
    ),
    "IP_ADDRESS": (["from 192.168.10.20.", "2001:db8::1 too"], ["version 1.2.3", "300.1.1.1", "at 12:30:45 h", "1.2.3.4.5"]),
    "MAC_ADDRESS": (["00:1B:44:11:3A:B7", "00-1b-44-11-3a-b7"], ["00:1B:44:11:3A", "12:30:45"]),
    "URL": (["see https://example.com/a?b=c.", "www.example.org"], ["example dot com", "and/or"]),
    "SWIFT_CODE": (["BIC: DEUTDEFF500", "SWIFT DEUTDEFF"], ["CUSTOMER", "BIC: 12345678"]),
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": (["UTR 1955839661"], ["UTR 2955839661", "1955839661"]),
    "VEHICLE_IDENTIFICATION_NUMBER": (["VIN: 1M8GDM9AXKP042788"], ["1M8GDM9AXKP042788"]),
    "LICENSE_PLATE": (["licence plate B-MW 1234", "Kennzeichen: M AB 123"], ["a number plate was lost"]),
    "DRIVER_ID": (["driving licence number: MORGA657054SM9IJ"], ["driving licence expired"]),
    "PASSWORD": (["my password is hunter2!", "Passwort: S3cret."], ["I forgot my password again", "password reset"]),
    "PIN": (["PIN 4711", "my pin is 123456"], ["pin 12", "pinned 4711 notes"]),
    "USERNAME": (["username: jane_doe", "login jdoe42"], ["username missing", "the login page"]),
    "CREDIT_DEBIT_CARD_CVV": (["CVV 123", "security code: 1234"], ["code 123"]),
    "CREDIT_DEBIT_CARD_EXPIRY": (["exp. 04/27", "valid until 12/2029"], ["04/27", "valid until Friday"]),
    "AGE": (["a 52 years old man", "aged 34"], ["52 years of experience", "page 34"]),
    "NAME": (
        ["Ask Dr Anna Weber", "my name is Jane Doe", "Ich heiße Karl Müller", "Je m'appelle Claire Dubois",
         "Me llamo Juan Pérez", "Tell Susan Brown"],
        ["The Water Damage Policy", "Dear customer", "I am happy", "Terms and Conditions"],
    ),
    "ADDRESS": (
        ["12 Baker Street, London NW1 6XE", "Hauptstraße 5, 10115 Berlin", "8 rue de la Paix, 75002 Paris",
         "Calle Mayor 12", "P.O. Box 1234"],
        ["12 street lamps", "the main street", "chapter 5"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, (good, _) in CASES.items() for t in good])
def test_personal_data_is_found(kind: str, text: str) -> None:
    assert found(kind, text)


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, (_, bad) in CASES.items() for t in bad])
def test_text_that_looks_alike_is_left(kind: str, text: str) -> None:
    assert found(kind, text) == []


def test_exactly_the_datum_is_found() -> None:
    assert found("EMAIL", "<jane@example.com>.") == ["jane@example.com"]
    assert found("PASSWORD", "The password is hunter2. Change it.") == ["hunter2"]
    assert found("URL", "See https://example.com/terms, or call.") == ["https://example.com/terms"]
    assert found("ADDRESS", "I live at 12 Baker Street, London NW1 6XE since May.") == [
        "12 Baker Street, London NW1 6XE"
    ]


def test_every_entity_type_of_the_api_has_a_detector_and_cases() -> None:
    (model,) = Path(botocore.__file__).parent.glob("data/bedrock/*/service-2.json.gz")
    types = json.loads(gzip.decompress(model.read_bytes()))["shapes"]["GuardrailPiiEntityType"]["enum"]
    assert sorted(DETECTORS) == sorted(types) == sorted(CASES)
