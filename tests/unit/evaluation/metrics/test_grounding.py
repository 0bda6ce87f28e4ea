"""Citations and support by the context."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.evaluation.metrics.making import case, response, score, value
from tests.unit.evaluation.metrics.texts import PICKED, random_pairs, very_long

IDS = ("p-1", "p-2", "p-3", "p.4")
CONTEXT = [
    {"id": "p-1", "text": "The excess for water damage is 250 euros. Claims are settled within 14 days."},
    {"id": "p-2", "text": "The policy covers fire, storm and theft. It can be cancelled every year."},
]
GROUNDED = "The excess for water damage is 250 euros [p-1]. The policy covers storm and theft [p-2]."


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from([*IDS, "other"])), st.sets(st.sampled_from(IDS)))
def test_a_thousand_citations_equal_f1_over_sets(cited: list[str], wanted: set[str]) -> None:
    answer = "It is so " + " and ".join(f"[{each}]" for each in cited)
    hits = len(set(cited) & wanted)
    precision, recall = hits / max(len(set(cited)), 1), hits / max(len(wanted), 1)
    f1 = 2 * precision * recall / (precision + recall) if hits else float(not cited and not wanted)
    assert value("citation-accuracy", case(expect={"citations": sorted(wanted)}), answer) == pytest.approx(f1)


@pytest.mark.parametrize(
    "answer", ["[p-1, p-2]", "[p-1; p-2]", "[p-1][p-2]", "see [p-1 p-2] and [this page](http://x)"]
)
def test_ways_to_cite(answer: str) -> None:
    assert value("citation-accuracy", case(expect={"citations": ["p-1", "p-2"]}), answer) == 1


def test_own_citation_marks() -> None:
    asked = case(expect={"citations": ["p-1"]})
    assert value("citation-accuracy", asked, "so (source: p-1)", pattern=r"\(source: ([^)]+)\)") == 1
    assert score("citation-accuracy", asked, "so [p-2]").detail == "cites p-2 instead of p-1"


@pytest.mark.parametrize("pattern", ["(", "no group"])
def test_fails_for_an_option_that_finds_no_id(pattern: str) -> None:
    detail = score("citation-accuracy", case(expect={"citations": ["p-1"]}), "[p-1]", pattern=pattern).detail
    assert detail.startswith("GF-EVAL-151: metric 'citation-accuracy' has invalid options (pattern: ")


def test_supported_sentences() -> None:
    asked = case(context=CONTEXT)
    assert value("source-attribution", asked, GROUNDED) == 1
    assert value("source-attribution", asked, "Water damage has an excess of 250 euros. OK?") == 1
    # The words of two passages don't support one sentence, and a wrong number never passes.
    assert value("source-attribution", asked, "The water damage excess is 500 euros.") == 0
    mixed = "The excess for water damage is 250 euros. Earthquakes destroy buildings everywhere."
    found = score("source-attribution", asked, mixed)
    assert found.value == 0.5
    assert found.detail == "not in the context: Earthquakes destroy buildings everywhere."
    assert value("source-attribution", asked, mixed, support=0.0) == 1


def test_support_in_scripts_without_spaces_and_from_right_to_left() -> None:
    context = [{"id": "z", "text": "水损的免赔额是250欧元。"}, {"id": "a", "text": "عاصمة العراق هي بغداد منذ قرون"}]
    asked = case(context=context)
    assert value("source-attribution", asked, "免赔额是250欧元。") == 1
    assert value("source-attribution", asked, "免赔额是300欧元。") == 0
    assert value("source-attribution", asked, "بغداد عاصمة العراق") == 1
    assert value("source-attribution", asked, "القاهرة مدينة كبيرة جدا") == 0


def test_a_refusal_claims_nothing_and_an_empty_answer_is_worth_nothing() -> None:
    asked = case(context=CONTEXT)
    assert value("source-attribution", asked, "I can't answer that from the information I have.") == 1
    assert value("source-attribution", asked, response("Blocked by us.", guardrail_action="blocked")) == 1
    assert value("source-attribution", asked, " \n") == 0
    assert value("source-attribution", asked, "Yes.") == 1


def test_any_text_gives_a_value_in_range_and_a_quote_gives_1() -> None:
    for answer, reference in [
        *random_pairs(300, seed=51),
        *((text, "text") for text in PICKED),
        (very_long(1), "text"),
    ]:
        asked = case(context=[{"id": "p", "text": reference}])
        assert 0 <= value("source-attribution", asked, answer) <= 1
        if reference.strip():
            assert value("source-attribution", asked, reference) == 1
