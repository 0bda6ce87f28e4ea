"""The bench of detection: exact delays, the bound that they are held against, its figures."""

import json
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.bench.errors import BenchError
from foundation.bench.release import curves, detection
from foundation.bench.release.delay import (
    Delay,
    delay,
    edge,
    least_requests,
    oracle_edge,
    repeated_edge,
    sequence_edge,
)  # fmt: skip
from genai_runtime.live.online.sequence import log_evidence

LIMIT, ALPHA = 0.05, 0.01


def test_the_exact_delay_is_that_of_simulated_streams() -> None:
    at, chance, found = sequence_edge(LIMIT, ALPHA, 4000), random.Random(2), []  # noqa: S311
    for _ in range(3000):
        bad = of = 0
        while of == 0 or bad < at[of - 1]:
            bad, of = bad + (chance.random() < 0.3), of + 1
        found.append(of)
    exact = delay(at, 0.3)
    assert np.mean(found) == pytest.approx(exact.mean, abs=float(4 * np.std(found) / math.sqrt(3000)))
    assert np.percentile(found, 90) == pytest.approx(exact.percentile(90), rel=0.1)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from([0.02, 0.05, 0.2]), st.sampled_from([0.3, 0.5, 0.7]), st.sampled_from([0.001, 0.01, 0.1]))
def test_no_method_is_below_the_least(limit: float, share: float, alpha: float) -> None:
    least = least_requests(limit, share, alpha)
    oracle = delay(oracle_edge(limit, share, alpha, 2000), share).mean
    mixture = delay(sequence_edge(limit, alpha, 2000), share).mean
    assert least <= oracle <= mixture * 1.001
    assert mixture < 2 * least + 4


def test_the_edge_is_where_the_evidence_is_enough() -> None:
    at = edge(lambda bad, good: log_evidence(bad, good, LIMIT), ALPHA, 300)
    for of, bad in enumerate(at, start=1):
        assert bad > of or log_evidence(bad, of - bad, LIMIT) >= -math.log(ALPHA)
        assert bad == 0 or log_evidence(bad - 1, of - bad + 1, LIMIT) < -math.log(ALPHA)


def test_looking_again_and_again_with_an_ordinary_test_errs_more() -> None:
    assert delay(repeated_edge(LIMIT, ALPHA, 1000), LIMIT).breached > 5 * ALPHA
    assert delay(sequence_edge(LIMIT, ALPHA, 1000), LIMIT).breached <= ALPHA


def test_a_degradation_after_good_requests_takes_longer() -> None:
    at = sequence_edge(LIMIT, ALPHA, 3000)
    means = [delay(at, 0.3, before=(calm, 0.01)).mean for calm in (0, 100, 500)]
    assert means == sorted(means)
    assert means[0] == delay(at, 0.3).mean


def test_fails_to_take_a_mean_of_what_is_not_noticed() -> None:
    with pytest.raises(BenchError, match="GF-BENCH-040"):
        _ = Delay(np.array([0.5, 0.4])).mean


def test_the_page_s_numbers_are_those_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.loads(curves.DATA.read_text(encoding="utf-8"))
    monkeypatch.setattr(curves, "REQUESTS", 3000)
    for limit, share in ((0.05, 0.2), (0.2, 0.6)):
        (row,) = (each for each in data["delays"][f"{limit:g}"] if each["share"] == pytest.approx(share))
        assert curves._delay(limit, share) == pytest.approx(row, rel=1e-4)
    found = {each["planned"]: each for each in data["errors"]["some requests each"]}
    assert all(each["PROMOTE"] <= 0.02 and each["REJECT"] <= 0.01 for each in found.values())
    assert curves.draw(data).keys() == {path.name for path in curves.FOLDER.glob("*.svg")}


def test_the_section_s_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "SHARES", (0.5,))
    monkeypatch.setattr(detection, "CALM", (50,))
    monkeypatch.setattr(detection, "LONG", 500)
    monkeypatch.setattr(detection, "REQUESTS", 2000)

    class Quick:
        quick = True

        def say(self, said: str) -> None:
            assert said

    figures = {each.key: each for each in detection.detection(Quick())}  # type: ignore[arg-type]
    assert figures["release.detection.50.ratio"].met
    assert figures["release.detection.false"].met
    assert figures["release.detection.simulated"].n == 100
    assert figures["release.detection.late.50"].n == 50


def test_fails_when_the_detector_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "LEVEL", 1e-9)
    with pytest.raises(BenchError, match="GF-BENCH-041"):
        detection._simulated(60)
