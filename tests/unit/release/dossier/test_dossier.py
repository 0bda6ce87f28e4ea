"""The dossier says what was measured, and that nothing was where nothing was; nothing of the data acts in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.release.cli import app
from foundation.release.dossier import cli as dossier_cli
from foundation.release.dossier.dimensions import DIMENSIONS
from foundation.release.dossier.limits import known_limits
from foundation.release.dossier.notes import release_notes
from foundation.release.dossier.page import as_json, render, sections, verdict
from genai_foundation.catalog import GuardrailSpec
from stacks.settings import Settings
from tests.unit.evaluation.review.browser import CHROMIUM, browser
from tests.unit.release.dossier.released import Released
from tests.unit.release.dossier.test_facts import facts_of

SEC_5 = {
    "privacy-and-security", "safety", "transparency", "explainability", "veracity-and-robustness", "fairness",
    "controllability", "governance",
}  # fmt: skip


@pytest.fixture
def approved(released: Released) -> Released:
    """Promoted twice, approved by two people, with a release before it."""
    released.before(evidence_days=3)
    released.judged("dev")
    released.judged("pre-prod")
    released.approved("qa", "quality@example.com")
    released.approved("domain-expert", "claims-expert@example.com")
    return released


class Structure(HTMLParser):
    """Ids, links, and elements that a page mustn't have from data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts = 0
        self.headings: list[int] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if tag == "a" else []
        self.scripts += tag == "script"
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        assert "style" not in found, "the page's policy forbids style attributes"
        assert tag not in ("img", "iframe", "link") or found.get("href") == "data:,"


def test_every_dimension_has_its_section(approved: Released) -> None:
    found = sections(facts_of(approved))
    assert {each.dimension.id for each in found} == SEC_5 == {each.id for each in DIMENSIONS}
    states = {each.dimension.id: each.state for each in found}
    assert states["veracity-and-robustness"] == "PROMOTE"
    assert states["explainability"] == "HOLD"
    assert states["governance"] == "recorded"
    assert states["fairness"] == "HOLD"  # the stratum by language; difficulty says nothing on fairness
    assert {each for each, state in states.items() if state == "no evidence"} == {
        "privacy-and-security", "safety", "transparency", "controllability",
    }  # fmt: skip


def test_a_dimension_without_evidence_says_what_would_give_some(approved: Released) -> None:
    missing = {each.dimension.id: each.missing for each in sections(facts_of(approved))}
    assert missing["safety"] == ("No evidence; safety-baseline could measure it, and no gate of this release asks it.")
    assert missing["transparency"] == "No evidence; no suite of the catalog measures it."
    assert missing["veracity-and-robustness"] == ""


def test_before_any_verdict_nothing_is_claimed(released: Released) -> None:
    facts = facts_of(released)
    assert {each.state for each in sections(facts)} == {"no evidence", "recorded"}
    assert "no environment has judged it yet" in render(facts).lower()
    assert "dev, bedrock-api-reference: not evaluated so far." in known_limits(facts)


def test_controls_are_those_of_the_releases_guardrails(approved: Released) -> None:
    controls = {each.dimension.id: " ".join(c.text for c in each.controls) for each in sections(facts_of(approved))}
    assert "Guardrail customer-facing v1" in controls["safety"]
    assert "Guardrail baseline v1 blocks 5 kinds of personal data and masks" in controls["privacy-and-security"]
    assert "Use case claims-assistant: legal LEG-2026-0147" in controls["governance"]


def test_known_limits_are_collected(approved: Released) -> None:
    limits = "\n".join(known_limits(facts_of(approved)))
    assert "citation-accuracy (informative) is 0.700 (0.650 to 0.740), wanted is 0.8: HOLD." in limits
    assert "citation-accuracy: 3 cases without a value, of 203." in limits
    assert "rouge-l: fewer than 30 cases in language fi (12)." in limits
    assert "rouge-l isn't shown to hold in language fi (HOLD, 0.700)." in limits
    assert "limit last-token-p95-ms HOLD: too few." in limits
    assert "prod, bedrock-api-reference: not evaluated so far." in limits
    assert "asked from a redacted copy" in limits


