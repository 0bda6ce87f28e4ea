"""Evaluations on the deployed platform: suites of the tests, runs of them, and what a run left behind."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml
from rich.console import Console

from foundation.cdk import cli_environment
from foundation.evaluation.access import LocalAccess, parameter
from foundation.evaluation.evaluate import evaluate
from foundation.evaluation.options import suite_folder
from foundation.evaluation.publish import publish
from foundation.evaluation.resolve import Asked
from foundation.evaluation.runs import STATE_MACHINE, Runs
from foundation.evaluation.suites import LoadedSuite, load_suite
from foundation.local.target import Target
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.reporting.equality import essence, essence_of_response
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.verdict import RunResult
from stacks.settings import Settings, load_settings
from tests.local.platform import suites
from tests.synth.app import CHECKOUT

ENVIRONMENT: Final = "dev"
FOUNDATION = CHECKOUT / ".venv" / "bin" / "foundation"
REQUESTS_PER_MINUTE = 1200
"""The tests' quota of each model: a burst of 40, then 20 a second, so that a run is no matter of a moment."""
EXIT_CODES = {"PROMOTE": 0, "HOLD": 3, "REJECT": 4}


@dataclass
class Evaluations:
    """The tests' own configuration, with their suites in its catalog, on the platform's target."""

    target: Target
    folder: Path
    _published: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.config = self.folder / "config"
        shutil.copytree(CHECKOUT / "config", self.config)
        shutil.copytree(CHECKOUT / "catalog", self.folder / "catalog")
        platform = self.config / "platform.yaml"
        document = yaml.safe_load(platform.read_text(encoding="utf-8"))
        for quota in document["evaluation"]["quotas"][ENVIRONMENT].values():
            quota |= {"requests_per_minute": REQUESTS_PER_MINUTE, "tokens_per_minute": 100_000_000}
        platform.write_text(yaml.safe_dump(document), encoding="utf-8")
        suites.write_all(self.folder / "catalog" / "evaluations")
        self.settings: Settings = load_settings(self.config)
        self.access = LocalAccess(self.settings, self.target)
        self.runs = Runs(self.access, ENVIRONMENT)

    @property
    def store(self) -> Store:
        """The environment's bucket of runs."""
        return self.runs.store

    def suite(self, name: str) -> LoadedSuite:
        """A suite, published once."""
        folder = suite_folder(self.settings, name)
        if name not in self._published:
            publish(folder, self.settings, self.access)
            self._published.add(name)
        return load_suite(folder)

    def run(self, name: str, asked: Asked | None = None, *, again: int = 1) -> RunResult:
        """A run of a suite, from its request to its verdict."""
        asked = replace(asked or Asked(), again=again)
        return evaluate(self.settings, self.access, ENVIRONMENT, self.suite(name), asked, Console(quiet=True))

    def begin(self, *words: str, config: Path | None = None) -> subprocess.Popen[str]:
        """`foundation eval …` on this target, started; its pages go to the tests' folder."""
        state, port = str(self.target.folder.root), str(self.target.port)
        place = ["--config", str(config or self.config), "--local", "--state", state, "--port", port]
        return subprocess.Popen(
            [str(FOUNDATION), "eval", *words, *place], cwd=self.folder, env=cli_environment({}), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def said(self, *words: str, config: Path | None = None) -> tuple[int, str]:
        """`foundation eval …` to its end: exit code, and what it printed or complained of."""
        process = self.begin(*words, config=config)
        out, errors = process.communicate(timeout=240)
        return process.returncode, errors if process.returncode == 1 else out

    def command(self, *words: str, config: Path | None = None) -> RunResult:
        """`foundation eval run …`: its verdict, which its exit code tells too."""
        code, out = self.said("run", *words, "--json", config=config)
        assert code in EXIT_CODES.values(), out
        result = RunResult.model_validate_json(out)
        assert code == EXIT_CODES[result.decision]
        return result

    def calls(self) -> int:
        """Conversations with models since the target started."""
        return sum(self.target.call("GET", "/_foundation/model")["calls"].values())

    def responses(self, run: str) -> list[Response]:
        """All responses of a run."""
        keys = list(self.store.keys(layout.responses(run, "").rstrip("/") + "/"))
        return [self.store.load(key, Response) for key in keys]

    def versions(self, run: str) -> Counter[str]:
        """How many versions each response's object has."""
        client = self.access.client("s3", ENVIRONMENT)
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=self.store.bucket, Prefix=layout.responses(run, "").rstrip("/") + "/"
        )
        return Counter(each["Key"] for page in pages for each in page.get("Versions", []))

    def is_the_same(self, result: RunResult, undisturbed: RunResult) -> bool:
        """Whether two runs came to the same, and every case of this one was answered exactly once."""
        versions = self.versions(result.run)
        assert set(versions.values()) == {1}
        assert len(versions) == len(self.versions(undisturbed.run))
        assert self._said(result.run) == self._said(undisturbed.run)
        assert essence(result) == essence(undisturbed)
        return True

    def _said(self, run: str) -> dict[str, Any]:
        return {each.case: essence_of_response(each) for each in self.responses(run)}

    def function(self, step: str) -> str:
        """Name of the deployed function of a step."""
        names = self.access.client("lambda", ENVIRONMENT).get_paginator("list_functions").paginate()
        found = [each["FunctionName"] for page in names for each in page["Functions"]]
        (name,) = [each for each in found if each.startswith(f"{ENVIRONMENT}-Evaluation-Pipeline{step}")]
        return str(name)

    def execute(self, run: str) -> None:
        """Start a further execution of a run."""
        self.access.client("stepfunctions", ENVIRONMENT).start_execution(
            stateMachineArn=self.machine, name=f"{run}-{time.time_ns()}", input=json.dumps({"run": run})
        )

    @property
    def machine(self) -> str:
        """ARN of the pipeline's state machine."""
        return parameter(self.access, ENVIRONMENT, STATE_MACHINE)

    def executions(self, run: str) -> list[str]:
        """ARNs of the run's executions, once all are over."""
        states = self.access.client("stepfunctions", ENVIRONMENT)
        machine = self.machine
        limit = time.monotonic() + 120
        while True:
            pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
            known = [each for page in pages for each in page["executions"]]
            found = [each for each in known if re.fullmatch(rf"{run}-\d+", each["name"])]
            if all(each["status"] != "RUNNING" for each in found):
                return [each["executionArn"] for each in found]
            assert time.monotonic() < limit, f"{run} still runs"
            time.sleep(0.1)

    def until(self, what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
        """Wait for something while a command is at work."""
        limit = time.monotonic() + 120
        while not what():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < limit, "it takes longer than two minutes"
            time.sleep(0.02)

    def output(self, execution: str) -> dict[str, Any]:
        """A succeeded execution's output."""
        found = self.access.client("stepfunctions", ENVIRONMENT).describe_execution(executionArn=execution)
        assert found["status"] == "SUCCEEDED", found
        output: dict[str, Any] = json.loads(found["output"])
        return output
