"""CloudFormation's own validation engine and cfn-lint over every template."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from foundation.checks.assembly import Assembly
from foundation.checks.errors import GateError
from foundation.checks.tools import Progress, ToolFinding, ToolResult, bare_template, judge, resource_of, silent

PROCESSES: Final = 2
"""cfn-lint takes a second or two per template and nothing but CPU; more processes than cores gain nothing."""

ENGINE: Final = "cloudformation-validate"
LINTER: Final = "cfn-lint"
_GATED_WARNINGS = frozenset({"W3030"})  # a value outside its enumeration, which fails only at deployment
_SEVERITIES = {"E": "error", "W": "warning", "I": "informational"}

Match = tuple[str, str, str]  # rule, message, logical id


def lint(assembly: Assembly, cache: Path, progress: Progress = silent) -> ToolResult:
    """Both tools. Errors and warnings of cfn-lint fail; of the engine errors and W3030, its other warnings are notes.

    cache: folder for cfn-lint's results by template content, Region and version; safe to delete.
    progress: called with (templates done, templates in all).
    """
    engine = list(validate(assembly))
    fatal = [finding for finding in engine if finding.severity == "error" or finding.rule in _GATED_WARNINGS]
    notes = [finding for finding in engine if finding not in fatal]
    linted = list(run_cfn_lint(assembly, cache, progress))
    seen = {_fault(finding) for finding in linted}
    extra = [finding for finding in fatal if _fault(finding) not in seen]
    return judge(assembly, (LINTER, ENGINE), [*linted, *extra], notes, len(assembly.stacks))


def _fault(finding: ToolFinding) -> tuple[str, str, str]:
    """Both tools share rule numbers and differ in the letter (F3031, E3031): one fault is shown once."""
    return finding.stack.path, finding.where, finding.rule[1:]


def validate(assembly: Assembly) -> Iterator[ToolFinding]:
    """Findings of the engine that CDK has built in, once over everything; informational ones are left out."""
    from cloudformation_validate import CelEngine, PseudoParameterOverrides, Severity, TemplateContent, ValidateConfig

    engine = CelEngine()
    for stack in assembly.stacks:
        config = ValidateConfig(
            severity_level=Severity.WARN,
            pseudo_parameter_overrides=PseudoParameterOverrides(
                region=stack.region or None, account_id=stack.account or None
            ),
        )
        report = engine.validate_template(TemplateContent(bare_template(stack), stack.file), config)
        if report.status.name != "OK":
            raise GateError("GF-CHECK-003", f"{ENGINE} could not finish {stack.file} ({report.status.name})")
        for each in report.diagnostics:
            severity = "warning" if each.severity.name == "WARN" else "error"
            resource = resource_of(stack, each.entity.logical_id) if each.entity else None
            yield ToolFinding(ENGINE, each.rule_id, severity, each.message, stack, resource)


def run_cfn_lint(assembly: Assembly, cache: Path, progress: Progress) -> Iterator[ToolFinding]:
    """Errors and warnings of cfn-lint; equal templates of one Region are linted once."""
    cache.mkdir(parents=True, exist_ok=True)
    texts = {stack.path: bare_template(stack) for stack in assembly.stacks}
    keys = {stack.path: _key(texts[stack.path], stack.region) for stack in assembly.stacks}
    todo = {
        keys[stack.path]: (texts[stack.path], stack.region)
        for stack in assembly.stacks
        if not (cache / keys[stack.path]).is_file()
    }
    wanted = len(set(keys.values()))
    progress(wanted - len(todo), wanted)
    if todo:
        _run(todo, cache, lambda done: progress(wanted - len(todo) + done, wanted))
    for stack in assembly.stacks:
        for rule, message, logical_id in json.loads((cache / keys[stack.path]).read_text()):
            severity = _SEVERITIES.get(rule[0], "error")
            if severity != "informational":
                yield ToolFinding(LINTER, rule, severity, message, stack, resource_of(stack, logical_id))


def _key(text: str, region: str) -> str:
    parts = "\n".join((version("cfn-lint"), region, text))
    return hashlib.sha256(parts.encode()).hexdigest() + ".json"


def _run(todo: dict[str, tuple[str, str]], cache: Path, done: Callable[[int], None]) -> None:
    # A forked worker would inherit the threads of the progress bar.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(lint_text, text, region): key for key, (text, region) in todo.items()}
        for number, job in enumerate(as_completed(jobs), 1):
            partial = cache / f"{jobs[job]}.partial"
            partial.write_text(json.dumps(job.result()))
            partial.rename(cache / jobs[job])
            done(number)


def lint_text(text: str, region: str) -> list[Match]:
    """(rule, message, logical id) of every match in one template; runs in a worker process."""
    from cfnlint.api import lint as lint_template
    from cfnlint.config import ManualArgs

    matches: Sequence[Any] = lint_template(text, config=ManualArgs(regions=[region or "us-east-1"]))
    return [(match.rule.id, match.message, _logical_id(getattr(match, "path", None))) for match in matches]


def _logical_id(path: Sequence[Any] | None) -> str:
    return str(path[1]) if path and len(path) > 1 and path[0] == "Resources" else ""
