"""Write the report as HTML, CSV and JSON: `index.*` over all accounts and `ACCOUNT.*` for each; the release pipeline's roles
have a CSV of their own, `…-roles.csv`."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from foundation.checks.assembly import Assembly
from foundation.report.collect import Report, for_account
from foundation.report.page import render
from foundation.report.pipeline import PipelineRole
from foundation.report.pipeline_write import COLUMNS as ROLE_COLUMNS
from foundation.report.pipeline_write import as_data as roles_as_data
from foundation.report.pipeline_write import lines
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
        files = {
            f"{name}.html": render(each),
            f"{name}.csv": as_csv(each.rows),
            f"{name}.json": as_json(each),
            **({f"{name}-roles.csv": roles_as_csv(each.roles)} if each.roles else {}),
        }
        for file, text in files.items():
            path = folder / file
            path.write_text(text)
            written.append(path)
    for path in folder.iterdir():
        if path.suffix in (".html", ".csv", ".json") and path not in written:
            path.unlink()
    return tuple(written)


def as_csv(rows: Sequence[Row]) -> str:
    """One line per finding. A leading =, +, - or @ is quoted: spreadsheets would run it as a formula."""
    return _table(COLUMNS, (map(str, asdict(row).values()) for row in rows))


def roles_as_csv(roles: Sequence[PipelineRole]) -> str:
    """One line per role of the release pipeline, statement and account that it reaches."""
    return _table(ROLE_COLUMNS, lines(roles))


def _table(columns: Sequence[str], found: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for line in found:
        writer.writerow([_harmless(value) for value in line])
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
        "pipeline_roles": roles_as_data(report.roles),
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
        "roles": len(report.roles),
    }
