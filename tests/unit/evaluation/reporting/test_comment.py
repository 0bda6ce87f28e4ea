"""The pull-request comment: at most 60 lines, every failed test by name as far as they fit, inert data."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from genai_runtime.evaluation.reporting.comment import MOST_LINES, markdown, render_comment
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from tests.unit.evaluation.reporting.builder import Plan, World, build

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    found = READER.parse(text)
    return [*found, *(child for token in found for child in token.children or [])]


def test_it_says_verdict_metrics_and_next_step(one: RunData) -> None:
    comment = render_comment(one)
    result = one.gate.candidates[0]
    assert comment.splitlines()[0].endswith(f"{one.gate.decision}: not enough evidence to decide")
    for metric in result.metrics:
        assert f"| {metric.name}" in comment
    assert str(result.cases_needed) in comment
    assert any(token.type == "table_open" for token in READER.parse(comment))


def test_every_failed_case_is_named_as_long_as_they_fit(one: RunData) -> None:
    comment = render_comment(one)
    for case in one.gate.candidates[0].failed_cases:
        assert f"- `{case}` " in comment


def test_of_many_failed_cases_the_worst_are_named_and_the_rest_counted() -> None:
    data = build(World(cases=400, plans=(Plan(quality=0.2),), baseline=False))
    comment = render_comment(data)
    failed = data.gate.candidates[0].failed_cases
    named = [line for line in comment.splitlines() if line.startswith("- `")]
    assert f"- and {len(failed) - len(named):,} more, see the report" in comment
    assert len(comment.splitlines()) == MOST_LINES
    severe = data.gate.candidates[0].severe_failures
    assert [line.split("`")[1] for line in named[: len(severe)]] == list(severe)


@pytest.mark.parametrize("candidates", [1, 2, 5, 6, 12])
@pytest.mark.parametrize("cases", [0, 1, 24])
def test_it_never_has_more_than_60_lines(candidates: int, cases: int) -> None:
    plans = tuple(Plan(name=f"candidate-{number}", quality=number % 3 / 3) for number in range(candidates))
    comment = render_comment(build(World(cases=cases, dataset=cases, plans=plans, baseline=False)))
    assert len(comment.splitlines()) <= MOST_LINES


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=120), reasons=st.integers(0, 30), metrics=st.integers(1, 40))
def test_it_never_has_more_than_60_lines_whatever_the_reasons(
    five: RunData, text: str, reasons: int, metrics: int
) -> None:
    results = tuple(
        each.model_copy(update={"reasons": (text,) * reasons, "metrics": (each.metrics * metrics)[:metrics]})
        for each in five.gate.candidates
    )
    gate = five.gate.model_copy(update={"candidates": results})
    comment = render_comment(dataclasses.replace(five, gates=(gate,)))
    assert len(comment.splitlines()) <= MOST_LINES
    assert comment.count("\n") <= MOST_LINES


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.one_of(
            st.sampled_from("\\`*_{}[]()<>#+-.!|~@&:/$^=\"'%? \n\r\t\x0b\x85\u2028"),
            st.characters(exclude_categories=()),
        ),
        max_size=80,
    )
)
def test_no_text_of_the_data_formats_or_links(text: str) -> None:
    """Read by a CommonMark parser with tables: inside a list item there is nothing but a paragraph of plain text."""
    found = tokens(f"- {markdown('x' + text)}")
    allowed = {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "paragraph_close",
        "list_item_close", "bullet_list_close", "text_special",
    }  # fmt: skip
    assert {token.type for token in found} <= allowed


@pytest.mark.parametrize(
    ("text", "acting"),
    [
        ("@octocat look", "@octocat"),
        ("see #12", "#12"),
        ("see owner/repo#12", "repo#12"),
        ("GH-12", "GH-12"),
        ("go to https://evil.example", "://"),
        ("www.evil.example", "www."),
        ("mail me@evil.example", "me@evil"),
        ("!12 %12 ~bug &3 $7", "!12"),
        (":tada:", ":tada"),
    ],
)
def test_no_text_of_the_data_mentions_or_refers(text: str, acting: str) -> None:
    """Hosts look for these in the finished page, so that entities alone don't help."""
    (inline,) = [token for token in READER.parse(markdown(text)) if token.type == "inline"]
    finished = "".join(child.content for child in inline.children or [])
    assert acting not in finished
    assert finished.replace("\u2060", "") == text


def test_hostile_reasons_and_details_leave_no_markup() -> None:
    data = build(World(cases=30, plans=(Plan(quality=0.3),), hostile="</td>| <img src=x> [a](http://b) @all\n# head"))
    reason = ("<script>x</script> | @all [a](http://b)\n# head",) * 3
    results = tuple(each.model_copy(update={"reasons": reason}) for each in data.gate.candidates)
    gate = data.gate.model_copy(update={"candidates": results})
    comment = render_comment(dataclasses.replace(data, gates=(gate,)))
    found = {token.type for token in tokens(comment)}
    assert not found & {"html_inline", "html_block", "link_open", "image"}
    assert sum(token.type == "heading_open" for token in READER.parse(comment)) == 1
    assert "@all" not in comment


def test_a_run_without_failures_says_so(one: RunData) -> None:
    result = one.gate.candidates[0].model_copy(update={"failed_cases": (), "severe_failures": ()})
    gate = one.gate.model_copy(update={"candidates": (result,)})
    candidate = CandidateData(one.candidates[0].candidate, (), one.candidates[0].gating)
    assert "No case failed." in render_comment(dataclasses.replace(one, gates=(gate,), candidates=(candidate,)))
