"""Builds the layers that fit one interpreter each: `python -m foundation.target_layers host` (or `configured`).

Numerical libraries are too large to carry several interpreters' modules in one layer, as `foundation.layer` does: AWS
Lambda takes 250 MB unzipped. So each is built for what config/platform.yaml says (`python3.14-arm64`), and once more for
the interpreter of the local target (`host`). An archive holds the same bytes whenever it is built from the same lock.
"""

import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import typer
from uv import find_uv_bin

from foundation.layer import LayerError
from foundation.options import DEFAULT_CONFIG, Config
from stacks.settings import load_settings

NAMES: Final = ("scoring", "statistics", "publishing", "redaction")
LOCKS = Path("lambda")
LAYERS = Path("build/layers")
INTERPRETER = Path("build/lambda-python/bin/python")
UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Function and all layers (AWS Lambda Developer Guide, "Lambda quotas")."""
BASE_LAYER_AND_CODE = 10 * 1024 * 1024
"""Left for the function's code; these layers bring what the base layer has."""

# Never imported at run time. Headers, stubs, test suites and sample data are a third of a numerical package.
_FOLDERS = frozenset({"tests", "test_data", "sample_data", "__pycache__", "include", "bin"})
_SUFFIXES = frozenset(
    {".pyi", ".pyc", ".h", ".hpp", ".pxd", ".pyx", ".c", ".cpp", ".a", ".lib", ".csv", ".dta", ".cmake"}
)
_MANAGED = ("boto3", "botocore", "s3transfer")  # come with the managed runtime
_INSTALLER_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip archive can hold
_PLATFORMS: Final[Mapping[str, str]] = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}


def target_name(python: str, architecture: str) -> str:
    """Name of the archive for a managed runtime."""
    return f"python{python}-{architecture}"


def build(name: str, target: str, arguments: list[str], *, layers: Path = LAYERS, level: int = 6) -> Path:
    """Write `layers/NAME/TARGET.zip`; raises LayerError where a wheel is missing or the result is too large.

    :param arguments: what tells uv the interpreter and the platform
    :param level: of compression
    """
    archive = layers / name / f"{target}.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as work:
        folder = Path(work) / "python"
        _install(folder, LOCKS / f"{name}.lock", arguments)
        files = list(_runtime_files(folder))
        if (size := sum(file.stat().st_size for file in files)) > UNZIPPED_LIMIT - BASE_LAYER_AND_CODE:
            raise LayerError(
                f"layer {name} for {target} has {size / 1e6:.0f} MB: GF-LAY-011: AWS Lambda takes 250 MB with the "
                "function's code; move a package of its lock file into a layer of its own"
            )
        made = Path(work) / "layer.zip"
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as bundle:
            for file in files:
                entry = zipfile.ZipInfo(str(file.relative_to(work)), _EPOCH)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100755 << 16
                bundle.writestr(entry, file.read_bytes(), compresslevel=level)
        made.replace(archive)
    return archive


def _install(folder: Path, lock: Path, arguments: list[str]) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(folder), "--link-mode", "copy", *arguments]
    command += [
        "--only-binary",
        ":all:",
        "--no-binary",
        "rouge-score",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(lock),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LayerError(
            f"no layer from {lock}: GF-LAY-010: uv could not install it for {' '.join(arguments)}; pin versions that "
            f"ship wheels for this interpreter:\n{done.stderr.strip()}"
        )


def _runtime_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if not file.is_file() or _FOLDERS & set(parts[:-1]) or file.suffix in _SUFFIXES or file.name == ".lock":
            continue
        if ".dist-info" in parts[0] and file.name in _INSTALLER_FILES:
            continue
        if parts[0].split("-")[0] in _MANAGED:
            continue
        yield file


def main(target: Literal["host", "configured"], config: Config = DEFAULT_CONFIG) -> None:
    """Build every layer for the local target's interpreter, or for the runtime that the configuration names."""
    if target == "host":
        name, level = "host", 1  # never uploaded further than to this machine
        arguments = ["--python", str(INTERPRETER)]
    else:
        runtime = load_settings(config).runtime
        name, level = target_name(runtime.python, runtime.architecture), 6
        arguments = ["--python-platform", _PLATFORMS[runtime.architecture], "--python-version", runtime.python]
    try:
        for layer in NAMES:
            archive = build(layer, name, arguments, level=level)
            print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB")
    except LayerError as error:
        sys.exit(f"{error} ({platform.platform()})")


if __name__ == "__main__":
    typer.run(main)
