"""The form in a real browser: hostile texts stay texts, work survives, and the saved file is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.page import escaped, render
from genai_runtime.evaluation.review.records import Form
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.evaluation.review.browser import CHROMIUM, Page, browser
from tests.unit.evaluation.review.reviewed_run import RUN, form_of, plan, reviewed, reviews, submit

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</div></article></form><script>window.hacked = 2</script>",
    "<img src=x onerror='window.hacked = 3'>",
    "<svg onload=window.hacked=4>",
    "\"'><input autofocus onfocus=window.hacked=5 name=level-1>",
    "<iframe srcdoc='<script>parent.hacked = 6</script>'></iframe>",
    "<a href='javascript:window.hacked = 7'>click</a><base href='https://example.com/'>",
    "<style>* { display: none }</style><link rel=stylesheet href=https://example.com/x.css>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "<!-- --><![CDATA[ ]]> &lt;script&gt; &#60;b&#62; &amp;amp;",
    "]]>\u2028\u2029 \u202egnirts\u202c \u0085 \ufeff line\r\nbreak",
    "`${window.hacked = 8}` {{constructor.constructor('window.hacked = 9')()}}",
    "</textarea></script></style></title><body onload=window.hacked=10>",
]


class Reader(HTMLParser):
    """Texts and tags as a parser sees them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def hostile_form(text: str) -> Form:
    store = reviewed({"one": {"a": "plain"}}, reviewers=("ann",))
    form = form_of(store, plan(store)[0].form)
    item = form.content.items[0].model_copy(
        update={"question": text, "context": text, "reference": text, "answer": text}
    )
    rubric = form.content.rubric.model_copy(update={"question": text, "levels": {1: text, 2: "fine"}})
    content = form.content.model_copy(update={"items": (item,), "rubric": rubric, "reviewer": text})
    return form.model_copy(update={"content": content})


@given(st.one_of(st.sampled_from(HOSTILE), st.text(alphabet="<>&'\"/=!-a \n\r`{}", min_size=1)))
def test_text_adds_no_markup(text: str) -> None:
    plain, made = Reader(render(hostile_form("plain"))), Reader(render(hostile_form(text)))
    assert [tag for tag, _ in made.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in made.tags] == [sorted(attributes) for _, attributes in plain.tags]
    (form,) = [attributes for tag, attributes in made.tags if tag == "form"]
    assert form["data-reviewer"] == text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = render(hostile_form("plain")).decode()
    assert not re.findall(r"\b(?:src|href|action|url\()\s*=?\s*['\"(]?(?:https?:)?//", page)
    assert "default-src &#x27;none&#x27;" in page
    assert "unsafe-inline" not in page
    assert "unsafe-eval" not in page
    assert not [
        attributes for _, attributes in Reader(page.encode()).tags if any(name.startswith("on") for name in attributes)
    ]


def test_the_same_form_gives_the_same_bytes() -> None:
    assert render(hostile_form("x")) == render(hostile_form("x"))
    assert escaped("a\rb\"'<>&") == "a&#13;b&quot;&#x27;&lt;&gt;&amp;"


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture
def opened(tab: Page, tmp_path: Path) -> tuple[MemoryStore, Path]:
    """A form with every hostile text, open in the browser."""
    answers = {f"c{number:02}": text for number, text in enumerate(HOSTILE)}
    store = reviewed({"one": answers}, reviewers=("ann <b>&amp;\"'",))
    plan(store)
    path = tmp_path / "form.html"
    path.write_bytes(store.objects[layout.form(RUN, "1-0-0", "form.html")])
    tab.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.open(path)
    tab.run("localStorage.clear()")
    tab.events.clear()
    tab.open(path)
    return store, path


def fill(tab: Page) -> None:
    """Every answer graded by its number, with a comment, as a person's input would be."""
    tab.run(
        """document.querySelectorAll("article").forEach((item, index) => {
             item.querySelectorAll("input")[index % 3].click();
             const box = item.querySelector("textarea");
             box.value = `comment ${index} — ünïcödé 🙂 \\ud83d \\n second line`;
             box.dispatchEvent(new Event("input", { bubbles: true }));
           })"""
    )


