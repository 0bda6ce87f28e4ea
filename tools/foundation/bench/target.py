"""Section deploy: bootstrap and deployment of every account on a fresh local target, and a second time without a change."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foundation import cdk
from foundation.bench.errors import BenchError
from foundation.bench.figures import Figure
from foundation.bench.run import Bench
from foundation.checks.assembly import Assembly, StackTemplate
from foundation.local.bootstrap import bootstrap
from foundation.local.project import target_settings
from foundation.local.target import Target

SHARED = "shared"


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class FreshTarget:
    """A local target of its own in a temporary folder, ended and removed with the block that made it."""

    def __init__(self, bench: Bench, state: Path, assembly: Assembly) -> None:
        self.target = Target(state, free_port())
        self._assembly = assembly
        self._settings = bench.settings
        regions = self._settings.regions
        self._regions = (regions.primary.name, regions.recovery.name)

    def up(self) -> float:
        """Start it; seconds until it answers."""
        started = time.monotonic()
        self.target.up(target_settings(self._settings))
        return time.monotonic() - started

    def bootstrap(self, stages: list[str]) -> dict[str, float]:
        """Bootstrap both Regions of accounts, one account after the other; seconds by stage."""
        stage_of = {self._settings.account(stage).id: stage for stage in stages}
        made = bootstrap(self.target, list(stage_of), self._regions, workers=1)
        return {stage_of[each.account_id]: each.seconds for each in made}

    def deploy(self, stage: str) -> cdk.Deployment:
        """Deploy a stage with its account's own credentials, as the demo does."""
        environment = self.target.environment(stage, self._regions[0])
        return cdk.deploy_stage(self._assembly.folder, stage, environment)


@contextmanager
def fresh_target(bench: Bench, assembly: Assembly | None = None) -> Iterator[FreshTarget]:
    """A target that leaves nothing behind.

    :param assembly: what it deploys; the app as it is for AWS by default
    """
    with tempfile.TemporaryDirectory(prefix="foundation-bench-") as folder:
        made = FreshTarget(bench, Path(folder) / "state", assembly or bench.assembly)
        try:
            yield made
        finally:
            made.target.down(purge=True)


def deploy(bench: Bench) -> list[Figure]:
    """Account by account, the shared one first; parallel deployments would only wait for each other on few cores."""
    stages = [SHARED, *(account.stage for account in bench.settings.accounts if account.stage != SHARED)]
    starts: list[float] = []
    boots: dict[str, list[float]] = {stage: [] for stage in stages}
    first: dict[str, list[float]] = {stage: [] for stage in stages}
    again: dict[str, list[float]] = {stage: [] for stage in stages}
    for number in range(1, bench.runs.deploy + 1):
        with fresh_target(bench) as fresh:
            bench.say(f"deploy, run {number} of {bench.runs.deploy}: start and bootstrap")
            starts.append(fresh.up())
            for stage, seconds in fresh.bootstrap(stages).items():
                boots[stage].append(seconds)
            for label, seconds_of in (("first", first), ("without a change", again)):
                for stage in stages:
                    bench.say(f"deploy, run {number} of {bench.runs.deploy}: {stage}, {label}")
                    done = fresh.deploy(stage)
                    check(bench.assembly.stacks, done, repeated=seconds_of is again)
                    seconds_of[stage].append(done.seconds)
    return figures(bench.assembly.stacks, starts, boots, first, again)


def check(stacks: Sequence[StackTemplate], done: cdk.Deployment, *, repeated: bool) -> None:
    """A deployment that did less, or a repetition that did more or less, mustn't count as one."""
    of_stage = [stack for stack in stacks if stack.stage == done.stage]
    expected = sorted(stack.path for stack in of_stage if not repeated or cdk.deployed_again(stack.template))
    if done.stacks != len(of_stage) or sorted(done.changed) != expected:
        raise BenchError(
            "GF-BENCH-015",
            f"{done.stage}: {done.stacks} of {len(of_stage)} stacks deployed; changed are {', '.join(done.changed) or 'none'} "
            f"instead of {', '.join(expected) or 'none'}: look at what `foundation demo` does with this configuration",
        )


def figures(
    stacks: Sequence[StackTemplate],
    starts: list[float],
    boots: dict[str, list[float]],
    first: dict[str, list[float]],
    again: dict[str, list[float]],
) -> list[Figure]:
    """Per account over all accounts and runs, each account's first deployment, and all accounts together."""
    resources = {stage: sum(len(stack.resources) for stack in stacks if stack.stage == stage) for stage in first}
    made = [Figure("deploy.start", "start of an empty local target", "s", tuple(starts))]
    for key, name, seconds in (
        ("bootstrap", "bootstrap of an account, both Regions", boots),
        ("first", "first deployment of an account", first),
        ("again", "deployment of an account without a change", again),
    ):
        made.append(Figure(f"deploy.{key}", name, "s", tuple(each for runs in seconds.values() for each in runs)))
        together = tuple(sum(runs) for runs in zip(*seconds.values(), strict=True))
        made.append(Figure(f"deploy.{key}.all", f"{name}: all {len(seconds)}, one after the other", "s", together))
    for stage, runs in first.items():
        said = f"first deployment of {stage} ({resources[stage]:,} resources)"
        made.append(Figure(f"deploy.first.{stage}", said, "s", tuple(runs)))
    return made
