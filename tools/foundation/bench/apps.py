"""The Python app as a process: started as the CDK CLI starts it, without the CLI around it."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from foundation.bench.errors import BenchError
from foundation.bench.usage import Usage, clean_environment, measure
from foundation.cdk import CLI, cli_environment, tail

WITHOUT_RULES: Final = Path(__file__).with_name("without_rules.py")
# What the CLI tells an app through its environment, written down by an app that does nothing else.
_PROBE: Final = (
    "import json, os, pathlib, sys;"
    "pathlib.Path(sys.argv[1]).write_text(json.dumps({k: v for k, v in os.environ.items() if k.startswith('CDK_')}))"
)


@dataclass(frozen=True)
class Variant:
    """One way to synthesize that is measured.

    :param account: stage name of the only account; None for all
    :param rules: whether the rule packs look at the result
    :param variables: further environment variables
    """

    name: str
    command: tuple[str, ...]
    account: str | None = None
    rules: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)


class App:
    """The Python app of a checkout.

    :param config: configuration folder
    :param out: folder for logs and the probe's answer
    """

    def __init__(self, root: Path, config: Path, out: Path) -> None:
        self.root = root
        self._config = config.resolve()
        self._out = out

    @cached_property
    def venv(self) -> Path:
        """The environment that this process runs in."""
        return Path(sys.prefix)

    @cached_property
    def command(self) -> tuple[str, ...]:
        """`app` of cdk.json."""
        return tuple(shlex.split(json.loads((self.root / "cdk.json").read_text(encoding="utf-8"))["app"]))

    def without_rules(self) -> tuple[str, ...]:
        """The same command for the app without its rule packs; raises GF-BENCH-005 when it doesn't run app.py."""
        if self.command[-1] != "app.py":
            raise BenchError("GF-BENCH-005", f"app in cdk.json is {self.command}: it must end in app.py to be measured")
        return (*self.command[:-1], str(WITHOUT_RULES))

    @cached_property
    def _from_cli(self) -> dict[str, str]:
        """CDK_ variables that the CLI hands to the app. Raises BenchError (GF-BENCH-006)."""
        answer = self._out / "cli-environment.json"
        answer.parent.mkdir(parents=True, exist_ok=True)
        answer.unlink(missing_ok=True)
        probe = shlex.join([sys.executable, "-c", _PROBE, str(answer)])
        # The probe writes no assembly, so the CLI always ends with an error.
        ran = subprocess.run(
            [str(CLI), "synth", "--quiet", "--no-notices", "--output", str(self._out / "probe"), "--app", probe],
            cwd=self.root, env=cli_environment({"AWS_EC2_METADATA_DISABLED": "true"}), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if not answer.is_file():
            said = tail(ran.stdout + ran.stderr)
            raise BenchError("GF-BENCH-006", f"the CDK CLI didn't start the app: run make setup\n{said}")
        return {str(name): str(value) for name, value in json.loads(answer.read_text(encoding="utf-8")).items()}

    def environment(self, out: Path, variant: Variant) -> dict[str, str]:
        """Variables of a measured synthesis into `out`."""
        told = dict(self._from_cli)
        context = json.loads(told["CDK_CONTEXT_JSON"])
        if variant.account:
            context["account"] = variant.account
        for name in ("CDK_ERROR_FILE", "CDK_PERF_COUNTERS_FILE"):
            if name in told:
                told[name] = str(out / Path(told[name]).name)
        told |= {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)}
        return {**clean_environment(self.venv), **told, "FOUNDATION_CONFIG": str(self._config), **variant.variables}

    def run(self, variant: Variant, out: Path) -> Usage:
        """Synthesize into an empty folder; raises BenchError when it fails, or when the rules spoke against the variant."""
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        log = self._out / "logs" / f"{out.name}.txt"
        used = measure(variant.command, environment=self.environment(out, variant), folder=self.root, log=log)
        judged = (out / "validation-report.json").is_file()
        if judged != variant.rules:
            found = "are" if judged else "aren't"
            raise BenchError("GF-BENCH-007", f"{variant.name}: findings of the rules {found} in {out}: see {log}")
        return used

    def synthesize(self, out: Path) -> Usage:
        """All accounts with all rules."""
        return self.run(Variant("all accounts", self.command), out)

    def through_cli(self, arguments: Sequence[str], out: Path) -> Usage:
        """`cdk synth`, the CLI included."""
        shutil.rmtree(out, ignore_errors=True)
        command = [str(CLI), "synth", *arguments, "--quiet", "--no-notices", "--output", str(out)]
        environment = {
            **clean_environment(self.venv),
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "FOUNDATION_CONFIG": str(self._config),
        }
        return measure(command, environment=environment, folder=self.root, log=self._out / "logs" / f"{out.name}.txt")
