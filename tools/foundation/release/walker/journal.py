"""Executions on disk: one folder each, its record replaced as a whole, so that a kill leaves the last one or the next.

What can't be written (GF-REL-347) ends the walk where it is: the last record is left, and is gone on from.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Halted
from foundation.release.walker.records import Execution

_RECORD = "execution.json"


class Journal:
    """Executions of one pipeline, below a folder of the target's state."""

    def __init__(self, folder: Path) -> None:
        self.root = folder

    def folder(self, execution: str) -> Path:
        """For the logs and artifacts of an execution."""
        return _made(self.root / execution)

    def attempt(self, execution: str, name: str) -> Path:
        """For those of one attempt of an action."""
        return _made(self.root / execution / name)

    def create(self, execution: Execution) -> Execution:
        """Write a new execution with the next number; the one on disk if it is there already."""
        with self._numbering():
            known = {each.id: each for each in self.all()}
            if execution.id in known:
                return known[execution.id]
            last = max((each.number for each in known.values()), default=0)
            numbered = execution.model_copy(update={"number": last + 1})
            self.save(numbered)
            return numbered

    def save(self, execution: Execution) -> None:
        path = self.folder(execution.id) / _RECORD
        partial = path.with_suffix(".partial")
        with written(path):
            partial.write_text(execution.model_dump_json(indent=1), encoding="utf-8")
            partial.replace(path)

    def load(self, identifier: str) -> Execution:
        """Fails with GF-REL-330 for an execution that isn't there or can't be read."""
        path = self.root / identifier / _RECORD
        try:
            return Execution.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            known = ", ".join(each.parent.name for each in self._files()) or "none"
            raise ReleaseError(
                "GF-REL-330", f"no execution {identifier} in {self.root} ({error}): known are {known}"
            ) from error

    def all(self) -> list[Execution]:
        """Oldest first."""
        return sorted((self.load(path.parent.name) for path in self._files()), key=lambda each: each.number)

    def last_success(self, execution: Execution, stage: str) -> Execution | None:
        """What a rollback of a stage goes back to: no rollback itself, and of the same structure of the pipeline.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
        """
        good = [
            each
            for each in self.all()
            if each.type == "STANDARD"
            and each.id != execution.id
            and each.version == execution.version
            and each.stages.get(stage) == "Succeeded"
        ]
        return good[-1] if good else None

    def overtaken_by(self, execution: Execution, stage: str) -> Execution | None:
        """A later execution that came to the stage already; the rollback of this one doesn't count."""
        later = (each for each in self.all() if each.number > execution.number and each.failed != execution.id)
        return next((each for each in later if stage in each.stages), None)

    def _files(self) -> Iterator[Path]:
        yield from self.root.glob(f"*/{_RECORD}")

    @contextmanager
    def _numbering(self) -> Iterator[None]:
        path = _made(self.root) / "numbering"
        with written(path):
            lock = path.open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _made(folder: Path) -> Path:
    with written(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Fails with GF-REL-347 where the block can't write, such as on a full disk."""
    try:
        yield
    except OSError as error:
        raise Halted(
            "GF-REL-347",
            f"can't write {path} ({error.strerror}): make room, or get the right to write there, then run with --resume",
        ) from error
