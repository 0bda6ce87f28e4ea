"""Bootstraps accounts and Regions of a target with the real CDK CLI, a process per account."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from foundation.local.errors import LocalTargetError
from foundation.local.layout import checkout
from foundation.local.target import Target

EXECUTION_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
_STACK = "CDKToolkit"
_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Bootstrapped:
    """An account whose Regions are bootstrapped; `skipped` are those that were so before."""

    account_id: str
    regions: tuple[str, ...]
    skipped: tuple[str, ...]
    seconds: float


def bootstrap(
    target: Target,
    account_ids: Sequence[str],
    regions: Sequence[str],
    *,
    trust: str | None = None,
    progress: Callable[[Bootstrapped], None] | None = None,
    workers: int = 2,
) -> list[Bootstrapped]:
    """Bootstrap every account in every Region; all but `trust` let `trust` deploy into them. Default: each account itself only.

    Environments that the same CLI bootstrapped with the same trust are skipped. `progress` is called
    as each account is done. `workers` CLI processes run at a time: each keeps a core busy.
    Fails with GF-LOCAL-040 and the CLI's output, or GF-LOCAL-041 when the CLI isn't installed.
    """
    cli = _cli()
    fingerprint: dict[str, str | None] = {"cli": _cli_version(), "trust": trust, "policy": EXECUTION_POLICY}
    present = _toolkits(target)
    done = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        waiting = [
            pool.submit(_account, target, cli, account, tuple(regions), trust, fingerprint, present)
            for account in account_ids
        ]
        for finished in as_completed(waiting):
            made = finished.result()
            done.append(made)
            if progress is not None:
                progress(made)
    return sorted(done, key=lambda made: made.account_id)


def _account(
    target: Target,
    cli: Path,
    account: str,
    regions: tuple[str, ...],
    trust: str | None,
    fingerprint: dict[str, str | None],
    present: set[tuple[str, str]],
) -> Bootstrapped:
    started = time.monotonic()
    marker = target.folder.root / "bootstrapped" / f"{account}.json"
    known = json.loads(marker.read_text(encoding="utf-8")) if marker.exists() else {}
    skipped = tuple(r for r in regions if known.get(r) == fingerprint and (account, r) in present)
    missing = [region for region in regions if region not in skipped]
    if missing:
        _run(target, cli, account, missing, () if trust in (None, account) else ("--trust", str(trust)))
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(json.dumps({**known, **dict.fromkeys(missing, fingerprint)}), encoding="utf-8")
    return Bootstrapped(account, regions, skipped, round(time.monotonic() - started, 2))


def _run(target: Target, cli: Path, account: str, regions: Sequence[str], trust: Iterable[str]) -> None:
    environments = [f"aws://{account}/{region}" for region in regions]
    options = ["--ci", "--no-notices", "--cloudformation-execution-policies", EXECUTION_POLICY, *trust]
    # Outside of any app: the CLI would otherwise synthesize it, and look its environments up.
    ran = subprocess.run(
        [str(cli), "bootstrap", *environments, *options],
        cwd=target.folder.cdk_work,
        env={"PATH": _path(), "HOME": str(target.folder.cdk_work), **target.environment(account, regions[0])},
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        tail = "\n".join([*ran.stdout.splitlines(), *ran.stderr.splitlines()][-25:])
        raise LocalTargetError("GF-LOCAL-040", f"cdk bootstrap {' '.join(environments)} failed:\n{tail}")


def _toolkits(target: Target) -> set[tuple[str, str]]:
    """(account, Region) of every bootstrap stack that is whole."""
    return {
        (stack["account"], stack["region"])
        for stack in target.status().stacks
        if stack["name"] == _STACK and stack["status"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    }


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])


def _cli() -> Path:
    cli = checkout() / "node_modules" / ".bin" / "cdk"
    if not cli.exists():
        raise LocalTargetError("GF-LOCAL-041", f"the CDK CLI isn't at {cli}: run make setup")
    return cli


def _cli_version() -> str:
    manifest = checkout() / "node_modules" / "aws-cdk" / "package.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])
