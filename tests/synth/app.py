"""Runs the app in a process of its own, with an environment that holds nothing of the machine's AWS set-up."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BIN = CHECKOUT / ".venv" / "bin"
CDK = CHECKOUT / "node_modules" / ".bin" / "cdk"
# jsii unpacks aws-cdk-lib here once; a fresh HOME without it costs 10 seconds a run.
JSII_CACHE = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
# What the CLI adds to the context by itself, so that a direct run is comparable with one of the CLI.
CLI_CONTEXT = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": False,
    "aws:cdk:version-reporting": False,
    "aws:cdk:bundling-stacks": ["**"],
}


@dataclass(frozen=True)
class Run:
    """A finished run: its folder of templates, exit code, and standard output and error as one text."""

    outdir: Path
    code: int
    output: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """A bare environment: no AWS_* of the machine, the project's own Node and Python first."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(BIN), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CI": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(JSII_CACHE),
        **more,
    }


def cli_synth(
    folder: Path,
    *,
    context: Mapping[str, str] | None = None,
    app: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Run:
    """`cdk synth '**'` as `make synth` calls it, but into `folder`/cdk.out."""
    outdir = folder / "cdk.out"
    command = [str(CDK), "synth", "**", "--quiet", "--no-notices", "--output", str(outdir)]
    if app:
        command += ["--app", app]
    for key, value in (context or {}).items():
        command += ["-c", f"{key}={value}"]
    return _run(command, CHECKOUT, outdir, environment(folder / "home", **(variables or {})))


def direct_synth(
    folder: Path,
    *,
    context: Mapping[str, object] | None = None,
    cwd: Path = CHECKOUT,
    variables: Mapping[str, str] | None = None,
) -> Run:
    """`python -O app.py` without the CLI, with the context that the CLI would give it."""
    outdir = folder / "cdk.out"
    declared = json.loads((CHECKOUT / "cdk.json").read_text())["context"]
    given = {**CLI_CONTEXT, **declared, **(context or {})}
    env = environment(folder / "home", CDK_OUTDIR=str(outdir), CDK_CONTEXT_JSON=json.dumps(given), **(variables or {}))
    return _run([sys.executable, "-O", str(CHECKOUT / "app.py")], cwd, outdir, env)


def _run(command: Sequence[str], cwd: Path, outdir: Path, env: Mapping[str, str]) -> Run:
    done = subprocess.run(command, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=300, check=False)
    return Run(outdir, done.returncode, done.stdout + done.stderr)