def save(tab: Page, folder: Path) -> Any:
    """The file that the button saves."""
    since = len(tab.events)
    tab.run('document.querySelector("button").click()')
    name = tab.wait("Page.downloadWillBegin", since)["suggestedFilename"]
    tab.wait("Page.downloadProgress", since, state="completed")
    return json.loads((folder / name).read_text())


@needs_browser
def test_hostile_texts_are_shown_and_do_nothing(tab: Page, opened: tuple[MemoryStore, Path]) -> None:
    store, path = opened
    assert tab.run("window.hacked === undefined")
    shown = tab.run('[...document.querySelectorAll(".answer")].map((each) => each.textContent)')
    assert shown == [item.answer for item in form_of(store, "1-0-0").content.items]
    assert tab.run("document.scripts.length") == 1
    assert tab.run('document.querySelectorAll("img, svg, iframe, link, base, a:not(.skip)").length') == 0
    requested = [event["request"]["url"] for event in tab.happened("Network.requestWillBeSent")]
    assert requested == [path.as_uri()]
    assert tab.happened("Runtime.exceptionThrown") == []
    assert tab.happened("Log.entryAdded") == []


@needs_browser
def test_markup_that_got_into_the_page_would_not_run(tab: Page, tmp_path: Path) -> None:
    page = render(hostile_form("plain")).replace(
        b"<form", b"<script>window.hacked = 1</script><img src=x onerror=hacked=2><form"
    )
    path = tmp_path / "tampered.html"
    path.write_bytes(page)
    tab.open(path)
    assert tab.run("window.hacked === undefined")


@needs_browser
def test_the_saved_file_is_taken(tab: Page, opened: tuple[MemoryStore, Path]) -> None:
    store, path = opened
    fill(tab)
    assert tab.run('document.getElementById("status").textContent') == "13 of 13 graded"
    saved = save(tab, path.parent)
    assert submit(store, saved) == {"outcome": "accepted", "form": "1-0-0", "resumed": False}
    assert set(reviews(store, "one").values()) == {0.0, 0.5, 1.0}
    assert saved["answers"][0]["comment"] == "comment 0 — ünïcödé 🙂 \ufffd \n second line"


@needs_browser
def test_partial_work_is_there_again_after_closing(tab: Page, opened: tuple[MemoryStore, Path]) -> None:
    _, path = opened
    tab.run('document.querySelectorAll("article")[1].querySelectorAll("input")[2].click()')
    tab.run(
        """(() => { const box = document.querySelector("textarea"); box.value = "half a thought";
           box.dispatchEvent(new Event("input", { bubbles: true })); })()"""
    )
    tab.open(path)
    assert tab.run('document.querySelectorAll("input:checked").length') == 1
    assert tab.run('document.querySelectorAll("article")[1].querySelector("input:checked").value') == "3"
    assert tab.run('document.querySelector("textarea").value') == "half a thought"
    assert tab.run('document.getElementById("status").textContent') == "1 of 13 graded"


@needs_browser
def test_fails_to_save_until_every_answer_is_graded(tab: Page, opened: tuple[MemoryStore, Path]) -> None:
    tab.run('document.querySelectorAll("article")[0].querySelector("input").click()')
    tab.run('document.querySelector("button").click()')
    assert tab.run('document.getElementById("status").textContent') == "12 of 13 still to grade"
    assert tab.run("document.activeElement.name") == "level-2"
    assert tab.run('document.querySelectorAll(".missing").length') == 12


@needs_browser
def test_a_keyboard_is_enough(tab: Page, opened: tuple[MemoryStore, Path]) -> None:
    tab.run("document.body.focus()")
    tab.key("Tab", 9)
    assert tab.run("document.activeElement.className") == "skip"
    for _ in range(40):
        tab.key("Tab", 9)
        if tab.run('document.activeElement.name === "level-1"'):
            break
    tab.key(" ", 32, " ")
    tab.key("ArrowDown", 40)
    assert tab.run("document.querySelector('input[name=level-1]:checked').value") == "2"
    tab.key("Tab", 9)
    assert tab.run("document.activeElement.tagName") == "TEXTAREA"
    labelled = tab.run(
        """[...document.querySelectorAll("input, textarea")].every((each) => each.labels.length > 0)
           && [...document.querySelectorAll("fieldset")].every((each) => each.querySelector("legend").textContent)"""
    )
    assert labelled
