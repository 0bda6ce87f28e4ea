"""Bring findings, acknowledgements and proofs of one assembly together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from foundation.checks.acknowledgements import Acknowledgement, linter_acknowledgements, nag_acknowledgements
from foundation.checks.assembly import Assembly, Resource, StackTemplate
from foundation.checks.endpoints import EndpointProof, prove_endpoints
from foundation.checks.findings import PACK, RULES, Judged
from foundation.checks.iam import invocations
from foundation.checks.network import SubnetProof, prove_subnets
from foundation.checks.policies import Statement, statements
from foundation.checks.templates import check_templates
from foundation.report.pipeline import PipelineRole, pipeline_roles
from foundation.report.rows import Row, make_row, make_stale_row
from foundation.report.validation import REQUIRED_PACKS, Violation, read_violations


@dataclass(frozen=True)
class Account:
    """One account of the assembly."""

    name: str
    id: str
    regions: tuple[str, ...]
    stacks: int
    resources: int


@dataclass(frozen=True)
class Report:
    """Everything that the pages show. `title` is `all accounts` or one account's name."""

    title: str
    when: str
    accounts: tuple[Account, ...]
    rows: tuple[Row, ...]
    subnets: tuple[SubnetProof, ...]
    endpoints: tuple[EndpointProof, ...]
    invocations: tuple[Statement, ...]
    statements: int
    roles: tuple[PipelineRole, ...] = ()

    @property
    def failures(self) -> tuple[Row, ...]:
        """Rows that make the report fail."""
        return tuple(row for row in self.rows if row.fails)

    def count(self, state: str) -> int:
        """Rows in that state."""
        return sum(row.state == state for row in self.rows)


def collect(
    assembly: Assembly,
    today: date,
    approved: Mapping[str, frozenset[str]] | None = None,
    packs: Sequence[str] = REQUIRED_PACKS,
) -> Report:
    """The report over all accounts as of `today`. Raises GateError where nothing could be said."""
    violations = read_violations(assembly, packs)
    rows = tuple(_rows(assembly, violations, today, approved))
    return _report("all accounts", assembly, assembly.stacks, rows, today)


def for_account(report: Report, assembly: Assembly, name: str) -> Report:
    """The same report for one account."""
    stacks = tuple(stack for stack in assembly.stacks if stack.stage == name)
    rows = tuple(row for row in report.rows if row.account == name)
    return replace(
        _report(name, assembly, stacks, rows, date.fromisoformat(report.when)),
        accounts=tuple(account for account in report.accounts if account.name == name),
    )


def _report(
    title: str, assembly: Assembly, stacks: tuple[StackTemplate, ...], rows: tuple[Row, ...], today: date
) -> Report:
    return Report(
        title=title,
        when=today.isoformat(),
        accounts=tuple(_account(assembly, name) for name in assembly.stages),
        rows=rows,
        subnets=tuple(proof for stack in stacks for proof in prove_subnets(stack)),
        endpoints=tuple(proof for stack in stacks for proof in prove_endpoints(stack)),
        invocations=tuple(statement for stack in stacks for statement in invocations(stack)),
        statements=sum(1 for stack in stacks for resource in stack.resources for _ in statements(resource)),
        roles=tuple(role for role in pipeline_roles(assembly) if role.stack in {stack.path for stack in stacks}),
    )


def _account(assembly: Assembly, name: str) -> Account:
    stacks = [stack for stack in assembly.stacks if stack.stage == name]
    regions = tuple(dict.fromkeys(stack.region for stack in stacks if stack.region))
    return Account(name, stacks[0].account, regions, len(stacks), sum(len(stack.resources) for stack in stacks))


def _rows(
    assembly: Assembly,
    violations: tuple[Violation, ...],
    today: date,
    approved: Mapping[str, frozenset[str]] | None,
) -> Iterator[Row]:
    judged = check_templates(assembly, approved)
    for violation in violations:
        yield _violation_row(assembly, violation, today)
    for each in judged:
        yield _judged_row(each, today)
    for stack in assembly.stacks:
        for resource in stack.resources:
            for acknowledgement in linter_acknowledgements(resource):
                yield _linter_row(resource, acknowledgement, today)
    yield from _stale_rows(assembly, violations, judged, today)


def _violation_row(assembly: Assembly, violation: Violation, today: date) -> Row:
    resource = assembly.by_path.get(violation.path)
    acknowledgement = None
    written = True
    if violation.acknowledged_at is not None:
        acknowledgement = Acknowledgement.parse(violation.id, violation.text)
        written = resource is not None and any(each.id == violation.id for each in nag_acknowledgements(resource))
    return make_row(
        pack=violation.pack,
        rule=violation.rule,
        severity=violation.severity,
        description=violation.description,
        path=violation.path,
        resource=resource,
        acknowledgement=acknowledgement,
        today=today,
        written=written,
    )


def _judged_row(judged: Judged, today: date) -> Row:
    finding = judged.finding
    return make_row(
        pack=PACK,
        rule=finding.id.removeprefix(f"{PACK}::"),
        severity="error",
        description=f"{RULES[finding.rule]}: {finding.message}",
        path=finding.resource.path,
        resource=finding.resource,
        acknowledgement=judged.acknowledgement,
        today=today,
    )


def _linter_row(resource: Resource, acknowledgement: Acknowledgement, today: date) -> Row:
    tool, _, rule = acknowledgement.id.partition(":")
    return make_row(
        pack=tool,
        rule=rule,
        severity="error",
        description=f"Rule {rule} of {tool}; `foundation check` fails when it finds nothing to accept",
        path=resource.path,
        resource=resource,
        acknowledgement=acknowledgement,
        today=today,
    )


def _stale_rows(
    assembly: Assembly, violations: tuple[Violation, ...], judged: tuple[Judged, ...], today: date
) -> Iterator[Row]:
    """Acknowledgements, by the construct that makes them, that no finding below it needs."""
    used = {(each.path, each.id) for each in violations if each.acknowledged_at is not None}
    used |= {(each.finding.resource.path, each.finding.id) for each in judged if each.acknowledgement}
    needed: dict[tuple[str, str], bool] = {}
    texts: dict[tuple[str, str], tuple[Acknowledgement, Resource]] = {}
    for stack in assembly.stacks:
        places = {(place.path, place.id.replace(" ", "-")) for place in stack.acknowledged}
        for resource in stack.resources:
            for acknowledgement in nag_acknowledgements(resource):
                key = (_origin(resource.path, acknowledgement.id, places, stack.stage), acknowledgement.id)
                needed[key] = needed.get(key, False) or (resource.path, acknowledgement.id) in used
                if key not in texts or resource.path.removesuffix("/Resource") == key[0]:
                    texts[key] = (acknowledgement, resource)
    for key, is_needed in needed.items():
        if not is_needed:
            acknowledgement, resource = texts[key]
            yield make_stale_row(key[0], resource, acknowledgement, today)


def _origin(path: str, finding_id: str, places: set[tuple[str, str]], stage: str) -> str:
    """The closest construct around the resource that makes the acknowledgement; else its Stage, above all stacks."""
    parts = path.split("/")
    ancestors = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((each for each in ancestors if (each, finding_id) in places), stage)
