"""The ledger as people read it: what doesn't verify is shown as such, and hides nothing."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from foundation.release.cli import app
from foundation.release.context import Context
from foundation.release.history import ledger, newest_promoted, words
from foundation.release.people import cli as people_cli
from genai_runtime.release.records import Approved, Evidence, Promoted, Redeemed, Refused, Sealed, Statement, Warrant
from stacks.settings import Settings
from tests.unit.release.deployment.sealed import FakeKeys, context_with
from tests.unit.release.ledger_table import LedgerTable

ONE, TWO = "ab" * 32, "cd" * 32
EVIDENCE = Evidence(
    suite="api",
    version="1" * 64,
    run="api-1",
    decision="PROMOTE",
    result_sha256="2" * 64,
    ended_at="2026-09-01T10:00:00Z",
)


def statements(manifest: str, day: int) -> list[tuple[Statement, str]]:
    """A release's way to production."""
    common = {"manifest": manifest, "execution": f"e-{day}"}
    at = f"2026-09-{day:02}T1{{}}:00:00+00:00"
    return [
        (Sealed(**common, commit="1a" * 20, author="a@example.com", at=at.format(0)), ""),
        (Promoted(**common, environment="dev", purpose="gate", evidence=(EVIDENCE,), at=at.format(1)), ""),
        (Approved(**common, role="qa", by="q@example.com", principal="arn", at=at.format(2)), ""),
        (
            Warrant(**common, environment="prod", nonce_sha256="3" * 64, expires_at=at.format(4), at=at.format(3)),
            f"warrant#prod#e-{day}#0",
        ),
        (Redeemed(**common, environment="prod", session="s", at=at.format(3)), f"redeemed#prod#{'3' * 64}"),
        (Promoted(**common, environment="prod", purpose="smoke", evidence=(EVIDENCE,), at=at.format(5)), ""),
        (Refused(**common, environment="dev", purpose="gate", evidence=(), reasons=("too few",), at=at.format(6)), ""),
    ]


@pytest.fixture
def table() -> LedgerTable:
    """Two releases."""
    made = LedgerTable()
    for manifest, day in ((TWO, 2), (ONE, 1)):
        for statement, entry in statements(manifest, day):
            made.add(statement, entry)
    return made


@pytest.fixture
def context(settings: Settings, table: LedgerTable, monkeypatch: pytest.MonkeyPatch) -> Context:
    """On that ledger."""
    monkeypatch.setattr(Context, "keys", FakeKeys())
    return context_with(settings, {"dynamodb": table}, LEDGER_TABLE="ledger")


def test_entries_come_oldest_first_and_verified(context: Context) -> None:
    lines = ledger(context)
    assert [line.manifest for line in lines] == [ONE] * 7 + [TWO] * 7
    assert {line.signature for line in lines} == {"verified", "unsigned"}
    assert len(ledger(context, ONE)) == 7
    assert all(words(line.statement) for line in lines if line.statement)


def test_the_newest_promotion_says_what_went_live(context: Context, table: LedgerTable) -> None:
    assert newest_promoted(context, "prod") == TWO
    assert newest_promoted(context, "pre-prod") is None
    next(item for item in table.items if item["manifest"]["S"] == TWO and "smoke" in item["statement"]["S"])[
        "signature"
    ] = {"S": "Zm9yZ2Vk"}
    assert newest_promoted(context, "prod") == ONE


@pytest.mark.parametrize("fault", ["signature", "statement", "moved", "nonsense"])
def test_fails_no_entry_for_another_ones_fault(context: Context, table: LedgerTable, fault: str) -> None:
    item = table.items[0]
    if fault == "moved":
        item["manifest"] = {"S": ONE}
    elif fault == "nonsense":
        item["statement"] = {"S": "{"}
    else:
        item[fault] = {"S": "Zm9yZ2Vk" if fault == "signature" else item["statement"]["S"].replace("a@", "b@")}
    refused = [line for line in ledger(context) if line.signature == "refused"]
    assert len(refused) == 1
    assert refused[0].problem.startswith("GF-REL-10")
    assert refused[0].statement is None
    assert len(ledger(context)) == 14


def test_the_command_shows_and_judges(context: Context, table: LedgerTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_cli, "context", lambda *_given: context)
    run = CliRunner().invoke
    shown = run(app, ["history", "--environment", "prod"])
    assert shown.exit_code == 0
    assert "(smoke): api PROMOTE" in shown.output
    rows = json.loads(run(app, ["history", "--json", "--manifest", ONE]).stdout)
    assert [row["signature"] for row in rows].count("verified") == 6
    table.items[0]["signature"] = {"S": ""}
    assert run(app, ["history"]).exit_code == 1
