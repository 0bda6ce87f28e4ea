"""Section lint: seconds that the linters take over all templates."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from foundation.bench.figures import Figure
from foundation.bench.run import Bench
from foundation.bench.usage import Usage, clean_environment, measure

_START = (
    "import sys; from pathlib import Path;"
    "from foundation.checks.assembly import load_assembly;"
    "from foundation.checks.lint import run_cfn_lint, validate;"
    "from foundation.checks.templates import check_templates;"
    "from foundation.checks.tools import silent;"
    "assembly = load_assembly(Path(sys.argv[1]));"
)
ENGINE = f"{_START} list(validate(assembly))"
CFN_LINT = f"{_START} list(run_cfn_lint(assembly, Path(sys.argv[2]), silent))"
OWN = f"{_START} list(check_templates(assembly))"


def lint(bench: Bench) -> list[Figure]:
    """Each linter as a process of its own; cfn-lint without and with the results that it kept."""
    cache = bench.out / "cfn-lint"
    runs: dict[str, list[Usage]] = {"validate": [], "own": [], "cfn-lint": [], "cfn-lint-again": []}
    for number in range(1, bench.runs.lint + 1):
        bench.say(f"lint, run {number} of {bench.runs.lint}")
        shutil.rmtree(cache, ignore_errors=True)
        for name, code in (("validate", ENGINE), ("own", OWN), ("cfn-lint", CFN_LINT), ("cfn-lint-again", CFN_LINT)):
            runs[name].append(_run(bench, name, code, cache))
    templates = len(bench.assembly.stacks)
    names = {
        "validate": f"cloudformation-validate, {templates} templates",
        "own": f"this project's own checks, {templates} templates",
        "cfn-lint": f"cfn-lint, {templates} templates, nothing kept",
        "cfn-lint-again": "cfn-lint, nothing changed",
    }
    return [
        Figure(f"lint.{name}.{key}", said, unit, tuple(getattr(each, key) for each in runs[name]))
        for name, said in names.items()
        for key, unit in (("cpu", "CPU s"), ("wall", "s"))
    ]


def _run(bench: Bench, name: str, code: str, cache: Path) -> Usage:
    command = [sys.executable, "-c", code, str(bench.assembly.folder), str(cache)]
    environment = clean_environment(bench.app.venv)
    return measure(command, environment=environment, folder=bench.app.root, log=bench.logs / f"lint-{name}.txt")
