"""The price list."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.evaluation.prices import load_prices, unknown_models
from genai_foundation.catalog import ConfigErrors
from stacks.settings import Settings
from tests.unit.evaluation.datasets.reader import CHECKOUT

PRICES = CHECKOUT / "catalog" / "prices.yaml"
ENTRY = '{model: amazon.nova-lite-v1, input: 0.1, output: 0.2, region: us-east-1, source: "https://aws.amazon.com/x"}'


def test_shipped_prices_are_of_known_models_and_dated(settings: Settings) -> None:
    prices = load_prices(PRICES)
    assert unknown_models(prices, settings.catalog.models) == []
    assert {price.as_of for price in prices.values()} == {"2026-07-24"}
    assert prices["amazon.nova-lite-v1:0"].output == 0.00024
    assert all(0 < price.input < price.output for price in prices.values())


def test_every_model_that_suites_name_has_a_price(settings: Settings) -> None:
    prices = load_prices(PRICES)
    assert {"amazon.nova-micro-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"} <= set(prices)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"as_of: 2026-01-01\nprices: [{ENTRY}, {ENTRY}]\n", "GF-EVAL-030"),
        (f"as_of: January\nprices: [{ENTRY}]\n", "GF-CFG-014"),
        (f"as_of: 2026-01-01\nprices: [{ENTRY.replace('0.1', '60')}]\n", "GF-CFG-013"),
        (f"as_of: 2026-01-01\nprices: [{ENTRY.replace('0.1', '-1')}]\n", "GF-CFG-013"),
        (f"as_of: 2026-01-01\nprices: [{ENTRY.replace('https', 'http')}]\n", "GF-CFG-013"),
        ("prices: []\n", "GF-CFG-010"),
    ],
)
def test_fails_on_a_faulty_list(tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        load_prices(file)
    assert code in {error.code for error in caught.value.errors}
