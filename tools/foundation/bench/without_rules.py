"""The app as it is, only without its rule packs: the difference is what they cost. Run as a script, by the bench alone.

The app itself has no switch for that: a synthesis without rules must not exist outside of a measurement.
"""

import importlib.util
import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]


class NoPlugins(MetaPathFinder):
    """Lets the app import aws_cdk when it wants to, and takes `Validations.add_plugins` away right after that."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the interface
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Only for aws_cdk, once."""
        if fullname != "aws_cdk":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            module.Validations.add_plugins = no_plugins

        setattr(spec.loader, "exec_module", exec_module)  # noqa: B010 - mypy forbids to assign a method
        return spec


def no_plugins(_self: object, *_plugins: object) -> None:
    """Takes the place of `Validations.add_plugins`."""


if __name__ == "__main__":
    # As if app.py had been started: its folder first on the path, and not this script's.
    sys.path[0] = str(ROOT)
    sys.meta_path.insert(0, NoPlugins())
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
