"""Reads back, after a deployment, what the target holds of what the templates say.

A property ends as equal, differs or not-checked (with the reason). A difference fails, and so do a resource type without a
checker, a resource that can't be read and a stack that isn't deployed. Reads only; works against AWS too.
"""

from foundation.local.readback.assembly import SynthesizedStack
from foundation.local.readback.deployed import ClientSource
from foundation.local.readback.report import Finding, Report
from foundation.local.readback.run import run

__all__ = ["ClientSource", "Finding", "Report", "SynthesizedStack", "run"]
