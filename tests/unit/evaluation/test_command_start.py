"""The `foundation eval` command starts without the libraries that only some of its commands need."""

import subprocess
import sys

from foundation.evaluation import power_cli
from genai_runtime.evaluation.gate.power import POWER

HEAVY = "import sys, foundation.evaluation.cli; print(*{'matplotlib', 'scipy', 'statsmodels'} & sys.modules.keys())"


def test_the_command_starts_without_plots_and_statistics() -> None:
    ran = subprocess.run([sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_the_power_of_the_command_is_the_gates() -> None:
    assert power_cli.POWER == POWER