def test_a_refusal_shows(released: Released) -> None:
    released.judged("dev", "REJECT")
    facts = facts_of(released)
    assert "dev refused it" in render(facts).lower()
    assert any("1 severe failure: case-1." in line for line in known_limits(facts))
    assert {each.dimension.id: each.state for each in sections(facts)}["veracity-and-robustness"] == "REJECT"


def test_a_refusal_without_an_evaluation_shows(released: Released) -> None:
    released.refused("dev", "the guardrail isn't deployed")
    facts = facts_of(released)
    assert verdict(facts) == "dev refused it"
    assert "dev refused it: the guardrail isn't deployed" in known_limits(facts)
    assert "dev refused it: the guardrail isn't deployed" in release_notes(facts).replace("&#39;", "'")


def test_of_several_candidates_each_is_named(released: Released) -> None:
    released.judged("dev", "PROMOTE", "api-answer-v1-nova-micro")
    released.judged("pre-prod")
    facts = facts_of(released)
    notes, page = release_notes(facts), render(facts)
    for candidate in ("api-answer-v1-nova-lite", "api-answer-v1-nova-micro"):
        assert f"| dev | bedrock-api-reference, {candidate} (`bedrock-api-reference-dev`) | rouge-l |" in notes
        assert f"dev, bedrock-api-reference, {candidate}, gating" in page
        assert any(line.startswith(f"dev, bedrock-api-reference, {candidate}: ") for line in known_limits(facts))
    assert "| pre-prod | bedrock-api-reference (`bedrock-api-reference-pre-prod`) | rouge-l |" in notes


def test_what_only_reports_is_no_control(released: Released) -> None:
    """A guardrail whose filters, topics, entities and checks find something and let it pass."""
    settings = released.context.settings
    quiet = {name: _reporting(each) for name, each in settings.catalog.guardrails.items()}
    facts = replace(facts_of(released), settings=replace(settings, catalog=replace(settings.catalog, guardrails=quiet)))
    said = " ".join(control.text for each in sections(facts) for control in each.controls)
    for claim in ("content filters", "denied topics", "checks answers"):
        assert claim in " ".join(control.text for each in sections(facts_of(released)) for control in each.controls)
        assert claim not in said
    assert "blocks 0 kinds of personal data and masks 0; 0 patterns" in said


def _reporting(guardrail: GuardrailSpec) -> GuardrailSpec:
    none = {"input_action": "NONE", "output_action": "NONE"}
    given = guardrail.model_dump()
    for policy, lists in (
        ("content_policy", ("filters",)),
        ("topic_policy", ("topics",)),
        ("sensitive_information_policy", ("pii_entities", "regexes")),
    ):
        for name in lists if given[policy] else ():
            given[policy][name] = tuple({**each, **none} for each in given[policy][name])
    if given["contextual_grounding_policy"]:
        filters = given["contextual_grounding_policy"]["filters"]
        given["contextual_grounding_policy"]["filters"] = tuple({**each, "action": "NONE"} for each in filters)
    return GuardrailSpec.model_validate(given)


def test_a_suite_of_the_smoke_evaluation_alone_must_hold_nothing(released: Released) -> None:
    facts = facts_of(released)
    smoke = tuple(each for each in facts.manifest.requirements if each.purpose == "smoke")
    only = replace(facts, manifest=facts.manifest.model_copy(update={"requirements": smoke}))
    controls = {each.dimension.id: " ".join(c.text for c in each.controls) for each in sections(only)}
    assert "must hold" not in controls["veracity-and-robustness"]
    assert "must hold" in " ".join(c.text for each in sections(facts) for c in each.controls)


def test_the_page_is_whole_and_harmless(approved: Released) -> None:
    page = render(facts_of(approved))
    found = Structure(page)
    assert found.scripts == 1
    assert "<script>alert(1)" not in page
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links if link.startswith("#")} <= set(found.ids)
    assert not [link for link in found.links if not link.startswith("#")]
    assert found.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert approved.hash in page
    assert "quality@example.com" in page


