"""A writable copy of the shipped configuration and catalog, edited as a person would: by text."""

from __future__ import annotations

import shutil
from pathlib import Path

from genai_foundation.catalog import ConfigError, ConfigErrors
from stacks.settings import Settings, load_settings
from stacks.settings.files import read_files
from stacks.settings.release import current, write_lock

CHECKOUT = Path(__file__).resolve().parents[3]
PLATFORM = "config/platform.yaml"


class Folder:
    """config/ and catalog/ below a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(CHECKOUT / "config", root / "config")
        shutil.copytree(CHECKOUT / "catalog", root / "catalog")

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence of `old`, which must be there."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def platform(self, old: str, new: str) -> None:
        """`replace` in platform.yaml."""
        self.replace(PLATFORM, old, new)

    def write(self, file: str, text: str) -> None:
        """Write a file as a whole."""
        (self.root / file).write_text(text, encoding="utf-8")

    def read(self, file: str) -> str:
        """A file's text."""
        return (self.root / file).read_text(encoding="utf-8")

    def release(self) -> None:
        """Make the lock agree with the files, so that a test of another rule isn't disturbed by immutability."""
        files = read_files(self.root / "config", self.root / "catalog")
        hashes = {"guardrails": current(files.guardrails), "prompts": current(files.prompts)}
        write_lock(self.root / "catalog" / "released.lock", hashes)

    def load(self) -> Settings:
        """What `load_settings` makes of the folder."""
        return load_settings(self.root / "config")

    def errors(self) -> tuple[ConfigError, ...]:
        """The faults of the folder; empty when there is none."""
        try:
            self.load()
        except ConfigErrors as failure:
            return failure.errors
        return ()

    def only(self) -> ConfigError:
        """The one fault of the folder."""
        errors = self.errors()
        assert len(errors) == 1, "\n".join(map(str, errors)) or "no error"
        return errors[0]

    def found(self) -> set[tuple[str, str]]:
        """(code, key) of every fault."""
        return {(error.code, error.key) for error in self.errors()}

    def line(self, file: str, text: str) -> int:
        """1-based number of the first line that contains `text`."""
        lines = self.read(file).splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)
