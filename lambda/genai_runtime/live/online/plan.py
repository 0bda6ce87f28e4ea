"""When an A/B test's arms are compared: at a quarter, half, three quarters and all of the planned users. Pure."""

from typing import Final

from genai_runtime.live.online.experiment import counted
from genai_runtime.live.online.records import ExperimentState
from genai_runtime.live.records import Experiment

LOOKS: Final = 4
LEAST_USERS: Final = 40
"""Of each arm, when the last look is: fewer tell nothing."""


def planned_users(experiment: Experiment) -> int:
    """Of the smaller arm, at the last look."""
    return max(experiment.minimum, LEAST_USERS)


def due(state: ExperimentState) -> bool:
    """Whether a look is to be made now."""
    if state.experiment.kind != "ab" or state.breach:
        return False
    done = state.looks[-1].fraction if state.looks else 0.0
    return done < 1 and _fraction(state) * LOOKS >= int(done * LOOKS) + 1


def fractions(state: ExperimentState) -> tuple[tuple[float, ...], int]:
    """Of the planned users: at the looks that were made, at one now, at those still planned; and the number of the one now.

    Looks that are passed over at once are one, and spend what all of them may (Lan and DeMets 1983).
    """
    made, now = tuple(each.fraction for each in state.looks), _fraction(state)
    later = tuple(number / LOOKS for number in range(1, LOOKS + 1) if number / LOOKS > now)
    return (*made, now, *later), len(made) + 1


def _fraction(state: ExperimentState) -> float:
    return min(1.0, counted(state) / planned_users(state.experiment))
