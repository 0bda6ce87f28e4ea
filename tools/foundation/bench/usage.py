"""What a whole process costs: CPU seconds of itself and everything it started, seconds, largest memory."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.bench.errors import BenchError

# Variables of this process that a measured process gets; everything else is the bench's to decide.
KEPT: Final = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "XDG_CACHE_HOME")
_MIB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB elsewhere
_TAIL: Final = 15


@dataclass(frozen=True)
class Usage:
    """Cost of one run.

    :param cpu: user plus system CPU seconds of the process and its descendants
    :param wall: seconds from start to end
    :param peak_mib: memory of the largest process among them, MiB
    """

    cpu: float
    wall: float
    peak_mib: float


def clean_environment(venv: Path) -> dict[str, str]:
    """The variables of KEPT, with the venv's commands first on the path."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "PATH": f"{venv / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"}


def measure(command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path) -> Usage:
    """Run a command to its end. Raises BenchError (GF-BENCH-004) with the end of its output when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            # wait4 counts this child and what it waited for, and nothing of other children that run at the same time.
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:])
        raise BenchError("GF-BENCH-004", f"{' '.join(command)} ended with {process.returncode}: see {log}\n{end}")
    return Usage(cpu=used.ru_utime + used.ru_stime, wall=wall, peak_mib=used.ru_maxrss / _MIB)
