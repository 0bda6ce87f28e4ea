"""The validation report that CDK writes beside the templates: what the cdk-nag packs found and what was acknowledged."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from foundation.checks.assembly import Assembly
from foundation.checks.errors import GateError

FILE: Final = "validation-report.json"
REQUIRED_PACKS: Final = ("AwsSolutions", "NIST.800.53.R5")
"""CDK leaves a pack that found nothing out of its report, so one that is absent may never have looked."""


@dataclass(frozen=True)
class Violation:
    """One rule on one construct. `acknowledged_at` is the construct that accepts it, None while it is open."""

    pack: str
    rule: str
    severity: str
    description: str
    path: str
    acknowledged_at: str | None = None
    text: str = ""

    @property
    def id(self) -> str:
        """Prefixed id as it is acknowledged; CDK turns blanks into hyphens."""
        return f"{self.pack}::{self.rule}".replace(" ", "-")


def read_violations(assembly: Assembly, packs: Sequence[str] = REQUIRED_PACKS) -> tuple[Violation, ...]:
    """Every violation of the last synthesis, acknowledged or not.

    packs: those that must have found something, if only acknowledged findings.
    Raises GateError: no report (GF-REPORT-001), older than the assembly (002), unreadable (003), a pack without a
    trace (004) or that failed to run (005).
    """
    path = assembly.folder / FILE
    if not path.is_file():
        raise GateError("GF-REPORT-001", f"{path} doesn't exist, so nothing was checked; run `make synth` first")
    if path.stat().st_mtime < assembly.written:
        raise GateError(
            "GF-REPORT-002", f"{path} is older than the templates beside it; delete it and run `make synth` again"
        )
    try:
        plugins = json.loads(path.read_text())["pluginReports"]
        violations = tuple(_violations(plugins))
        _check_packs(plugins, violations, packs)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GateError("GF-REPORT-003", f"{path} can't be read ({error!r}); run `make synth` again") from error
    return violations


def _check_packs(plugins: list[Mapping[str, Any]], violations: tuple[Violation, ...], packs: Sequence[str]) -> None:
    names = [plugin["pluginName"] for plugin in plugins]
    missing = [pack for pack in packs if pack not in names]
    if missing:
        raise GateError(
            "GF-REPORT-004",
            f"no trace of {' and '.join(missing)}, not even an acknowledged finding (the report has "
            f"{', '.join(names) or 'no pack'}); add the pack to Validations.of(app) in app.py, or, if it has "
            "nothing to say about this app, leave it out with --packs",
        )
    found = {violation.pack for violation in violations if violation.acknowledged_at is None}
    for plugin in plugins:
        if plugin.get("conclusion") != "success" and plugin["pluginName"] not in found:
            why = (plugin.get("metadata") or plugin.get("pluginMetadata") or {}).get("error", "no reason given")
            raise GateError("GF-REPORT-005", f"{plugin['pluginName']} failed to run: {why}")


def _violations(plugins: list[Mapping[str, Any]]) -> Iterator[Violation]:
    for plugin in plugins:
        for violation in plugin.get("violations") or []:
            yield from _each(plugin["pluginName"], violation, None)
        for violation in plugin.get("suppressedViolations") or []:
            yield from _each(plugin["pluginName"], violation, violation.get("acknowledgedAt") or "")


def _each(pack: str, violation: Mapping[str, Any], acknowledged_at: str | None) -> Iterator[Violation]:
    for construct in violation.get("violatingConstructs") or []:
        yield Violation(
            pack,
            violation["ruleName"],
            violation.get("severity") or "error",
            violation.get("description") or "",
            construct.get("constructPath") or "",
            acknowledged_at,
            violation.get("reason") or "",
        )
