"""The HTML report: complete, self-contained, the same bytes for the same run, and deaf to what the data says."""

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest

from genai_runtime.evaluation.reporting.data import RunData
from genai_runtime.evaluation.reporting.page import render_report
from tests.unit.evaluation.reporting.builder import Plan, World, build

VOID = {"meta", "link", "input", "br", "wbr", "img", "hr"}
HOSTILE = (
    '"><script>alert(1)</script>', "</style></script><img src=x onerror=alert(1)>", "{{ 7 * 7 }}{% raw %}",
    "\x00\x08\x1b[31m\x7f\x85\ufffe", "' onmouseover='alert(1)", "<!--", "]]>&amp;&lt;", "\u202eevil\u2066",
)  # fmt: skip
SMALL = World(cases=16, plans=(Plan(quality=0.3, errors=0.1), Plan(name="other", quality=0.3)))


class Tree(HTMLParser):
    """Tags in order, with their attributes; every end tag has to close the innermost open tag."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


def test_a_page_is_well_formed_and_its_ids_are_unique(each_page: str) -> None:
    tree = Tree(each_page)
    ids = [attrs["id"] for _, attrs in tree.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert "None" not in tree.text
    assert "nan" not in tree.text.split()


def test_every_reference_within_the_page_leads_somewhere(each_page: str) -> None:
    tree = Tree(each_page)
    ids = {attrs.get("id") for _, attrs in tree.tags}
    named = [str(attrs[key]) for _, attrs in tree.tags for key in ("aria-labelledby",) if attrs.get(key)]
    wanted = {each for value in named for each in value.split()}
    wanted |= {str(attrs["href"])[1:] for _, attrs in tree.tags if str(attrs.get("href", "")).startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", each_page))
    assert wanted <= ids


def test_nothing_is_loaded_and_the_policy_names_the_pages_own_style_and_script(each_page: str) -> None:
    tree = Tree(each_page)
    policy = next(
        str(attrs["content"]) for _, attrs in tree.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", each_page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attrs in tree.tags:
        assert tag not in ("iframe", "object", "embed", "base", "img", "foreignobject")
        assert not {"style", "src", "srcset", "action", "xlink:href"} & attrs.keys(), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")]
        assert str(attrs.get("href", "#")).startswith(("#", "data:,"))


def test_the_same_run_gives_the_same_bytes(each_run: RunData, each_page: str) -> None:
    assert render_report(each_run) == each_page


def test_the_verdict_comes_first_with_reasons_and_what_to_do(one: RunData, page: str) -> None:
    text = Tree(page).text
    result = one.gate.candidates[0]
    assert text.index(one.gate.decision) < text.index("Candidates")
    assert text.index("What to do next") < text.index("Candidates")
    for reason in result.reasons:
        assert re.sub(r"\s+", " ", reason) in text
    for metric in result.metrics:
        assert metric.name in text
        assert f"{metric.estimate:.3f}" in text


def test_every_failed_case_is_there_with_prompt_answer_reference_scores_and_trace(one: RunData, page: str) -> None:
    text = Tree(page).text
    candidate = one.candidates[0]
    for case in one.gate.candidates[0].failed_cases:
        outcome = candidate.by_case[case]
        assert outcome.response is not None
        for part in (
            case, (outcome.case.variables or {})["question"], outcome.case.reference, outcome.case.context[0].text,
            outcome.response.answer, outcome.response.trace_id,
        ):  # fmt: skip
            assert part is not None
            assert part in text


def test_facts_of_the_run_are_there(one: RunData, page: str) -> None:
    text = Tree(page).text
    for fact in (
        one.request.version, "amazon.nova-lite-v1:0", "grounded-answer, version 2", "as of 2026-08-15", "20260901",
        "200 requests and 200,000 tokens a minute", "2026-09-01T09:12:04Z", "bedrock-api-released", "4f1c2d9",
    ):  # fmt: skip
        assert fact in text


def test_each_plot_says_in_words_what_it_shows(page: str) -> None:
    tree = Tree(page)
    plots = [attrs for tag, attrs in tree.tags if tag == "svg" and attrs.get("role") == "img"]
    assert len(plots) > 10
    assert all(attrs.get("aria-labelledby") or attrs.get("aria-label") for attrs in plots)


@pytest.fixture(scope="module")
def harmless() -> Tree:
    return Tree(render_report(build(SMALL)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_data_stays_text(harmless: Tree, hostile: str) -> None:
    """In questions, references, passages, answers, errors and score details."""
    page = render_report(build(dataclasses.replace(SMALL, hostile=hostile)))
    tree = Tree(page)
    assert [tag for tag, _ in tree.tags] == [tag for tag, _ in harmless.tags]
    assert [sorted(attrs) for _, attrs in tree.tags] == [sorted(attrs) for _, attrs in harmless.tags]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe]", page)


def test_hostile_labels_and_descriptions_stay_text(one: RunData) -> None:
    request = one.request.model_copy(update={"labels": {"<b>x": "</dl><script>"}, "requested_by": "<i>me\x00"})
    suite = one.suite.model_copy(update={"description": "</p><svg onload=alert(1)>"})
    page = render_report(dataclasses.replace(one, request=request, suite=suite))
    assert [tag for tag, _ in Tree(page).tags].count("script") == 1
    assert "<i>" not in page
    assert "<svg onload" not in page


def test_a_page_of_5000_failed_cases_stays_small_and_says_what_it_leaves_out() -> None:
    """Five candidates would be five such; the budget is for all of them together."""
    long = " lorem ipsum <&>" * 600
    data = build(World(cases=5000, dataset=5000, plans=(Plan(quality=0.1),), baseline=False, hostile=long))
    page = render_report(data)
    assert len(page.encode()) < 5_000_000
    tree = Tree(page)
    shown = sum(tag == "details" and "data-severity" in attrs for tag, attrs in tree.tags)
    total = len({*data.gate.candidates[0].failed_cases}) + sum(
        data.candidates[0].undecided(each) for each in data.candidates[0].outcomes
    )
    assert 50 < shown <= 300
    assert f"{total:,} cases failed or undecided" in tree.text
    assert f"{total - shown:,} cases are left out and stand in failed-cases.jsonl" in tree.text
    severe = [each for each in data.gate.candidates[0].failed_cases if int(each[-4:]) % 80 == 5]
    assert all(f"case-{data.candidates[0].name}--{case}" in page for case in severe)


def test_without_cases_there_is_no_plot_and_nothing_breaks(empty: RunData) -> None:
    text = Tree(render_report(empty)).text
    assert "No answer was timed." in text
    assert "No case failed, and every case has an answer." in text


def test_one_candidate_without_a_baseline_has_no_front() -> None:
    text = Tree(render_report(build(World(cases=40, baseline=False)))).text
    assert "One candidate alone has no front" in text
