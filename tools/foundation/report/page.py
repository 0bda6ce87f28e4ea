"""The reviewer's page: one self-contained HTML file that works offline, without scripts too."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from foundation.checks.endpoints import EndpointProof
from foundation.checks.network import SubnetProof
from foundation.report.collect import Report
from foundation.report.rows import Row

_ASSETS = Path(__file__).parent / "assets"
_CONTROLS = re.compile(r"\s*-?\s*\(Control IDs?: (?P<ids>.*)\)\.?\s*$", re.DOTALL)
_ORDER = {"open": 0, "stale": 1, "acknowledged": 2}


@dataclass(frozen=True)
class RuleCount:
    """How often one rule shows, whatever the exact finding in brackets."""

    key: str
    pack: str
    rule: str
    states: Counter[str]
    failing: int


@dataclass(frozen=True)
class StackSubnets:
    """The subnets of one stack."""

    stack: str
    region: str
    proofs: tuple[SubnetProof, ...]


@dataclass(frozen=True)
class StackEndpoints:
    """The endpoints of one stack, and the organisations that all their policies are limited to."""

    stack: str
    region: str
    proofs: tuple[EndpointProof, ...]
    organisations: tuple[str, ...]
    unlimited: int


def render(report: Report) -> str:
    """The page. Its content security policy allows nothing but the page's own style and script, by their hash."""
    style, script = (_ASSETS / "page.css").read_text(), (_ASSETS / "page.js").read_text()
    rows = sorted(report.rows, key=lambda row: (not row.fails, _ORDER[row.state], row.pack, row.rule, row.path))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            rows=rows,
            rules=rule_counts(report.rows),
            account_counts={account.name: _states(report.rows, account.name) for account in report.accounts},
            expiries={account.name: next_expiry(report.rows, account.name) for account in report.accounts},
            subnets=_by_stack(report.subnets),
            endpoints=_endpoints_by_stack(report.endpoints),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def rule_counts(rows: Iterable[Row]) -> tuple[RuleCount, ...]:
    """Counts by rule, failing rules first."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.pack, rule_name(row)), []).append(row)
    counts = [
        RuleCount(f"{pack}::{rule}", pack, rule, Counter(row.state for row in each), sum(row.fails for row in each))
        for (pack, rule), each in grouped.items()
    ]
    return tuple(sorted(counts, key=lambda count: (-count.failing, count.pack, count.rule)))


def rule_name(row: Row) -> str:
    """The rule without its exact finding: AwsSolutions-IAM5 of AwsSolutions-IAM5[Resource::*]."""
    return row.rule.partition("[")[0]


def finding_of(row: Row) -> str:
    """The exact finding: Resource::* of AwsSolutions-IAM5[Resource::*]."""
    return row.rule.partition("[")[2].removesuffix("]")


def plain_description(row: Row) -> str:
    """The description without the list of controls that NIST's pack appends."""
    return _CONTROLS.sub("", row.description)


def controls(row: Row) -> str:
    """The NIST controls that a rule serves."""
    match = _CONTROLS.search(row.description)
    return match["ids"] if match else ""


def breakable(value: str) -> Markup:
    """Text that may wrap after each slash and colon instead of within a word."""
    return Markup(re.sub(r"(/|::?)", r"\1<wbr>", str(escape(value))))  # noqa: S704 - escaped just before


def next_expiry(rows: Iterable[Row], account: str) -> str:
    """The first day on which an acknowledgement of the account ends; empty when none does."""
    return min((row.expires for row in rows if row.account == account and row.expires), default="")


def _states(rows: Iterable[Row], account: str) -> Counter[str]:
    counts: Counter[str] = Counter(row.state for row in rows if row.account == account)
    counts["failing"] = sum(row.fails for row in rows if row.account == account)
    return counts


def _by_stack(proofs: Iterable[SubnetProof]) -> list[StackSubnets]:
    grouped = groupby(proofs, key=lambda proof: proof.subnet.stack)
    return [StackSubnets(stack.path, stack.region, tuple(each)) for stack, each in grouped]


def _endpoints_by_stack(proofs: Iterable[EndpointProof]) -> list[StackEndpoints]:
    found = []
    for stack, each in groupby(proofs, key=lambda proof: proof.endpoint.stack):
        members = tuple(each)
        names = tuple(dict.fromkeys(name for proof in members for name in proof.organisations))
        unlimited = sum(not proof.organisations for proof in members)
        found.append(StackEndpoints(stack.path, stack.region, members, names, unlimited))
    return found


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, Any] = {
        "rule_name": rule_name,
        "finding_of": finding_of,
        "plain_description": plain_description,
        "controls": controls,
        "breakable": breakable,
    }
    environment.filters.update(helpers)
    return environment


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
