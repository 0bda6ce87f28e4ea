"""The app with one acknowledgement left out, as if somebody had deleted it: run in place of app.py by test_findings."""

import os
import runpy
from typing import Any

from genai_foundation import acknowledge as module
from tests.synth.app import CHECKOUT

real = module.acknowledge


def forgetful(construct: Any, finding_id: str, **arguments: Any) -> None:
    """Acknowledge everything but the finding in LEFT_OUT."""
    if finding_id != os.environ["LEFT_OUT"]:
        real(construct, finding_id, **arguments)


module.acknowledge = forgetful
runpy.run_path(str(CHECKOUT / "app.py"), run_name="__main__")
