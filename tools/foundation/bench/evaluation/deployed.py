"""A fresh local target with the evaluation pipeline, and runs on it through the `foundation` command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.suite import MODEL, NAME, STAGE, Project, write_project
from foundation.bench.run import Bench
from foundation.bench.target import SHARED, fresh_target
from foundation.bench.usage import clean_environment
from foundation.cdk import ROOT, tail
from foundation.evaluation import baselines
from foundation.evaluation.access import LocalAccess
from foundation.evaluation.prices import load_prices
from foundation.evaluation.publish import STAGE as GOVERNANCE
from foundation.evaluation.publish import publish
from foundation.evaluation.resolve import Asked, Resolver
from foundation.evaluation.runs import Runs
from foundation.local.target import Target
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.verdict import RunResult
from stacks.settings import Settings, default_catalog, load_settings

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient

STAGES: Final = (SHARED, GOVERNANCE, STAGE)
_COMMAND: Final = Path(sys.executable).with_name("foundation")


@dataclass(frozen=True)
class Ended:
    """A run of the command that came to its verdict.

    :param seconds: the command's, from its start to its end
    """

    result: RunResult
    seconds: float
    started: float
    """Seconds since the epoch."""


class Deployed:
    """The pipeline in dev, with the suite published."""

    def __init__(self, target: Target, project: Project, settings: Settings, logs: Path) -> None:
        self.target = target
        self.project = project
        self.settings = settings
        self.access = LocalAccess(settings, target)
        self._logs = logs

    @property
    def runs(self) -> Runs:
        """The runs of dev."""
        return Runs(self.access, STAGE)

    def simulate(self, rule: Mapping[str, Any] | None) -> None:
        """Give the suite's model a latency and quotas, or none. Refills the quotas."""
        rules = [{"pattern": MODEL, **rule}] if rule else []
        self.target.call("PUT", "/_foundation/model", {"rules": rules})

    def calls(self) -> int:
        """Calls that the suite's model has answered since the target was started."""
        return int(self.target.call("GET", "/_foundation/model")["calls"].get(MODEL, 0))

    def target_pid(self) -> int:
        """The target's process."""
        pid = self.target.status().pid
        if pid is None:
            raise BenchError("GF-BENCH-025", f"the local target ended by itself: see {self.target.folder.log}")
        return pid

    def start(self, again: int) -> subprocess.Popen[bytes]:
        """Start `foundation eval run`; its output goes to a file of its own."""
        self._logs.mkdir(parents=True, exist_ok=True)
        environment = {**clean_environment(Path(sys.prefix)), "COLUMNS": "200"}
        command = [
            str(_COMMAND), "eval", "run", NAME, "--env", STAGE, "--local", "--state", str(self.target.folder.root),
            "--port", str(self.target.port), "--config", str(self.project.config), "--again", str(again), "--json",
            "--out", str(self._logs / f"run-{again}"),
        ]  # fmt: skip
        with self._log(again, "json").open("wb") as told, self._log(again, "txt").open("wb") as said:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=told, stderr=said
            )

    def run(self, again: int) -> Ended:
        """Run the command to its verdict. Raises BenchError (GF-BENCH-022) when it doesn't come to one."""
        started, clock = time.time(), time.monotonic()
        self.start(again).wait()
        return self.ended(again, time.monotonic() - clock, started)

    def ended(self, again: int, seconds: float, started: float) -> Ended:
        """The verdict of a command that ended. Raises BenchError (GF-BENCH-022)."""
        told = self._log(again, "json").read_text(encoding="utf-8")
        if not told:
            said = tail(self._log(again, "txt").read_text(encoding="utf-8"))
            raise BenchError("GF-BENCH-022", f"the evaluation came to no verdict: correct what it says\n{said}")
        return Ended(RunResult.model_validate_json(told), seconds, started)

    def request(self, again: int) -> RunRequest:
        """What the command asks for."""
        prices = load_prices(default_catalog(self.settings.config) / "prices.yaml")
        resolver = Resolver(self.settings, STAGE, self.access, prices, baselines.released(self.runs, NAME))
        return resolver.request(self.project.load(), Asked(again=again))

    def models(self, config: Config) -> BedrockRuntimeClient:
        """A client of dev's models."""
        session: Any = self.target.session(self.settings.account(STAGE).id, self.settings.regions.primary.name)
        client: BedrockRuntimeClient = session.client("bedrock-runtime", endpoint_url=self.target.url, config=config)
        return client

    def _log(self, again: int, ending: str) -> Path:
        return self._logs / f"evaluation-{again}.{ending}"


@contextmanager
def deployed(bench: Bench, section: str, *, quota: int | None = None) -> Iterator[Deployed]:
    """Deploy on a fresh target, publish the suite.

    :param quota: requests a minute that the configuration says of the suite's model
    """
    project = write_project(bench.settings, bench.out / section, quota)
    settings = load_settings(project.config)
    with fresh_target(bench, bench.host_assembly) as fresh:
        bench.say(f"{section}: start, bootstrap and deploy {', '.join(STAGES)}")
        fresh.up()
        fresh.bootstrap(list(STAGES))
        for stage in STAGES:
            fresh.deploy(stage)
        made = Deployed(fresh.target, project, settings, bench.logs / section)
        publish(project.suite, settings, made.access)
        yield made
