"""The demo's phases, each timed; a phase that fails ends the demo with its reason."""

import json
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from foundation import cdk
from foundation.checks.approved import approved_models
from foundation.checks.assembly import load_assembly
from foundation.checks.errors import GateError
from foundation.demo.caller import use_case_caller
from foundation.demo.canary import canary
from foundation.demo.evaluate import evaluations
from foundation.demo.release import Releases
from foundation.demo.requests import requests
from foundation.evaluation.errors import EvaluationError
from foundation.local.bootstrap import Bootstrapped, bootstrap
from foundation.local.errors import LocalTargetError
from foundation.local.project import target_settings
from foundation.local.readback import run as read_back
from foundation.local.target import Target
from foundation.release.errors import ReleaseError
from foundation.report.collect import collect
from foundation.report.write import write
from stacks.settings import Settings

ENVIRONMENTS = ("dev", "prod")
USE_CASE = "claims-assistant"
# Accounts that are deployed at the same time; the shared one goes first, because it owns the trail archive.
PARALLEL_ACCOUNTS = 3

Progress = Callable[[str, int, int], None]


class DemoError(Exception):
    """A phase did not do what it should; the message says which and why."""


@dataclass
class Summary:
    """What the demo did; build/demo/summary.json."""

    ok: bool = False
    accounts: list[dict[str, Any]] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    canary: dict[str, Any] = field(default_factory=dict)
    read_back: dict[str, int] = field(default_factory=dict)
    report: str = ""
    error: str = ""

    def write(self, path: Path) -> None:
        """Write the summary as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


class Demo:
    """One run on one target.

    :param settings: the configuration that is deployed
    :param out: folder of the assembly, the report and the summary
    :param progress: called with a phase's name, steps done and steps in all
    """

    def __init__(self, settings: Settings, target: Target, out: Path, progress: Progress) -> None:
        self.summary = Summary()
        self._settings = settings
        self._target = target
        self._out = out
        self._progress = progress
        self._assembly = out / "cdk.out"
        self._regions = (settings.regions.primary.name, settings.regions.recovery.name)

    def run(self, without: Collection[str] = ()) -> Summary:
        """Every phase in order, but for some. Raises nothing: a failure is in the summary."""
        try:
            for name, phase in (
                ("start the target", self._up),
                ("synthesize and check rules", self._synth),
                ("bootstrap", self._bootstrap),
                ("deploy", self._deploy),
                ("read back", self._read_back),
                ("ask", self._ask),
                ("evaluate", self._evaluate),
                ("release", self._release),
                ("canary", self._canary),
                ("reviewer's report", self._report),
            ):
                if name in without:
                    continue
                with self._timed(name):
                    phase(name)
            self.summary.ok = True
        except (DemoError, cdk.CdkError, LocalTargetError, GateError, EvaluationError, ReleaseError) as error:
            self.summary.error = str(error)
        finally:
            self.summary.write(self._out / "summary.json")
        return self.summary

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        self._progress(name, 0, 0)
        try:
            yield
        finally:
            self.summary.phases.append({"name": name, "seconds": round(time.monotonic() - started, 1)})
        self._progress(name, 1, 1)

    def _up(self, _name: str) -> None:
        self._target.up(target_settings(self._settings))

    def _synth(self, _name: str) -> None:
        cdk.synth(self._assembly, config=self._settings.config, layers="host")
        templates = _templates(self._assembly)
        stacks = cdk.stage_stacks(self._assembly)
        for account in self._settings.accounts:
            resources = sum(len(templates[stack]["Resources"]) for stack in stacks[account.stage])
            self.summary.accounts.append(
                {
                    "stage": account.stage,
                    "id": account.id,
                    "regions": list(self._regions),
                    "stacks": len(stacks[account.stage]),
                    "resources": resources,
                }
            )

    def _bootstrap(self, name: str) -> None:
        ids = [account.id for account in self._settings.accounts]
        done = 0

        def on_account(_made: Bootstrapped) -> None:
            nonlocal done
            done += 1
            self._progress(name, done, len(ids))

        bootstrap(self._target, ids, self._regions, progress=on_account)

    def _deploy(self, name: str) -> None:
        total = sum(account["stacks"] for account in self.summary.accounts)
        done = 0

        def on_stack(_stack: str, _unchanged: bool) -> None:
            nonlocal done
            done += 1
            self._progress(name, done, total)

        def deploy(stage: str) -> cdk.Deployment:
            # Each account by its own credentials: none lets another deploy into it but through the release pipeline's role.
            environment = self._target.environment(stage, self._regions[0])
            return cdk.deploy_stage(self._assembly, stage, environment, on_stack=on_stack)

        deployments = [deploy("shared")]
        others = [account.stage for account in self._settings.accounts if account.stage != "shared"]
        with ThreadPoolExecutor(PARALLEL_ACCOUNTS) as pool:
            running = [pool.submit(deploy, stage) for stage in others]
            deployments += [each.result() for each in as_completed(running)]
        for deployment in deployments:
            account = next(each for each in self.summary.accounts if each["stage"] == deployment.stage)
            account |= {
                "unchanged": deployment.unchanged,
                "changed": list(deployment.changed),
                "seconds": round(deployment.seconds, 1),
            }

    def _read_back(self, _name: str) -> None:
        report = read_back(self._assembly, self._target)
        (self._out / "read-back.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
        self.summary.read_back = report.counts
        if not report.ok:
            first = report.differences[0]
            raise DemoError(
                f"the target differs from the templates in {len(report.differences)} properties, first {first.stack} "
                f"{first.logical_id} {first.property}: {first.reason or (first.expected, first.actual)}"
            )

    def _ask(self, name: str) -> None:
        plan = requests(USE_CASE)
        region = self._settings.regions.primary.name
        wrong: list[str] = []
        for environment in ENVIRONMENTS:
            with use_case_caller(self._target, environment, region, USE_CASE) as caller:
                for request in plan:
                    result, seconds = caller.ask(dict(request.payload))
                    verdict = request.verdict(result)
                    self.summary.requests.append(
                        {
                            "environment": environment,
                            "request": request.name,
                            "shows": request.shows,
                            "outcome": result.get("outcome"),
                            "detail": result.get("answer") or result.get("error", {}).get("code"),
                            "trace_id": result.get("trace_id"),
                            "milliseconds": round(seconds * 1000),
                            "as_expected": verdict is None,
                        }
                    )
                    self._progress(name, len(self.summary.requests), len(plan) * len(ENVIRONMENTS))
                    if verdict:
                        wrong.append(f"{environment}, {request.name}: {verdict}")
        if wrong:
            raise DemoError("; ".join(wrong))

    def _evaluate(self, name: str) -> None:
        def on_run(done: int, total: int) -> None:
            self._progress(name, done, total)

        self.summary.evaluations, wrong = evaluations(self._settings, self._target, self._out, on_run)
        if wrong:
            raise DemoError("; ".join(wrong))

    def _release(self, name: str) -> None:
        releases = Releases(self._settings, self._target, self._assembly, self._out)
        releases.store_token()
        releases.forget_leftovers()
        for candidate in releases.candidates():
            row = releases.run(candidate, lambda found: self._progress(name, len(found.actions), 0))
            self.summary.releases.append(row)
            if not row["as_expected"]:
                raise DemoError(
                    f"release of {candidate.shows}: {row['status']}, {'; '.join(row['why']) or 'nothing failed'}"
                )

    def _canary(self, name: str) -> None:
        self.summary.canary = canary(self._settings, self._target, lambda done, all: self._progress(name, done, all))
        if not self.summary.canary["as_expected"]:
            raise DemoError(f"the canary did not end as it should: {self.summary.canary}")

    def _report(self, _name: str) -> None:
        assembly = load_assembly(self._assembly)
        found = collect(assembly, date.today(), approved_models(self._settings.config))
        self.summary.report = str(write(found, assembly, self._out / "report")[0])
        if found.failures:
            raise DemoError(f"the reviewer's report has {len(found.failures)} findings to answer for")


def _templates(assembly: Path) -> dict[str, Any]:
    """Templates by stack name, read from the assembly's stages."""
    found: dict[str, Any] = {}
    for manifest in assembly.glob("assembly-*/manifest.json"):
        for key, artifact in json.loads(manifest.read_text())["artifacts"].items():
            if artifact["type"] == "aws:cloudformation:stack":
                name = artifact["properties"].get("stackName", key)
                found[name] = json.loads((manifest.parent / artifact["properties"]["templateFile"]).read_text())
    return found
