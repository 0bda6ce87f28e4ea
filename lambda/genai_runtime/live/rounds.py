"""A round over all use cases: each is shown, whatever becomes of the others."""

from collections.abc import Callable
from typing import TypedDict

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from genai_runtime.live.errors import LiveError
from genai_runtime.live.reconcile import PATIENCE_SECONDS, Reconciler

logger = Logger(child=True)


class Round(TypedDict):
    """Use cases by what came of them; `left` are for the next round."""

    shown: list[str]
    deploying: list[str]
    failed: list[str]
    left: list[str]


def show_all(reconciler: Reconciler, seconds_left: Callable[[], float]) -> Round:
    """Show every use case's newest record while there is time. Raises botocore's errors when profiles can't be listed."""
    done: Round = {"shown": [], "deploying": [], "failed": [], "left": []}
    profiles = reconciler.use_cases()
    for use_case in sorted(profiles):
        if seconds_left() < 2 * PATIENCE_SECONDS:
            done["left"].append(use_case)
            continue
        try:
            state = reconciler.show(use_case, profiles).state
        except LiveError as error:
            logger.exception("not shown", extra={"use_case": use_case, "code": error.code})
            done["failed"].append(use_case)
        except (ClientError, BotoCoreError):
            logger.exception("not shown", extra={"use_case": use_case})
            done["failed"].append(use_case)
        else:
            if state != "nothing":
                done["shown" if state == "shown" else "deploying"].append(use_case)
    if done["deploying"] or done["failed"] or done["left"]:
        logger.warning("not everything is shown", extra=dict(done))
    return done
