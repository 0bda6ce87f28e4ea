"""Plug-ins: how they are found, and what a broken one costs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genai_runtime.evaluation.metrics import MetricError, kind_of, known, metric, registry
from genai_runtime.evaluation.metrics.registry import OTHER_STEPS, find, plugin_errors
from tests.unit.evaluation.metrics.making import case, score, scored, spec, value

GOOD = """
from pydantic import Field
from genai_runtime.evaluation.metrics import MetricValue, Options, metric

class Words(Options):
    most: int = Field(default=5, ge=1)

@metric("at-most-words", kind="rate", options=Words, failure="format")
def at_most_words(case, answer, context):
    count = len(answer.split())
    return MetricValue(float(count <= context.read(Words).most), f"has {count} words")
"""
FAILING = """
from genai_runtime.evaluation.metrics import metric

@metric("raises", kind="mean", needs="reference")
def raises(case, answer, context):
    raise LookupError("no dictionary")

@metric("too-much", kind="mean")
def too_much(case, answer, context):
    return 1.5

@metric("not-a-number", kind="mean")
def not_a_number(case, answer, context):
    return float("nan")

@metric("half-a-rate", kind="rate")
def half_a_rate(case, answer, context):
    return 0.5

@metric("nothing", kind="mean")
def nothing(case, answer, context):
    return None

def fetch(asked, services):
    raise ConnectionError("no network")

@metric("unprepared", kind="mean", prepare=fetch)
def unprepared(case, answer, context):
    return 1.0
"""
Layer = Callable[..., Path]


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layer]:
    """Puts modules into a layer on the path; the registry forgets them afterwards."""
    known()
    before = dict(registry._registered)

    def add(**modules: str) -> Path:
        root = tmp_path / f"layer{len(list(tmp_path.iterdir()))}"
        (root / registry.PLUGINS).mkdir(parents=True)
        for name, source in modules.items():
            (root / registry.PLUGINS / f"{name}.py").write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(str(root))
        _forget()
        return root

    yield add
    _forget()
    registry._registered.clear()
    registry._registered.update(before)


def _forget() -> None:
    plugin_errors.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == registry.PLUGINS]:
        del sys.modules[name]


def test_modules_of_several_layers_are_found(layer: Layer) -> None:
    layer(good=GOOD)
    layer(failing=FAILING)
    assert plugin_errors() == ()
    assert kind_of("at-most-words") == "rate"
    assert next(name for name, each in known().items() if each.plugin) == "raises"
    assert value("at-most-words", case(), "one two three four five") == 1
    found = scored("at-most-words", case(), "one two three", most=2)
    assert (found.scores[0].value, found.scores[0].detail, found.pattern) == (0, "has 3 words", "format")


def test_fails_for_options_of_a_plugin(layer: Layer) -> None:
    layer(good=GOOD)
    detail = score("at-most-words", case(), "one", most=0, least=1).detail
    assert detail.startswith("GF-EVAL-151: metric 'at-most-words' has invalid options (most: Input should be greater")
    assert detail.endswith("the options of at-most-words are most")


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("raises", "GF-EVAL-159", "raised LookupError (no dictionary)"),
        ("nothing", "GF-EVAL-159", "raised TypeError"),
        ("unprepared", "GF-EVAL-159", "raised ConnectionError (no network)"),
        ("too-much", "GF-EVAL-158", "gave 1.5, which is not from 0 to 1"),
        ("not-a-number", "GF-EVAL-158", "gave nan"),
        ("half-a-rate", "GF-EVAL-158", "gave 0.5, which is not 0 or 1"),
    ],
)
def test_fails_undecided_when_a_plugin_fails(layer: Layer, name: str, code: str, said: str) -> None:
    layer(failing=FAILING)
    found = score(name, case("reference"), "answer")
    assert (found.value, found.passed) == (None, None)
    assert found.detail.startswith(f"{code}: ")
    assert said in found.detail


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import not_there", "ModuleNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
        ("def broken(:", "SyntaxError"),
        (
            GOOD.replace("at-most-words", "bleu"),
            "GF-EVAL-152: metric 'bleu' of genai_evaluation_plugins.bad is a metric of",
        ),
        (GOOD.replace("at-most-words", "judge"), "GF-EVAL-152: metric 'judge'"),
        (GOOD.replace("at-most-words", "Words!"), "GF-EVAL-165: 'Words!' is no name of a metric"),
        (GOOD + "\n1 / 0", "ZeroDivisionError"),
    ],
)
def test_fails_alone_when_a_plugin_cannot_be_imported(layer: Layer, source: str, why: str) -> None:
    layer(bad=source, failing=FAILING)
    (error,) = plugin_errors()
    assert error.code == "GF-EVAL-153"
    assert why in error.message
    assert "raises" in known()
    assert "at-most-words" not in known()
    assert value("exact-match", case("a"), "a") == 1
    with pytest.raises(MetricError, match=r"plug-in genai_evaluation_plugins\.bad can't be imported"):
        find("at-most-words")


def test_fails_for_an_unknown_metric_naming_the_known_ones() -> None:
    with pytest.raises(
        MetricError, match=r"metric 'blue' is unknown: use one of bleu, chrf, .*judge.*token-recall"
    ) as caught:
        kind_of("blue")
    assert caught.value.code == "GF-EVAL-150"
    found = score(spec("blue"), case(), "answer")
    assert (found.value, found.detail[:12]) == (None, "GF-EVAL-150:")


def test_kinds_of_other_steps_are_known() -> None:
    assert {kind_of(name) for name in OTHER_STEPS} == {"mean"}
    assert (kind_of("refusal"), kind_of("token-f1")) == ("rate", "mean")


def test_registering_again_is_harmless() -> None:
    before = find("exact-match")
    metric("exact-match", kind="rate", needs="reference")(before.function)
    assert find("exact-match") == before
