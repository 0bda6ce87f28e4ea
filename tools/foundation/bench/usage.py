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


class ProcessTree:
    """A process and what it starts, while they run (Linux).

    :param root: id of the process
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._tick: float = os.sysconf("SC_CLK_TCK")

    def cpu(self) -> float:
        """CPU seconds so far of the process, its living descendants, and those that ended and were waited for."""
        parents: dict[int, int] = {}
        spent: dict[int, float] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended in between
                continue
            pid = int(stat.parent.name)
            parents[pid] = int(fields[1])
            # utime, stime, and cutime, cstime of children that were waited for (proc(5), fields 14 to 17)
            spent[pid] = sum(int(each) for each in fields[11:15]) / self._tick
        return sum(seconds for pid, seconds in spent.items() if self._descends(pid, parents))

    def _descends(self, pid: int, parents: Mapping[int, int]) -> bool:
        while pid and pid != self._root:
            pid = parents.get(pid, 0)
        return pid == self._root
