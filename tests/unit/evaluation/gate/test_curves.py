"""The committed curves are what the gate does now: a part of them, simulated again."""

import json

import pytest

from foundation.evaluation import curves
from foundation.evaluation.simulation import DISTRIBUTIONS

DATA = json.loads(curves.DATA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("threshold", curves.RATE_THRESHOLDS)
def test_rates_are_fresh(threshold: float) -> None:
    sizes = curves.RATE_CASES[:7]
    assert DATA["rates"][f"{threshold:g}"][: len(sizes)] == curves.rates(threshold, sizes)


def test_means_are_fresh() -> None:
    assert DATA["means"]["zero-inflated"][1:2] == curves.means("zero-inflated", curves.MEAN_CASES[1:2])


def test_power_and_early_stopping_are_fresh() -> None:
    assert DATA["power"]["100"] == curves.power(100)
    assert DATA["sequential"]["pocock"] == curves.sequential("pocock")


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_no_curve_breaks_the_promise(name: str) -> None:
    assert all(row["promoted"] <= curves.ALPHA for row in DATA["means"][name])
    assert all(found[name]["promoted"] <= curves.ALPHA for found in DATA["sequential-means"].values())


def test_pictures_show_the_data() -> None:
    for name, drawn in curves.draw(DATA).items():
        committed = (curves.FOLDER / name).read_text(encoding="utf-8")
        assert committed == drawn, "run `python -m foundation.evaluation.curves`"
