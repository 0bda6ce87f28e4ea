"""checkov over every template, offline, in an environment of its own (its pins would hold the project's back)."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from foundation.checks.assembly import Assembly, StackTemplate
from foundation.checks.errors import GateError
from foundation.checks.tools import Progress, ToolFinding, ToolResult, bare_template, judge, resource_of, silent

TOOL: Final = "checkov"
EXECUTABLE: Final = Path(".venv-checkov/bin/checkov")


def run_checkov(assembly: Assembly, executable: Path = EXECUTABLE, progress: Progress = silent) -> ToolResult:
    """Every failed check of the CloudFormation framework, with its acknowledgement.

    Raises GateError: not installed (GF-CHECK-010), didn't answer (011), templates that it couldn't parse (012).
    """
    if not executable.is_file():
        raise GateError("GF-CHECK-010", f"{executable} doesn't exist; run `make check`, which sets it up")
    with tempfile.TemporaryDirectory(prefix="checkov-") as name:
        folder = Path(name)
        files = _write_unique(assembly, folder)
        progress(0, len(files))
        report = _run(executable, folder)
        progress(len(files), len(files))
    return judge(assembly, (TOOL,), _findings(report, files), templates=len(assembly.stacks))


def _write_unique(assembly: Assembly, folder: Path) -> dict[str, list[StackTemplate]]:
    """Each different template once; the stacks by file name."""
    files: dict[str, list[StackTemplate]] = {}
    names: dict[str, str] = {}
    for stack in assembly.stacks:
        text = bare_template(stack)
        name = names.setdefault(text, f"{len(names):04d}.template.json")
        if name not in files:
            (folder / name).write_text(text)
        files.setdefault(name, []).append(stack)
    return files


def _run(executable: Path, folder: Path) -> dict[str, Any]:
    command = [str(executable.absolute()), "--directory", str(folder), "--framework", "cloudformation"]
    command += ["--output", "json", "--compact", "--quiet", "--skip-download"]
    # Nothing of the caller's environment may switch on an upload or an own policy folder.
    inherited = ("PATH", "HOME", "LANG", "TMPDIR")
    environment = {key: os.environ[key] for key in inherited if key in os.environ} | {"LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        tail = done.stderr.strip().splitlines()[-1:] or ["no output"]
        raise GateError("GF-CHECK-011", f"checkov ended with {done.returncode} and no report: {tail[0]}") from error
    if not isinstance(report, dict) or "results" not in report:
        raise GateError("GF-CHECK-011", "checkov found no CloudFormation template to check; run `make synth` again")
    failed = report["summary"]["parsing_errors"]
    if failed:
        raise GateError("GF-CHECK-012", f"checkov couldn't parse {failed} templates, so they weren't checked")
    return report


def _findings(report: dict[str, Any], files: dict[str, list[StackTemplate]]) -> Iterator[ToolFinding]:
    for check in report["results"]["failed_checks"]:
        for stack in files[Path(check["file_path"]).name]:
            resource = resource_of(stack, check["resource"].rpartition(".")[2])
            yield ToolFinding(TOOL, check["check_id"], "error", check["check_name"], stack, resource)
