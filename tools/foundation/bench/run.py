"""One run of the bench: what all sections share, and how each ends."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from foundation.bench.apps import App
from foundation.bench.errors import BenchError, LeftOut
from foundation.bench.figures import Figure
from foundation.cdk import ROOT, synth
from foundation.checks.assembly import Assembly, load_assembly
from stacks.settings import Settings

OK: Final = "ok"
FAILED: Final = "failed"
LEFT_OUT: Final = "left out"


@dataclass(frozen=True)
class Runs:
    """How often each thing is done; every synthesis is warmed up once besides."""

    synth: int
    lint: int
    deploy: int
    requests: int

    @classmethod
    def of(cls, quick: bool) -> Runs:
        """Enough for a median that two runs agree on, or the fewest that show that everything works."""
        return cls(synth=2, lint=1, deploy=1, requests=60) if quick else cls(synth=7, lint=3, deploy=3, requests=400)


@dataclass
class Section:
    """What came out of one section."""

    name: str
    state: str = OK
    seconds: float = 0.0
    error: str = ""
    figures: list[Figure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The section for bench.json."""
        data: dict[str, Any] = {"name": self.name, "state": self.state, "seconds": round(self.seconds, 1)}
        if self.error:
            data["error"] = self.error
        return {**data, "figures": [figure.as_json() for figure in self.figures]}


class Bench:
    """Shared by the sections of one run.

    :param settings: the configuration that is synthesized and deployed
    :param out: folder of the results and everything in between
    :param say: told what happens now
    """

    def __init__(self, settings: Settings, out: Path, runs: Runs, quick: bool, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.out = out.resolve()
        self.runs = runs
        self.quick = quick
        self.say = say

    @property
    def logs(self) -> Path:
        """Output of the measured processes."""
        return self.out / "logs"

    @cached_property
    def app(self) -> App:
        """The Python app as the CDK CLI starts it."""
        return App(ROOT, self.settings.config, self.out)

    @cached_property
    def assembly(self) -> Assembly:
        """All accounts, synthesized once in this run for the sections that need templates."""
        folder = self.out / "assembly"
        self.say("synthesize all accounts")
        self.app.synthesize(folder)
        return load_assembly(folder)

    @cached_property
    def host_assembly(self) -> Assembly:
        """All accounts with layers for this machine's interpreter, for functions of the local target that need them."""
        folder = self.out / "host-assembly"
        self.say("synthesize all accounts with this machine's layers")
        synth(folder, config=self.settings.config, layers="host")
        return load_assembly(folder)


def run_section(name: str, measure: Callable[[Bench], list[Figure]], bench: Bench) -> Section:
    """Run one section to its end; whatever goes wrong in it is in its result."""
    section = Section(name)
    started = time.monotonic()
    try:
        section.figures = measure(bench)
    except LeftOut as reason:
        section.state, section.error = LEFT_OUT, str(reason)
    except BenchError as error:
        section.state, section.error = FAILED, str(error)
    except Exception as error:  # noqa: BLE001 - reported as failed with its reason: the other sections still run
        section.state, section.error = FAILED, f"{type(error).__name__}: {error}"
        bench.logs.mkdir(parents=True, exist_ok=True)
        (bench.logs / f"{name}-error.txt").write_text(traceback.format_exc(), encoding="utf-8")
    section.seconds = time.monotonic() - started
    return section
