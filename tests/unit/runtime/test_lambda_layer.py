"""The dependency layer, built with the real uv from small wheels in a folder."""

import hashlib
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from foundation.layer import LayerError, build_layer

TARGETS = (("x86_64-manylinux_2_17", "3.11"), ("aarch64-manylinux_2_17", "3.13"))


def wheel(folder: Path, tag: str, files: Mapping[str, str], name: str = "tiny") -> str:
    """Write a wheel; returns its line of a lock file."""
    path = folder / f"{name}-1.0-{tag}.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name}={name}:main\n")
        archive.writestr(f"{info}/sboms/bill.json", tag)
        archive.writestr(f"{info}/RECORD", "")
    return f"    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where uv looks for packages."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def lock(folder: Path, *hashes: str, name: str = "tiny") -> Path:
    """Write a lock file."""
    path = folder.parent / "requirements.lock"
    path.write_text(f"{name}==1.0 \\\n" + " \\\n".join(hashes) + "\n")
    return path


def both(wheels: Path, **changed: str) -> Path:
    """A package with a compiled module for each target, and one shared file."""
    return lock(
        wheels,
        wheel(
            wheels, "cp311-cp311-manylinux_2_17_x86_64", {"tiny/__init__.py": "", "tiny/_c.cpython-311-x86_64.so": "a"}
        ),
        wheel(
            wheels,
            "cp313-cp313-manylinux_2_17_aarch64",
            {"tiny/__init__.py": changed.get("init", ""), "tiny/_c.cpython-313-aarch64.so": "b"},
        ),
    )


def content(layer: Path) -> dict[str, bytes]:
    """Every file of a layer."""
    return {str(file.relative_to(layer)): file.read_bytes() for file in sorted(layer.rglob("*")) if file.is_file()}


def test_targets_lie_side_by_side_without_what_the_installer_leaves(wheels: Path, tmp_path: Path) -> None:
    size = build_layer(tmp_path / "layer", lock=both(wheels), targets=TARGETS)
    assert sorted(content(tmp_path / "layer")) == [
        "python/tiny-1.0.dist-info/METADATA",
        "python/tiny-1.0.dist-info/entry_points.txt",
        "python/tiny/__init__.py",
        "python/tiny/_c.cpython-311-x86_64.so",
        "python/tiny/_c.cpython-313-aarch64.so",
    ]
    assert size.files == 5
    assert "zipped" in str(size)


def test_the_same_lock_gives_the_same_bytes_also_over_leftovers(wheels: Path, tmp_path: Path) -> None:
    requirements, layer = both(wheels), tmp_path / "layer"
    build_layer(layer, lock=requirements, targets=TARGETS)
    before = content(layer)
    (layer / ".complete").touch()
    interrupted = tmp_path / ".layer.partial/layer/python"
    interrupted.mkdir(parents=True)
    (interrupted / "stray.py").write_text("half")
    build_layer(layer, lock=requirements, targets=TARGETS)
    assert content(layer) == before
    assert not (tmp_path / ".layer.partial").exists()


def test_fails_and_keeps_the_old_layer_when_two_wheels_disagree(wheels: Path, tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "old.py").touch()
    with pytest.raises(LayerError, match=r"tiny/__init__\.py differs between targets: GF-LAY-002"):
        build_layer(layer, lock=both(wheels, init="x = 1"), targets=TARGETS)
    assert list(content(layer)) == ["old.py"]
    assert not (tmp_path / ".layer.partial").exists()


def test_fails_when_a_target_has_no_wheel(wheels: Path, tmp_path: Path) -> None:
    only = lock(wheels, wheel(wheels, "cp311-cp311-manylinux_2_17_x86_64", {"tiny/__init__.py": ""}))
    with pytest.raises(LayerError, match=r"no layer for aarch64-manylinux_2_17, Python 3\.13: GF-LAY-001"):
        build_layer(tmp_path / "layer", lock=only, targets=TARGETS)


def test_fails_on_a_wheel_that_the_lock_does_not_know(wheels: Path, tmp_path: Path) -> None:
    wheel(wheels, "py3-none-any", {"tiny/__init__.py": ""})
    with pytest.raises(LayerError, match="GF-LAY-001"):
        build_layer(tmp_path / "layer", lock=lock(wheels, f"    --hash=sha256:{'0' * 64}"), targets=TARGETS)


def test_the_built_layer_imports_in_the_managed_runtimes_stand_in() -> None:
    root = Path(__file__).parents[3]
    python, layer = root / "build/lambda-python/bin/python", root / "build/lambda-layer/python"
    code = "import aws_lambda_powertools, pydantic, sys; print(pydantic.__file__); print('aws_xray_sdk' in sys.modules)"
    done = subprocess.run(
        [str(python), "-c", code], env={"PYTHONPATH": str(layer)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(layer / "pydantic/__init__.py"), "False"]
    assert not any(layer.glob("boto*")), "boto3 comes with the managed runtime"
