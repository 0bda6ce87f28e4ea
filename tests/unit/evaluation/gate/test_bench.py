"""The bench section: refuses to compare intervals that differ, and prepares what it says."""

import pytest

from foundation.bench import gate, gate_work
from foundation.bench.errors import BenchError
from foundation.bench.gate import Measured


def measured(seconds: float, low: float = 0.8) -> Measured:
    return Measured(seconds, 200.0, [[low, 0.9]])


def test_figures_have_their_aims() -> None:
    figures = {each.key: each for each in gate.figures([measured(1.0)], [measured(4.0)])}
    assert figures["gate.cpu"].met
    assert figures["gate.memory"].met
    assert figures["gate.ratio"].median == 0.25
    assert not gate.figures([measured(1.6)], [measured(4.0)])[0].met


def test_fails_when_the_intervals_differ() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-020"):
        gate.figures([measured(1.0)], [measured(4.0, low=0.81)])


def test_both_sides_agree_on_fewer_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_work, "CASES", 80)
    vectors = gate_work.values()
    ours, theirs = gate_work.with_gate(gate_work.given(vectors)), gate_work.with_scipy(vectors)
    assert gate.farthest(ours, theirs) < gate.TOLERANCE
    assert len(ours) == gate_work.METRICS
