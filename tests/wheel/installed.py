"""A clean environment with the built wheel in it, as a line of business has one. Offline: packages come from uv's cache."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.synth.app import BIN, CHECKOUT

UV = BIN / "uv"


@dataclass(frozen=True)
class Installed:
    """The wheel that was built, and the Python of the environment that it was installed into."""

    wheel: Path
    python: Path


def build_and_install(folder: Path) -> Installed:
    """Build the wheel and install it, with the dependencies that it declares at the versions of requirements.lock."""
    _uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(folder / "dist"))
    (wheel,) = (folder / "dist").glob("*.whl")
    python = folder / "venv" / "bin" / "python"
    _uv("venv", "--python", sys.executable, str(folder / "venv"))
    _uv("pip", "install", "--python", str(python), "--constraint", "requirements.lock", str(wheel))
    return Installed(wheel, python)


def _uv(*arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(UV), *arguments, "--offline", "--quiet"]
    done = subprocess.run(command, cwd=CHECKOUT, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"uv {' '.join(arguments)}:\n{done.stderr}\nRun `make setup`: it fills the cache."
