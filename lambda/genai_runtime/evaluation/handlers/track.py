"""Lambda function EvaluationTrack: event {"run"}, result `tracking.track.Tracked`.

It runs last. The verdict is published before: a failure here is caught by the state machine and loses nothing but the
entry in MLflow, which tracking the run again makes complete.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.evaluation.environment import TrackEnvironment
from genai_runtime.evaluation.tracking.assembly import SharedTracker
from genai_runtime.evaluation.tracking.track import Tracked

logger = Logger()
tracker = SharedTracker(TrackEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> Tracked:
    """Log one run to MLflow. Raises TrackingFailed."""
    tracked = tracker.track(str(event["run"]))
    logger.info("tracked", extra=dict(tracked))
    return tracked
