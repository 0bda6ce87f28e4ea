"""The files that reviewers get."""

import base64
import csv
import hashlib
import io
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly
from foundation.report.collect import collect
from foundation.report.page import render
from foundation.report.write import COLUMNS, as_csv, write

TODAY = date(2027, 1, 15)


class _Page(HTMLParser):
    """Tags with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.raw.setdefault(self.tags[-1][0], data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_each_account_and_all_have_every_format(faulty: Assembly, folder: Path) -> None:
    folder.mkdir()
    (folder / "of-an-account-that-is-gone.html").write_text("old")
    pages = write(collect(faulty, TODAY), faulty, folder)
    names = [f"{name}.{suffix}" for name in ("index", "dev", "prod") for suffix in ("html", "csv", "json")]
    assert [page.name for page in pages] == names
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_json_and_csv_hold_the_same_rows(faulty: Assembly, folder: Path) -> None:
    write(collect(faulty, TODAY), faulty, folder)
    data = json.loads((folder / "index.json").read_text())
    rows = list(csv.DictReader(io.StringIO((folder / "index.csv").read_text())))
    assert [list(row) for row in rows[:1]] == [list(COLUMNS)]
    assert rows == data["findings"]
    assert data["summary"]["failing"] == 3
    assert data["when"] == "2027-01-15"
    assert [account["name"] for account in data["accounts"]] == ["dev", "prod"]


def test_spreadsheets_run_no_formula(hostile: Assembly) -> None:
    rows = csv.DictReader(io.StringIO(as_csv(collect(hostile, TODAY).rows)))
    reasons = {row["reason"] for row in rows if row["rule"] == "AwsSolutions-SQS4" and row["account"] == "dev"}
    assert reasons == {"'=cmd()</script><script>alert('x')</script>"}


def test_what_others_wrote_is_escaped(hostile: Assembly) -> None:
    page = render(collect(hostile, TODAY))
    assert "<script>alert" not in page
    assert "=cmd()&lt;/script&gt;" in page
    assert len(_Page(page).all("script")) == 1


def test_the_page_asks_nothing_of_anybody(faulty: Assembly) -> None:
    page = _Page(render(collect(faulty, TODAY)))
    addresses = [value for _, attributes in page.tags for key, value in attributes.items() if key in ("src", "href")]
    assert {address for address in addresses if address and not address.startswith("#")} == {
        "data:,",
        "dev.html",
        "prod.html",
    }
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for tag, text in page.raw.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]


def test_rows_carry_what_the_filters_read(faulty: Assembly) -> None:
    page = _Page(render(collect(faulty, TODAY)))
    rows = [attributes for attributes in page.all("tr") if "data-state" in attributes]
    assert len(rows) == len(collect(faulty, TODAY).rows)
    assert {row["data-account"] for row in rows} == {"dev", "prod"}
    assert rows[0]["data-failing"] == "yes"
    options = {option.get("value") for option in page.all("option")}
    assert {row["data-rule"] for row in rows} <= options


def test_people_who_do_not_see_can_use_it(faulty: Assembly) -> None:
    text = render(collect(faulty, TODAY))
    page = _Page(text)
    assert page.all("html")[0]["lang"] == "en"
    assert all(header.get("scope") for header in page.all("th"))
    names = {each.get("id") for _, each in page.tags}
    for _, attributes in page.tags:
        assert attributes.get("aria-labelledby", next(iter(names))) in names
    inputs = re.findall(r"<(?:input|select)[^>]*>", text)
    assert len(inputs) == len(
        re.findall(r"<label[^>]*>[^<]*<(?:input|select)|<label[^>]*>[^<]*\s+<(?:input|select)", text)
    )


@pytest.mark.parametrize("name", ["clean", "faulty"])
def test_the_verdict_is_the_reports(name: str, request: pytest.FixtureRequest) -> None:
    report = collect(request.getfixturevalue(name), TODAY)
    assert ("Nothing is open." in render(report)) == (not report.failures)
