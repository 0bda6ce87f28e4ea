"""Builds the dependency layer of the Lambda functions: `python -m foundation.layer build/lambda-layer`.

One folder serves AWS Lambda and the local target: compiled modules carry the interpreter and the platform in their
file names, so the wheels of several targets lie side by side and the bytes of the asset are the same everywhere.
"""

import fcntl
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from uv import find_uv_bin

LOCK = Path("lambda/requirements.lock")

# AWS runs the newest of these on either architecture; the others are interpreters that the local target may find (on Arm
# from 3.13, because each target adds 2 MB to every upload). The tag asks for glibc 2.17 or newer; Lambda has 2.34.
TARGETS = (
    ("x86_64-manylinux_2_17", "3.11"),
    ("x86_64-manylinux_2_17", "3.12"),
    ("x86_64-manylinux_2_17", "3.13"),
    ("x86_64-manylinux_2_17", "3.14"),
    ("aarch64-manylinux_2_17", "3.13"),
    ("aarch64-manylinux_2_17", "3.14"),
)

# Written by the installer, different for each wheel or each run, and read by nothing at run time.
_INSTALLER_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", "uv_cache.json"})
_LAMBDA_UNZIPPED_LIMIT = 250 * 1024 * 1024  # AWS Lambda quota: function and all layers, unzipped


class LayerError(Exception):
    """The layer can't be built; the message says what to change."""


@dataclass(frozen=True)
class LayerSize:
    """Bytes of the layer as a folder and as the zip archive that AWS Lambda is sent."""

    files: int
    unzipped: int
    zipped: int

    def __str__(self) -> str:
        return f"{self.files} files, {self.unzipped / 1e6:.1f} MB, zipped {self.zipped / 1e6:.1f} MB"


def build_layer(destination: Path, *, lock: Path = LOCK, targets: tuple[tuple[str, str], ...] = TARGETS) -> LayerSize:
    """Build the layer into `destination`, replacing what is there only once the new one is complete.

    Raises LayerError when a wheel is missing for a target or two wheels disagree about a file.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    work = destination.with_name(f".{destination.name}.partial")
    with destination.with_name(f".{destination.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two builds at once would share the work folder
        shutil.rmtree(work, ignore_errors=True)  # left by an interrupted build
        try:
            for platform, version in targets:
                wheels = work / f"{platform}-{version}"
                _install(wheels, lock, platform, version)
                _merge(wheels, work / "layer" / "python")
            size = _measure(work / "layer")
            _replace(work / "layer", destination, work / "old")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return size


def _install(folder: Path, lock: Path, platform: str, version: str) -> None:
    """Unpack the locked wheels of one target; --no-deps because the lock file is complete."""
    command = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(folder), "--link-mode", "copy"]
    command += ["--python-platform", platform, "--python-version", version]
    command += ["--only-binary", ":all:", "--require-hashes", "--no-deps", "-r", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LayerError(
            f"no layer for {platform}, Python {version}: GF-LAY-001: uv could not install {lock}; "
            f"pin versions that ship wheels for this target:\n{done.stderr.strip()}"
        )


def _merge(source: Path, target: Path) -> None:
    """Add one target's files; files that another target brought too must hold the same bytes."""
    for file in _runtime_files(source):
        place = target / file.relative_to(source)
        content = file.read_bytes()
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        elif place.read_bytes() != content:
            raise LayerError(
                f"{file.relative_to(source)} differs between targets: GF-LAY-002: one layer can't serve both; "
                f"pin versions whose wheels agree, or drop {source.name} from foundation.layer.TARGETS"
            )


def _runtime_files(folder: Path) -> Iterator[Path]:
    """The files that an import can reach, in a stable order, without scripts and what the installer notes."""
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if not file.is_file() or parts[0] == "bin" or "__pycache__" in parts or file.name == ".lock":
            continue
        if parts[0].endswith(".dist-info") and (file.name in _INSTALLER_FILES or parts[1] == "sboms"):
            continue  # a bill of materials names the one platform of its wheel
        yield file


def _measure(layer: Path) -> LayerSize:
    files = [file for file in sorted(layer.rglob("*")) if file.is_file()]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in files:
            bundle.write(file, file.relative_to(layer))
    size = LayerSize(len(files), sum(file.stat().st_size for file in files), archive.tell())
    if size.unzipped > _LAMBDA_UNZIPPED_LIMIT:
        raise LayerError(f"the layer has {size}: GF-LAY-003: AWS Lambda takes at most 250 MB unzipped; drop targets")
    return size


def _replace(new: Path, destination: Path, old: Path) -> None:
    if destination.exists():
        destination.rename(old)
    new.rename(destination)


def main(destination: Path, lock: Path = LOCK) -> None:
    """Build the dependency layer of the Lambda functions from their lock file."""
    try:
        print(f"{destination}: {build_layer(destination, lock=lock)}")
    except LayerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    typer.run(main)
