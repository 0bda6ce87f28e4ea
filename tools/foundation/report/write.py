"""Write the report as HTML, CSV and JSON: `index.*` over all accounts and `ACCOUNT.*` for each."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from foundation.checks.assembly import Assembly
from foundation.report.collect import Report, for_account
from foundation.report.page import render
from foundation.report.rows import Row

COLUMNS = tuple(field.name for field in fields(Row))


def write(report: Report, assembly: Assembly, folder: Path) -> tuple[Path, ...]:
    """Replace the pages in `folder`; returns them, the one over all accounts first.

    Pages of accounts that this assembly doesn't hold are removed: they would be of another day.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = [("index", report), *((name, for_account(report, assembly, name)) for name in assembly.stages)]
    written = []
    for name, each in pages:
        for suffix, text in (("html", render(each)), ("csv", as_csv(each.rows)), ("json", as_json(each))):
            path = folder / f"{name}.{suffix}"
            path.write_text(text)
            written.append(path)
    for path in folder.iterdir():
        if path.suffix in (".html", ".csv", ".json") and path not in written:
            path.unlink()
    return tuple(written)


def as_csv(rows: Sequence[Row]) -> str:
    """One line per finding. A leading =, +, - or @ is quoted: spreadsheets would run it as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(str(value)) for value in asdict(row).values()])
    return out.getvalue()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def as_json(report: Report) -> str:
    """Everything of the page, for tools."""
    return json.dumps(as_data(report), indent=1) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data; keys are stable."""
    packs = sorted({row.pack for row in report.rows})
    return {
        "title": report.title,
        "when": report.when,
        "summary": summary(report),
        "packs": {pack: Counter(row.state for row in report.rows if row.pack == pack) for pack in packs},
        "accounts": [asdict(account) for account in report.accounts],
        "findings": [asdict(row) for row in report.rows],
        "network": [
            {
                "stack": proof.subnet.stack.path,
                "region": proof.subnet.stack.region,
                "subnet": proof.subnet.logical_id,
                "cidr": proof.cidr,
                "zone": proof.zone,
                "route_table": proof.route_table,
                "routes": proof.routes,
            }
            for proof in report.subnets
        ],
        "endpoints": [
            {
                "stack": proof.endpoint.stack.path,
                "region": proof.endpoint.stack.region,
                "service": proof.service,
                "type": proof.kind,
                "organisations": proof.organisations,
                "actions": proof.actions,
                "models": proof.models,
            }
            for proof in report.endpoints
        ],
        "invocations": [
            {
                "path": statement.resource.path,
                "actions": statement.actions,
                "models": statement.resources,
                "conditions": [list(condition) for condition in statement.conditions],
            }
            for statement in report.invocations
        ],
    }


def summary(report: Report) -> dict[str, int]:
    """The counts of a report."""
    return {
        "failing": len(report.failures),
        **{state: report.count(state) for state in ("open", "acknowledged", "stale")},
        "accounts": len(report.accounts),
        "resources": sum(account.resources for account in report.accounts),
        "subnets": len(report.subnets),
        "endpoints": len(report.endpoints),
        "statements": report.statements,
    }
