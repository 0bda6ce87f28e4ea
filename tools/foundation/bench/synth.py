"""Section synth: CPU seconds of the app, with and without rule packs, one account and all, beside the JavaScript peer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from foundation.bench.apps import Variant
from foundation.bench.errors import BenchError
from foundation.bench.figures import Aim, Figure, ratios, slopes
from foundation.bench.peer import Peer, compare, node
from foundation.bench.run import Bench
from foundation.bench.usage import Usage, clean_environment, measure
from foundation.checks.assembly import load_assembly

ACCOUNT: Final = "dev"
RATIO: Final = Aim(2.0, "at most 2.0 times the JavaScript peer")
ONE: Final = Aim(3.5, "at most 3.5 CPU s")
# The same empty app in both languages: interpreter, libraries and, for Python, the jsii kernel.
_FLOOR: Final = (
    "import aws_cdk, cdk_nag;"
    "aws_cdk.App(builtin_cloud_formation_validation=False, analytics_reporting=False, tree_metadata=False).synth()"
)
_PEER_FLOOR: Final = (
    "const cdk = require('aws-cdk-lib'); require('cdk-nag');"
    "new cdk.App({builtinCloudFormationValidation: false, analyticsReporting: false, treeMetadata: false}).synth()"
)

Runs = dict[str, list[Usage]]


def all_accounts(resources: int) -> Aim:
    """3 CPU seconds, and 2.5 for each 1000 resources."""
    limit = 3 + 2.5 * resources / 1000
    return Aim(limit, f"at most {limit:.2f} CPU s: 3 + 2.5 per 1000 resources")


def synth(bench: Bench) -> list[Figure]:
    """Every variant once per round, one after the other, so that a busy minute hits all of them; the first round warms up."""
    bench.settings.account(ACCOUNT)
    peer = Peer(bench.out / "peer", bench.app.venv)
    bench.say("install the JavaScript peer")
    peer.install()
    peer.plan(bench.assembly.folder)
    jobs = _jobs(bench, peer)
    runs: Runs = {name: [] for name in jobs}
    for number in range(bench.runs.synth + 1):
        for name, job in jobs.items():
            bench.say(f"synth, round {number} of {bench.runs.synth}: {name}")
            used = job()
            if number:
                runs[name].append(used)
        if not number:
            check(bench)
    one = sum(len(stack.resources) for stack in bench.assembly.stacks if stack.stage == ACCOUNT)
    return figures(runs, bench.assembly.resource_count, one)


def _jobs(bench: Bench, peer: Peer) -> dict[str, Callable[[], Usage]]:
    """What is run each round, by name; Python and peer alternate."""
    app = bench.app
    variants: list[Variant] = []
    for scope, account in (("all", None), ("one", ACCOUNT)):
        for suffix, rules in (("", True), (".no-rules", False)):
            command = app.command if rules else app.without_rules()
            variants.append(Variant(f"{scope}{suffix}", command, account, rules))
            variants.append(peer.variant(f"peer.{scope}{suffix}", account, rules))
    jobs: dict[str, Callable[[], Usage]] = {
        each.name: partial(app.run, each, folder(bench, each.name)) for each in variants
    }
    jobs["floor"] = lambda: _floor(bench, [*app.command[:-1], "-c", _FLOOR], app.root)
    jobs["peer.floor"] = lambda: _floor(bench, [str(node()), "-e", _PEER_FLOOR], bench.out / "peer")
    jobs["cli.all"] = lambda: app.through_cli(["**"], folder(bench, "cli.all"))
    jobs["cli.one"] = lambda: app.through_cli(["**", "-c", f"account={ACCOUNT}"], folder(bench, "cli.one"))
    return jobs


def folder(bench: Bench, name: str) -> Path:
    """Where a variant synthesizes to."""
    return bench.out / "synth" / name


def _floor(bench: Bench, command: list[str], where: Path) -> Usage:
    environment = {**clean_environment(bench.app.venv), "CDK_OUTDIR": str(bench.out / "synth" / "floor")}
    return measure(command, environment=environment, folder=where, log=bench.logs / "floor.txt")


def check(bench: Bench) -> None:
    """The peer must be the same app, for all accounts and for one; else its figures mean nothing."""
    for scope in ("all", "one"):
        kinds = compare(load_assembly(folder(bench, scope)), load_assembly(folder(bench, f"peer.{scope}")))
        bench.say(f"peer, {scope}: {sum(kinds.values())} equal resources of {len(kinds)} types")


def figures(runs: Runs, resources: int, of_one: int) -> list[Figure]:
    """The figures of all rounds. Raises BenchError (GF-BENCH-014) when an account alone isn't smaller than all."""
    if of_one >= resources:
        raise BenchError("GF-BENCH-014", f"{ACCOUNT} has {of_one} of {resources} resources: configure more accounts")
    cpu = {name: tuple(each.cpu for each in usages) for name, usages in runs.items()}
    scopes = (("all", "all accounts", resources, all_accounts(resources)), ("one", f"{ACCOUNT} alone", of_one, ONE))
    made: list[Figure] = []
    for scope, label, count, aim in scopes:
        said = f"{label} ({count:,} resources)"
        made += [
            Figure(f"synth.{scope}.cpu", f"{said}, both rule packs", "CPU s", cpu[scope], aim),
            Figure(f"synth.{scope}.no-rules.cpu", f"{said}, without rules", "CPU s", cpu[f"{scope}.no-rules"]),
            Figure(f"synth.{scope}.per-1000", f"{label}, both rule packs, per 1000 resources", "CPU s",
                   tuple(1000 * each / count for each in cpu[scope])),
            Figure(f"synth.{scope}.no-rules.per-1000", f"{label}, without rules, per 1000 resources", "CPU s",
                   tuple(1000 * each / count for each in cpu[f"{scope}.no-rules"])),
            Figure(f"synth.{scope}.ratio", f"{label}, both rule packs, times the peer", "x",
                   ratios(cpu[scope], cpu[f"peer.{scope}"]), RATIO),
            Figure(f"synth.{scope}.no-rules.ratio", f"{label}, without rules, times the peer", "x",
                   ratios(cpu[f"{scope}.no-rules"], cpu[f"peer.{scope}.no-rules"])),
            Figure(f"synth.{scope}.peer.cpu", f"JavaScript peer, {label}, both rule packs", "CPU s", cpu[f"peer.{scope}"]),
            Figure(f"synth.{scope}.peer.no-rules.cpu", f"JavaScript peer, {label}, without rules", "CPU s",
                   cpu[f"peer.{scope}.no-rules"]),
            Figure(f"synth.{scope}.wall", f"{label}, both rule packs", "s", tuple(each.wall for each in runs[scope])),
            Figure(f"synth.{scope}.memory", f"{label}, largest process", "MiB",
                   tuple(each.peak_mib for each in runs[scope])),
            Figure(f"synth.{scope}.cli.cpu", f"{label}, through `cdk synth`", "CPU s", cpu[f"cli.{scope}"],
                   note="the app, and the CLI that starts it and reads its templates"),
        ]  # fmt: skip
    made += [
        Figure("synth.slope", "each further 1000 resources, both rule packs", "CPU s",
               slopes(cpu["all"], cpu["one"], resources, of_one)),
        Figure("synth.peer.slope", "JavaScript peer, each further 1000 resources", "CPU s",
               slopes(cpu["peer.all"], cpu["peer.one"], resources, of_one)),
        Figure("synth.floor", "empty app: interpreter, imports, jsii kernel", "CPU s", cpu["floor"]),
        Figure("synth.peer.floor", "JavaScript peer, empty app", "CPU s", cpu["peer.floor"]),
    ]  # fmt: skip
    return made
