"""Figures of the synth section from given costs: aims, ratios, costs per 1000 resources."""

import pytest

from foundation.bench.errors import BenchError
from foundation.bench.figures import Figure
from foundation.bench.synth import Runs, all_accounts, figures
from foundation.bench.usage import Usage

COSTS = {
    "all": 6.0, "peer.all": 3.0, "all.no-rules": 5.0, "peer.all.no-rules": 2.0,
    "one": 3.6, "peer.one": 2.0, "one.no-rules": 3.0, "peer.one.no-rules": 1.5,
    "floor": 1.0, "peer.floor": 0.5, "cli.all": 7.5, "cli.one": 5.0,
}  # fmt: skip


def runs(**changed: float) -> Runs:
    return {name: [Usage(cpu, 2 * cpu, 300.0)] * 3 for name, cpu in {**COSTS, **changed}.items()}


def named(made: list[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in made}


def test_the_aim_of_all_accounts_grows_with_the_resources() -> None:
    assert all_accounts(1000).limit == 5.5
    assert all_accounts(0).limit == 3.0
    assert "3 + 2.5 per 1000 resources" in all_accounts(1000).text


def test_figures_hold_aims_ratios_and_costs_per_thousand() -> None:
    found = named(figures(runs(), 1200, 300))
    assert found["synth.all.cpu"].met is True
    assert found["synth.one.cpu"].met is False
    assert found["synth.all.per-1000"].median == pytest.approx(5.0)
    assert found["synth.all.ratio"].samples == (2.0, 2.0, 2.0)
    assert found["synth.all.ratio"].met is True
    assert found["synth.one.ratio"].median == pytest.approx(1.8)
    assert found["synth.slope"].median == pytest.approx(2.4 / 0.9)
    assert found["synth.all.wall"].median == 12.0
    assert found["synth.all.memory"].unit == "MiB"


def test_a_ratio_above_two_misses_its_aim() -> None:
    assert named(figures(runs(all=6.3), 1200, 300))["synth.all.ratio"].met is False


def test_every_run_is_in_a_figure() -> None:
    """No variant is measured and then left out."""
    shown = {figure.median for figure in figures(runs(), 1200, 300)}
    assert set(COSTS.values()) <= shown


def test_fails_when_one_account_is_all_there_is() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-014"):
        figures(runs(), 300, 300)
