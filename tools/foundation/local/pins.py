"""The version of ministack that the patches were written for."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from foundation.local.errors import LocalTargetError

MINISTACK = "1.5.33"


def check_pin() -> None:
    """Fail with GF-LOCAL-001 unless the installed ministack is exactly the patched one."""
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        installed = "none"
    if installed != MINISTACK:
        raise LocalTargetError(
            "GF-LOCAL-001",
            f"ministack {installed} is installed, the local target's patches are for {MINISTACK}: "
            "install from requirements.lock (make setup), or check every patch and change MINISTACK in pins.py",
        )
