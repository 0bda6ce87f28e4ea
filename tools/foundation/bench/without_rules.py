"""The app as it is, only without its rule packs: the difference is what they cost. Run as a script, by the bench alone.

The app itself has no switch for that: a synthesis without rules must not exist outside of a measurement.
"""

import runpy
import sys
from pathlib import Path

import aws_cdk

ROOT = Path(__file__).resolve().parents[3]


def no_plugins(_self: aws_cdk.Validations, *_plugins: object) -> None:
    """Takes the place of `Validations.add_plugins`."""


# As if app.py had been started: its folder first on the path, and not this script's.
sys.path[0] = str(ROOT)
setattr(aws_cdk.Validations, "add_plugins", no_plugins)  # noqa: B010 - mypy forbids to assign a method
runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