def test_a_hostile_subject_stays_text(settings: Settings) -> None:
    released = Released(settings, subject="<b>x</b> | [y](http://evil) @team")
    facts = facts_of(released)
    assert "&lt;b&gt;x&lt;/b&gt;" in render(facts)
    notes = release_notes(facts)
    assert "<b>" not in notes
    assert "](http" not in notes


def test_the_same_facts_give_the_same_bytes(approved: Released) -> None:
    one, other = facts_of(approved), facts_of(approved)
    assert (render(one), as_json(one), release_notes(one)) == (render(other), as_json(other), release_notes(other))


def test_json_has_what_the_page_has(approved: Released) -> None:
    data = json.loads(as_json(facts_of(approved)))
    assert {each["dimension"] for each in data["dimensions"]} == SEC_5
    assert data["approvals"]["qa"]["by"] == "quality@example.com"
    assert data["bill_of_materials"]["packages"] == {"pypi": 1, "npm": 1}
    assert [each["decision"] for each in data["runs"]] == ["PROMOTE", "PROMOTE"]
    assert [each["signature"] for each in data["ledger"]] == ["verified"] * 5
    assert data["changes"] == [
        {"kind": "approval", "name": "evidence", "how": "changed", "before": "3 days", "after": "7 days"}
    ]


def test_release_notes_list_every_kind_of_version(approved: Released) -> None:
    notes = release_notes(facts_of(approved))
    for heading in (
        "What changed since", "What use cases use", "Prompts and their LLM configuration", "Guardrails", "Models", "Datasets",
        "Flows", "Agents and tools", "Quality thresholds", "Results", "Approvals", "Known limits",
    ):  # fmt: skip
        assert f"\n## {heading}" in notes, heading
    assert "| api-answer-v1 | amazon.nova-lite-v1:0 | max tokens 300, temperature 0, top p 0.9 |" in notes
    assert "| bedrock-api-reference | dev (gate), pre-prod (gate), prod (smoke) | rouge-l | gating | 0.55 |" in notes
    assert "\n## Flows\n\nNone.\n" in notes
    rows = [line for line in notes.splitlines() if line.startswith("|")]
    tables = "\n".join(rows)
    assert "||" not in tables


def test_release_notes_without_anything_before(released: Released) -> None:
    notes = release_notes(facts_of(released))
    assert "Nothing was released to production before it." in notes
    assert "| qa | not yet |" in notes
    assert "No evaluation so far." in notes


@pytest.fixture
def command(approved: Released, monkeypatch: pytest.MonkeyPatch) -> Released:
    """The commands on that release."""
    monkeypatch.setattr(dossier_cli, "context", lambda *_given: approved.context)
    monkeypatch.setattr(dossier_cli, "RoleAccess", lambda *_given: approved.account)
    return approved


def test_the_command_writes_and_uploads(command: Released, tmp_path: Path) -> None:
    arguments = ["dossier", "--manifest", command.hash, "--out", str(tmp_path), "--upload"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    names = {"dossier.html", "dossier.json", "release-notes.md"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert {f"dossiers/{command.hash}/{name}" for name in names} <= command.account.releases.objects.keys()
    assert command.account.releases.writes[-1].endswith("dossier.html")
    assert "no evidence  Safety" in done.output


def test_notes_are_printed(command: Released) -> None:
    done = CliRunner().invoke(app, ["notes", "--manifest", command.hash])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"# Release {command.hash[:12]}")


def test_fails_with_a_code_for_no_release(command: Released) -> None:
    done = CliRunner().invoke(app, ["notes", "--manifest", "0" * 64])
    assert done.exit_code == 1
    assert "GF-REL-110" in done.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_all_of_it_without_scrolling_sideways(approved: Released, tmp_path: Path, width: int) -> None:
    page = tmp_path / "dossier.html"
    page.write_text(render(facts_of(approved)), encoding="utf-8")
    with browser(tmp_path) as shown:
        shown.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        shown.open(page)
        assert shown.run("document.documentElement.scrollWidth") <= width
        assert not shown.happened("Log.entryAdded")
