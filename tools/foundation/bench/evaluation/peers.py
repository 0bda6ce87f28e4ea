"""Section evaluation-peers: the same 500 cases and answers in promptfoo, deepeval, a plain loop, and our scoring step.

Each is a whole process, from its start to its results on disk, in turn. Models answer at once from canned lines, metrics
are deterministic (exact match, ROUGE-1, BLEU), telemetry and update checks are off, and every proxy is closed, so that
nothing leaves the machine. All must say the same number of exact matches.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from foundation.bench.errors import BenchError, LeftOut
from foundation.bench.evaluation.peer_input import write_input
from foundation.bench.evaluation.scoring import work_environment
from foundation.bench.evaluation.suite import CASES, write_project
from foundation.bench.figures import Aim, Figure, ratios
from foundation.bench.peer import node
from foundation.bench.run import Bench
from foundation.bench.usage import KEPT, Usage, measure
from foundation.cdk import tail

SOURCE: Final = Path(__file__).with_name("peers")
WORK: Final = Path(__file__).with_name("peer_work.py")
FILES: Final = (".npmrc", "package.json", "package-lock.json", "requirements.lock")
BEATEN: Final = Aim(1, "less than promptfoo")
ROUNDS: Final = 5
QUIET: Final[Mapping[str, str]] = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "true",
    "PROMPTFOO_FAILED_TEST_EXIT_CODE": "0",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "DO_NOT_TRACK": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",  # the discard port: nothing listens
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
NAMES: Final[Mapping[str, str]] = {
    "scoring": "our scoring step",
    "plain": "a plain loop over the libraries",
    "promptfoo": "promptfoo",
    "deepeval": "deepeval",
}


@dataclass(frozen=True)
class Side:
    """A process that evaluates the cases.

    :param answer: file that it writes
    """

    name: str
    command: Sequence[str]
    answer: Path
    environment: Mapping[str, str] = field(repr=False)


def peers(bench: Bench) -> list[Figure]:
    """All sides in turn, after one run of each to warm up. Raises LeftOut when the peers can't be installed."""
    folder = bench.out / "peers"
    bench.say("evaluation-peers: install promptfoo and deepeval, unless they are there")
    install(bench, folder)
    shutil.rmtree(folder / "input", ignore_errors=True)
    project = write_project(bench.settings, bench.out / "evaluation-peers", None)
    canned = write_input(project.load(), folder / "input")
    shutil.copyfile(SOURCE / "provider.mjs", folder / "input" / "provider.mjs")
    made: dict[str, list[Usage]] = {name: [] for name in NAMES}
    for number in range(ROUNDS + 1):
        bench.say(f"evaluation-peers: round {number} of {ROUNDS}" if number else "evaluation-peers: warm up")
        for side in sides(bench, folder, canned):
            side.answer.unlink(missing_ok=True)
            log = bench.logs / f"evaluation-peers-{side.name}.txt"
            used = measure(side.command, environment=side.environment, folder=folder / "input", log=log)
            check(side.name, counts(side), canned)
            if number:
                made[side.name].append(used)
    return figures(made)


def sides(bench: Bench, folder: Path, canned: Path) -> list[Side]:
    """The commands, in the order of NAMES."""
    python = str(bench.app.venv / "bin" / "python")
    entry = folder / "node_modules" / "promptfoo" / "dist" / "src" / "entrypoint.js"
    given = folder / "input"
    closed = {name: os.environ[name] for name in KEPT if name in os.environ and name != "HOME"} | QUIET
    closed |= {"HOME": str(folder / "home"), "PROMPTFOO_CONFIG_DIR": str(folder / "home"), "BENCH_CANNED": str(canned)}
    commands = {
        "scoring": [python, str(WORK), "scoring", str(given), str(canned)],
        "plain": [python, str(WORK), "plain", str(given), str(canned)],
        "promptfoo": [
            str(node()), str(entry), "eval", "--config", str(given / "promptfoo.json"), "--no-cache", "--no-write",
            "--no-table", "--no-progress-bar", "--output",
        ],
        "deepeval": [str(folder / "venv" / "bin" / "python"), str(SOURCE / "deepeval_work.py"), str(canned)],
    }  # fmt: skip
    ours = work_environment(bench)
    return [
        Side(name, [*command, str(answer)], answer, ours if name in ("scoring", "plain") else closed)
        for name, command in commands.items()
        for answer in (folder / f"{name}.json",)
    ]


def counts(side: Side) -> tuple[int, int]:
    """Cases and exact matches that a side found."""
    told: Any = json.loads(side.answer.read_text(encoding="utf-8")) if side.answer.is_file() else {}
    if side.name != "promptfoo":
        return int(told.get("cases", 0)), int(told.get("exact", 0))
    results = told.get("results", {}).get("results", [])
    return len(results), sum(bool(each["gradingResult"]["componentResults"][0]["pass"]) for each in results)


def check(name: str, found: tuple[int, int], canned: Path) -> None:
    """Raises BenchError (GF-BENCH-030) when a side did something else than the others."""
    lines = [json.loads(line) for line in canned.read_text(encoding="utf-8").splitlines()]
    expected = (CASES, sum(line["answer"].strip() == line["reference"].strip() for line in lines))
    if found != expected:
        raise BenchError(
            "GF-BENCH-030",
            f"{name} evaluated {found[0]} cases with {found[1]} exact matches, not {expected[0]} with {expected[1]}: "
            "look at its log in the bench's folder",
        )


def figures(made: Mapping[str, Sequence[Usage]]) -> list[Figure]:
    """Seconds of every side, and ours beside each peer's, round by round."""
    walls = {name: tuple(each.wall for each in used) for name, used in made.items()}
    cpus = {name: tuple(each.cpu for each in used) for name, used in made.items()}
    told = [
        Figure(f"evaluation-peers.{name}.{kind}", f"{said}, {CASES} cases: {kind}", "s", samples[name])
        for kind, samples in (("wall", walls), ("cpu", cpus))
        for name, said in NAMES.items()
    ]
    return told + [
        Figure(f"evaluation-peers.{kind}.{peer}", f"our scoring step, times {NAMES[peer]}: {kind}", "x",
               ratios(samples["scoring"], samples[peer]), BEATEN if (kind, peer) == ("wall", "promptfoo") else None)
        for kind, samples in (("wall", walls), ("cpu", cpus))
        for peer in ("promptfoo", "deepeval", "plain")
    ]  # fmt: skip


def install(bench: Bench, folder: Path) -> None:
    """From the lock files, once for each content of them. Raises LeftOut with the reason when it isn't possible."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(SOURCE / name, folder / name)
    wanted = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in FILES)).hexdigest()
    mark = folder / "installed"
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    mark.unlink(missing_ok=True)
    tools, venv = bench.app.venv / "bin", folder / "venv"
    for command in (
        [str(tools / "npm"), "ci", "--silent"],
        [str(tools / "uv"), "venv", "--quiet", "--clear", "--python", str(tools / "python"), str(venv)],
        [str(tools / "uv"), "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "requirements.lock"],
    ):
        # The person's own environment: their npm and uv configuration decides where packages come from.
        environment = {**os.environ, "VIRTUAL_ENV": str(venv), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise LeftOut(f"the peers can't be installed ({' '.join(command[:2])}): {tail(ran.stdout + ran.stderr)}")
    mark.write_text(wanted, encoding="utf-8")
