"""The real CDK CLI as a subprocess: synth once, deploy a stage, follow its progress."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "node_modules" / ".bin" / "cdk"
# What the CLI prints when a stack is done: deployed, or unchanged.
DONE = re.compile(r"✅\s+(?P<stack>\S+)(?: \([^)]*\))?(?P<unchanged> \(no changes\))?\s*$")
# A parameter that CloudFormation reads from the Parameter Store, and how CDK marks one that is no reason to deploy.
_READ_PARAMETER, _UNHEEDED = "AWS::SSM::Parameter::", "[cdk:skip]"
_DYNAMIC = re.compile(r"\{\{resolve:[a-z-]+:[^}\"]*\}\}")
# Stacks of one account that are deployed at the same time, where their dependencies allow it.
CONCURRENCY = 4


class CdkError(Exception):
    """The CLI failed. The message carries the end of what it printed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Deployment:
    """One stage that was deployed: how many stacks it has, and those that weren't found unchanged, as `dev/Security`."""

    stage: str
    stacks: int
    changed: tuple[str, ...]
    seconds: float

    @property
    def unchanged(self) -> int:
        return self.stacks - len(self.changed)


def cli_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The process environment without any AWS setting of the person's own, plus `extra`; Node comes from the venv."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "CDK_DISABLE_CLI_TELEMETRY": "true", "NO_COLOR": "1", **extra}


def synth(out: Path, *, config: Path | None = None, layers: str | None = None) -> float:
    """Synthesize every account into `out` with the CLI; returns seconds. Raises CdkError (GF-CDK-001).

    :param layers: `host` for the local target, whose functions run on this machine's interpreter
    """
    started = time.monotonic()
    command = [str(CLI), "synth", "**", "--quiet", "--no-notices", "--output", str(out.resolve())]
    if config:
        command += ["--context", f"config={config.resolve()}"]
    if layers:
        command += ["--context", f"layers={layers}"]
    done = subprocess.run(command, cwd=ROOT, env=cli_environment({}), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CdkError("GF-CDK-001", f"cdk synth ended with {done.returncode}:\n{tail(done.stdout + done.stderr)}")
    return time.monotonic() - started


def stage_stacks(assembly: Path) -> dict[str, list[str]]:
    """Stack names by stage, read from the cloud assembly."""
    stages: dict[str, list[str]] = {}
    for name, artifact in json.loads((assembly / "manifest.json").read_text())["artifacts"].items():
        if artifact["type"] != "cdk:cloud-assembly":
            continue
        nested = assembly / artifact["properties"]["directoryName"] / "manifest.json"
        stacks = [
            each["properties"].get("stackName", key)
            for key, each in json.loads(nested.read_text())["artifacts"].items()
            if each["type"] == "aws:cloudformation:stack"
        ]
        stages[name.removeprefix("assembly-")] = stacks
    return stages


def deploy_stage(
    assembly: Path,
    stage: str,
    environment: Mapping[str, str],
    *,
    on_stack: Callable[[str, bool], None] = lambda _stack, _unchanged: None,
) -> Deployment:
    """Deploy all stacks of a stage from a synthesized assembly.

    :param environment: credentials and endpoint, nothing else decides where it goes
    :param on_stack: called with each finished stack and whether it was unchanged
    Raises CdkError (GF-CDK-002) with the end of the CLI's output; running it again continues where it stopped.
    """
    started = time.monotonic()
    assembly = assembly.resolve()  # the CLI runs in another folder
    command = [
        str(CLI), "deploy", f"{stage}/*", "--app", str(assembly), "--require-approval", "never", "--no-notices",
        "--concurrency", str(CONCURRENCY), "--progress", "events", "--method", "direct", "--ci",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=assembly.parent,
        env=cli_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    lines: list[str] = []
    finished: dict[str, bool] = {}
    try:
        for line in process.stdout:
            lines.append(line)
            if match := DONE.search(line):
                finished[match["stack"]] = bool(match["unchanged"])
                on_stack(match["stack"], bool(match["unchanged"]))
        code = process.wait()
    finally:
        if process.poll() is None:  # interrupted: don't leave a deploy running behind the person's back
            process.terminate()
            process.wait(timeout=30)
    if code:
        raise CdkError("GF-CDK-002", f"cdk deploy '{stage}/*' ended with {code}:\n{tail(''.join(lines))}")
    changed = tuple(sorted(stack for stack, unchanged in finished.items() if not unchanged))
    return Deployment(stage, len(finished), changed, time.monotonic() - started)


def deployed_again(template: Mapping[str, Any]) -> bool:
    """Whether a stack is updated each time, its template being the one that is deployed.

    Values of parameters and dynamic references may have changed behind an equal template. The CLI leaves such a stack out unless
    parameters are read from the Parameter Store; CloudFormation then says that there is nothing to update, unless a dynamic
    reference is in the template as well. A parameter whose description says so, such as the bootstrap's version, doesn't count.
    """
    reads = any(
        each["Type"].startswith(_READ_PARAMETER) and _UNHEEDED not in each.get("Description", "")
        for each in template.get("Parameters", {}).values()
    )
    return reads and bool(_DYNAMIC.search(json.dumps(template.get("Resources", {}))))


def tail(text: str, lines: int = 30) -> str:
    """What says why: the failed resources and stacks that the CLI names, or else its last lines."""
    printed = text.strip().splitlines()
    failed = [line.strip() for line in printed if "_FAILED" in line or line.startswith(("❌", "‣"))]
    return "\n".join(dict.fromkeys(failed) or printed[-lines:])
