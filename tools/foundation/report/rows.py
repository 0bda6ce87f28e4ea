"""The rows of the report: one per finding and resource, one per acknowledgement that covers nothing any more."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from foundation.checks.acknowledgements import Acknowledgement
from foundation.checks.assembly import Resource

State = Literal["open", "acknowledged", "stale"]

CODES: Final = {
    "open": "GF-REPORT-010",
    "incomplete": "GF-REPORT-011",
    "expired": "GF-REPORT-012",
    "stale": "GF-REPORT-013",
    "unwritten": "GF-REPORT-014",
}
"""Why a row fails the report."""


@dataclass(frozen=True)
class Row:
    """One line of the report. `problem` says why it fails, with its code; empty when it doesn't."""

    account: str
    account_id: str
    region: str
    pack: str
    rule: str
    severity: str
    description: str
    path: str
    logical_id: str
    type: str
    template: str
    state: State
    reason: str
    owner: str
    expires: str
    problem: str
    when: str

    @property
    def fails(self) -> bool:
        """Whether the row makes the report fail."""
        return bool(self.problem)


def make_row(
    *,
    pack: str,
    rule: str,
    severity: str,
    description: str,
    path: str,
    resource: Resource | None,
    acknowledgement: Acknowledgement | None,
    today: date,
    written: bool = True,
) -> Row:
    """A finding's row. `written` is whether the template holds the acknowledgement too."""
    state, problem = _state(severity, acknowledgement, today, written)
    return _row(pack, rule, severity, description, path, resource, acknowledgement, state, problem, today)


def make_stale_row(path: str, resource: Resource | None, acknowledgement: Acknowledgement, today: date) -> Row:
    """The row of an acknowledgement whose finding is gone."""
    pack, _, rule = acknowledgement.id.partition("::" if "::" in acknowledgement.id else ":")
    problem = f"{CODES['stale']}: matches no finding any more; remove the acknowledgement"
    return _row(pack, rule, "", "", path, resource, acknowledgement, "stale", problem, today)


def _state(severity: str, acknowledgement: Acknowledgement | None, today: date, written: bool) -> tuple[State, str]:
    if acknowledgement is None:
        fails = severity not in ("warning", "info")
        return "open", f"{CODES['open']}: fix it, or acknowledge it" if fails else ""
    faults = acknowledgement.faults(today)
    if faults:
        code = CODES["expired" if all(fault.startswith("expired") for fault in faults) else "incomplete"]
        return "open", f"{code}: the acknowledgement doesn't hold: {', '.join(faults)}"
    if not written:
        return "acknowledged", f"{CODES['unwritten']}: the template doesn't hold it; add cdk-nag's aspect to the Stage"
    return "acknowledged", ""


def _row(
    pack: str,
    rule: str,
    severity: str,
    description: str,
    path: str,
    resource: Resource | None,
    acknowledgement: Acknowledgement | None,
    state: State,
    problem: str,
    today: date,
) -> Row:
    stack = resource.stack if resource else None
    ack = acknowledgement or Acknowledgement("", "")
    return Row(
        account=stack.stage if stack else path.split("/", 1)[0],
        account_id=stack.account if stack else "",
        region=stack.region if stack else "",
        pack=pack,
        rule=rule,
        severity=severity,
        description=description,
        path=path,
        logical_id=resource.logical_id if resource else "",
        type=resource.type if resource else "",
        template=stack.file if stack else "",
        state=state,
        reason=ack.reason,
        owner=ack.owner,
        expires=ack.expires.isoformat() if ack.expires else ack.malformed,
        problem=problem,
        when=today.isoformat(),
    )
