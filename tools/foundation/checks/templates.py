"""All template checks over one assembly."""

from collections.abc import Iterator, Mapping

from foundation.checks.assembly import Assembly
from foundation.checks.endpoints import check_endpoints
from foundation.checks.findings import Finding, Judged, judge
from foundation.checks.iam import check_iam
from foundation.checks.network import check_network
from foundation.checks.services import check_alarms, check_encryption, check_functions


def check_templates(assembly: Assembly, approved: Mapping[str, frozenset[str]] | None = None) -> tuple[Judged, ...]:
    """Every finding, each with its acknowledgement if there is one.

    approved: by stage, ids of the models and inference profiles that it may use; None checks for wildcards only.
    """
    return judge(_findings(assembly, approved))


def _findings(assembly: Assembly, approved: Mapping[str, frozenset[str]] | None) -> Iterator[Finding]:
    for stack in assembly.stacks:
        models = None if approved is None else approved.get(stack.stage, frozenset())
        yield from check_network(stack)
        yield from check_endpoints(stack, models)
        yield from check_iam(stack)
        yield from check_functions(stack)
        yield from check_encryption(stack)
    yield from check_alarms(assembly.stacks)
