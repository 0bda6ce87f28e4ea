"""Executions of a QUEUED pipeline, one after another, whichever process walks them.

Each process draws a number and holds the lock of its ticket as long as it lives; it waits for the locks of the tickets before
its own, in their order. The kernel frees the lock of a process that ends, however it ends.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from foundation.release.walker.journal import written
from foundation.release.walker.records import Execution

# Called with the execution that is waited for.
Waits = Callable[[str], None]


@contextmanager
def turn(folder: Path, execution: Execution, waits: Waits) -> Iterator[None]:
    """Wait until no process walks an execution that came before; hold the place until the block ends.

    Fails with GF-REL-347 where no ticket can be written.
    """
    with written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        ticket, held = _draw(folder, execution.id)
    try:
        for before in _tickets(folder):
            if before.name >= ticket.name:
                break
            _wait(before, waits)
        yield
    finally:
        ticket.unlink(missing_ok=True)
        held.close()


def _draw(folder: Path, execution: str) -> tuple[Path, IO[str]]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        last = max((int(each.name.partition("-")[0]) for each in _tickets(folder)), default=0)
        ticket = folder / f"{last + 1:08d}-{execution}"
        held = ticket.open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
        return ticket, held


def _wait(ticket: Path, waits: Waits) -> None:
    try:
        opened = ticket.open("r")
    except FileNotFoundError:
        return
    with opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits(ticket.name.partition("-")[2])
            fcntl.flock(opened, fcntl.LOCK_EX)
        # Nobody holds it any more: what a killed process left behind.
        ticket.unlink(missing_ok=True)


def _tickets(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*-*"))
