"""Section demo: the whole `foundation demo`, from nothing and once more, beside its aim; how long its releases take."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from foundation.bench.figures import Aim, Figure
from foundation.bench.run import Bench
from foundation.bench.target import free_port
from foundation.bench.usage import Usage, clean_environment, measure
from foundation.local.target import Target

AIM: Final = Aim(360, "under 6 minutes")


def demo(bench: Bench) -> list[Figure]:
    """Twice on a target of its own: everything is deployed, then nothing changes."""
    with tempfile.TemporaryDirectory(prefix="foundation-bench-") as name:
        folder = Path(name)
        target = Target(folder / "state", free_port())
        command = [
            str(Path(sys.executable).with_name("foundation")), "demo", "--json", "--state", str(target.folder.root),
            "--port", str(target.port), "--out", str(folder / "out"), "--config", str(bench.settings.config),
        ]  # fmt: skip
        environment = clean_environment(bench.app.venv)
        used: list[Usage] = []
        try:
            for said in ("from nothing", "without a change"):
                bench.say(f"demo: {said}")
                log = bench.logs / f"demo-{len(used) + 1}.txt"
                used.append(measure(command, environment=environment, folder=bench.app.root, log=log))
        finally:
            target.down(purge=True)
        summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    return [
        Figure("demo.first", "demo from a set-up clone", "s", (used[0].wall,), AIM),
        Figure("demo.again", "demo once more, nothing changed", "s", (used[1].wall,)),
        *_releases(summary),
    ]


def _releases(summary: dict[str, Any]) -> list[Figure]:
    """Of the second demo: its functions are warm, and unchanged evaluations count."""
    good, weakened = summary["releases"]
    said = "tests skipped; the simulated model answers at once"
    return [
        Figure("demo.release", "merge to production, all stages", "s", (sum(good["seconds"].values()),), note=said),
        Figure("demo.verdict", "merge to the verdict on dev", "s", (sum(weakened["seconds"].values()),), note=said),
        Figure("demo.gate", "of this the gate, 248 cases", "s", (weakened["seconds"]["Dev/Evaluate"],)),
        Figure(
            "demo.rollback",
            "roll-back of a canary until functions switched",
            "s",
            (summary["canary"]["rollback_seconds"],),
        ),
    ]
