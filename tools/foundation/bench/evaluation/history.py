"""When the steps of a run began and ended, from its execution's history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from foundation.bench.errors import BenchError
from foundation.bench.evaluation.deployed import Deployed
from foundation.bench.evaluation.suite import STAGE
from foundation.evaluation.access import parameter
from foundation.evaluation.runs import STATE_MACHINE
from genai_runtime.evaluation import layout

STEPS: Final = ("Plan", "Evaluate", "Gate", "Publish")
_PAGE: Final = 1000


@dataclass(frozen=True)
class Span:
    """Seconds since the epoch."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ended - self.began


def history(deployed: Deployed, run: str, execution: int = 1) -> list[Mapping[str, Any]]:
    """All events of a run's execution (the first unless the run was interrupted)."""
    client = deployed.access.client("stepfunctions", STAGE)
    machine = parameter(deployed.access, STAGE, STATE_MACHINE)
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{run}-{execution}"
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False, PaginationConfig={"PageSize": _PAGE}
    )
    return [event for page in pages for event in page["events"]]


def steps(events: Iterable[Mapping[str, Any]]) -> dict[str, Span]:
    """The steps by name. Raises BenchError (GF-BENCH-023) when one of STEPS didn't end."""
    began: dict[str, float] = {}
    found: dict[str, Span] = {}
    for event in events:
        at = event["timestamp"].timestamp()
        if entered := event.get("stateEnteredEventDetails"):
            began.setdefault(entered["name"], at)
        elif exited := event.get("stateExitedEventDetails"):
            found[exited["name"]] = Span(began[exited["name"]], at)
    if missing := [name for name in STEPS if name not in found]:
        raise BenchError("GF-BENCH-023", f"the execution has no end of {', '.join(missing)}: look at its history")
    return found


def stored(deployed: Deployed, run: str) -> list[float]:
    """When each response of a run was stored, in that order; seconds since the epoch."""
    prefix = layout.responses(run, "").rstrip("/") + "/"
    return sorted(at.timestamp() for _, at in deployed.runs.store.stamped(prefix))
