"""A clean environment with the built wheel in it, as a line of business has one. Offline: packages come from uv's cache."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.checks.assembly import Assembly, load_assembly
from tests.synth.app import BIN, CHECKOUT, environment

UV = BIN / "uv"


@dataclass(frozen=True)
class Installed:
    """The wheel that was built, and the Python of the environment that it was installed into."""

    wheel: Path
    python: Path


def build_and_install(folder: Path) -> Installed:
    """Build the wheel and install it, with the dependencies that it declares."""
    _uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder / "dist"))
    (wheel,) = (folder / "dist").glob("*.whl")
    return install(folder / "venv", wheel)


def install(venv: Path, wheel: Path, requirements: Path | None = None) -> Installed:
    """A new environment with the wheel, or with the requirements of an app that names it; versions are requirements.lock's."""
    python = venv / "bin" / "python"
    _uv("venv", "--python", sys.executable, str(venv))
    what = ["-r", str(requirements), "--find-links", str(wheel.parent)] if requirements else [str(wheel)]
    _uv("pip", "install", "--python", str(python), "--constraint", "requirements.lock", *what)
    return Installed(wheel, python)


def run_app(installed: Installed, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `folder`/app/app.py without the CLI and without anything of the checkout on the path, into `folder`/cdk.out."""
    env = environment(folder / "home", CDK_OUTDIR=str(folder / "cdk.out"))
    command = [str(installed.python), "app.py"]
    return subprocess.run(
        command, cwd=folder / "app", env=env, capture_output=True, text=True, timeout=300, check=False
    )


def synthesized(installed: Installed, example: Path, folder: Path) -> Assembly:
    """What a copy of an example synthesizes."""
    shutil.copytree(example, folder / "app", ignore=shutil.ignore_patterns("build", "cdk.out", ".venv", "__pycache__"))
    done = run_app(installed, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return load_assembly(folder / "cdk.out")


def open_findings(cloud: Assembly) -> list[str]:
    """Rules of cdk-nag that nobody answered for; both packs have to have run."""
    content: dict[str, Any] = json.loads((cloud.folder / "validation-report.json").read_text())
    reports = {each["pluginName"]: each for each in content["pluginReports"]}
    assert reports.keys() >= {"AwsSolutions", "NIST.800.53.R5"}
    return [violation["ruleName"] for each in reports.values() for violation in each["violations"]]


def _uv(*arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(UV), *arguments, "--offline", "--quiet"]
    done = subprocess.run(command, cwd=CHECKOUT, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"uv {' '.join(arguments)}:\n{done.stderr}\nRun `make setup`: it fills the cache."
