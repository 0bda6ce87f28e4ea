"""What the figures were taken on: machine and versions, without anything that names it."""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("aws-cdk-lib", "cdk-nag", "constructs", "jsii", "ministack", "cfn-lint", "cloudformation-validate")


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Cores, processor model, memory and system; no host name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "processor": _processor(cpuinfo),
        "memory_gib": round(memory / 1024**3, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def load() -> float:
    """Load average of the last minute: well above zero before a run, figures are noisy."""
    return round(os.getloadavg()[0], 2)


def versions(root: Path, node: Path) -> dict[str, str]:
    """Versions of what was measured; `not installed` for a package that is missing."""
    found = {name: _version(name) for name in PACKAGES}
    manifest = root / "node_modules" / "aws-cdk" / "package.json"
    cli = str(json.loads(manifest.read_text(encoding="utf-8"))["version"]) if manifest.is_file() else "not installed"
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"python": platform.python_version(), "node": said.removeprefix("v"), "aws-cdk (CLI)": cli, **found}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor(cpuinfo: Path) -> str:
    if sys.platform == "darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=True
        )
        return asked.stdout.strip()
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    return platform.processor() or "unknown"
