"""The `foundation release` command starts without the libraries that only some of its commands need."""

import subprocess
import sys

HEAVY = "import sys, foundation.release.cli; print(*{'matplotlib', 'scipy', 'statsmodels', 'cyclonedx'} & sys.modules.keys())"


def test_the_command_starts_without_statistics_and_bills_of_materials() -> None:
    ran = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
