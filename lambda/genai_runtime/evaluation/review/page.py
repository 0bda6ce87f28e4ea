"""A form as one HTML file: it works offline and asks for nothing.

Everything that comes from data is escaped text. The policy in the page allows the page's own script and style by their
hashes and nothing else, so that even markup that got through would not run and nothing could be loaded or sent.
"""

import base64
import hashlib
import html
from collections.abc import Mapping
from pathlib import Path

from genai_runtime.evaluation.review.records import Form, Item
from genai_runtime.evaluation.suite import Rubric

_FOLDER = Path(__file__).parent


def render(form: Form) -> bytes:
    """The page, UTF-8."""
    script, style = _asset("form.js"), _asset("form.css")
    content = form.content
    data = {
        "run": content.run,
        "form": content.form,
        "reviewer": content.reviewer,
        "digest": form.digest,
        "signature": form.signature,
    }
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    items = "".join(_item(item, number, content.rubric) for number, item in enumerate(content.items, start=1))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Review {escaped(content.run)}, form {escaped(content.form)}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#item-1">Skip to the first answer</a>
<h1>Review of {len(content.items)} answers</h1>
<p>For <bdi>{escaped(content.reviewer)}</bdi>. Run {escaped(content.run)}, form {escaped(content.form)}.
Grade every answer, save the answers as a file, and hand it in: <code>foundation eval review submit FILE</code>.
Nothing is sent from this page.
<span id="kept">What you have entered is kept in this browser.</span></p>
{_rubric(content.rubric)}
<form id="form"{_attributes(data)} novalidate>
{items}<footer><button type="submit">Save answers</button><span id="status" role="status" aria-live="polite"></span></footer>
</form>
<noscript><p>This form needs its script: open it in a browser that runs it.</p></noscript>
<script>{script}</script>
</body>
</html>
""".encode()


def escaped(text: str) -> str:
    """Text as HTML shows it back, in content and in quoted attributes."""
    return html.escape(text, quote=True).replace("\r", "&#13;")


def _item(item: Item, number: int, rubric: Rubric) -> str:
    name = escaped(item.item)
    levels = "".join(
        f'<label class="level"><input type="radio" name="level-{name}" value="{level}">'
        f"<span><b>{level}</b> <bdi>{escaped(rubric.levels[level])}</bdi></span></label>\n"
        for level in sorted(rubric.levels)
    )
    return f"""<article id="item-{number}" data-item="{name}" aria-labelledby="title-{number}">
<h2 id="title-{number}">Answer {number}</h2>
{_text("Question", item.question)}{_folded("Context", item.context)}
{_text("Answer", item.answer, "text answer")}{_folded("Reference", item.reference)}
<fieldset>
<legend><bdi>{escaped(rubric.question)}</bdi></legend>
{levels}</fieldset>
<h3><label for="comment-{number}">Comment (optional)</label></h3>
<textarea id="comment-{number}" name="comment-{name}" maxlength="1000" dir="auto"></textarea>
</article>
"""


def _rubric(rubric: Rubric) -> str:
    levels = "".join(
        f"<dt>{level}</dt><dd><bdi>{escaped(rubric.levels[level])}</bdi></dd>" for level in sorted(rubric.levels)
    )
    return f'<section class="rubric"><h2><bdi>{escaped(rubric.question)}</bdi></h2><dl>{levels}</dl></section>'


def _text(name: str, text: str, style: str = "text") -> str:
    return f'<h3>{name}</h3><div class="{style}" dir="auto">{escaped(text)}</div>\n'


def _folded(name: str, text: str) -> str:
    if not text:
        return ""
    return f'<details><summary>{name}</summary><div class="text" dir="auto">{escaped(text)}</div></details>\n'


def _attributes(data: Mapping[str, str]) -> str:
    return "".join(f' data-{name}="{escaped(value)}"' for name, value in data.items())


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
