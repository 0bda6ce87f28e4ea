"""Numbers in answers, as languages write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.metrics.numeric import numbers
from tests.unit.evaluation.metrics.making import case, score, value
from tests.unit.evaluation.metrics.texts import PICKED, very_long


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en", "It is 1,234.5, and -3.", [1234.5, -3]),
        ("en", "$5,000 or 10-15 %", [5000, 10, 15]),
        ("en", "250 euros within 14 days", [250, 14]),
        ("en", "99.999999999%", [99.999999999]),
        ("en", "2.5e3 and 1E-2", [2500, 0.01]),
        ("en", "−5 °C (-7)", [-5, -7]),
        ("en", "S3 on EC2, v1.2.3, 10.0.0.1", []),
        ("en", "12,5 and 1,2,3", []),
        ("en", "1\u202f000 and 1\u00a0000", [1000, 1000]),
        ("en", "2,000,000", [2_000_000]),
        ("en-IN", "₹12,34,567", [1_234_567]),
        ("hi", "१२,३४,५६७", [1_234_567]),
        ("de", "1.234,5 € und 3,14", [1234.5, 3.14]),
        ("de", "am 14.5.2024", []),
        ("de-ch", "Fr. 1'234.50 oder 1’000", [1234.5, 1000]),
        ("fr", "1 234,5 en 2020 250", [1234.5, 2020, 250]),
        ("es-mx", "1,234.5", [1234.5]),
        ("es", "1.234,5", [1234.5]),
        ("ar", "١٬٢٣٤٫٥", [1234.5]),
        ("he", 'המחיר הוא 250 ש"ח', [250]),
        ("zh", "价格为250元", [250]),
        ("ja", "250円です", [250]),
        ("en", "", []),
    ],
)
def test_numbers_as_languages_write_them(locale: str, text: str, expected: list[float]) -> None:
    assert [float(each) for each in numbers(text, locale)] == expected


@settings(max_examples=500, deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(0, 99), st.sampled_from(["en", "de", "fr", "sv"]))
def test_a_written_number_is_read_back(whole: int, cents: int, locale: str) -> None:
    written = f"{whole:,}.{cents:02d}"
    if locale != "en":
        group = "." if locale == "de" else " "
        written = written.replace(",", "_").replace(".", ",").replace("_", group)
    wanted = float(f"{whole}.{cents:02d}")
    asked = case(expect={"number": {"value": wanted}}, tags={"language": locale})
    assert value("number", asked, f"= {written} €.") == 1
    assert value("number", asked, f"= {written}1 €.") == 0


def test_the_tolerance_is_inclusive() -> None:
    asked = case(expect={"number": {"value": 0.3, "tolerance": 0.1}})
    assert [value("number", asked, text) for text in ("0.2", "0.4", "0.41", "0.19")] == [1, 1, 0, 0]


def test_which_number_counts() -> None:
    asked = case(expect={"number": {"value": 250}})
    text = "250 euros within 14 days"
    assert [value("number", asked, text, which=which) for which in ("any", "first", "last")] == [1, 1, 0]
    assert score("number", asked, text, which="last").detail == "gives 14, not 250"
    assert score("number", asked, "none").detail == "gives no number, not 250"


def test_any_text_gives_a_value() -> None:
    asked = case(expect={"number": {"value": 3.14}})
    assert {value("number", asked, text) for text in (*PICKED, "9" * 5000, "1e999", "1e99999999")} == {0.0}
    assert value("number", asked, very_long(1)) == 1
