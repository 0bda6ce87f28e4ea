"""Lambda function GatePrepare, a step of the state machine ReleaseGate: see `genai_runtime.release.gate`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.release.gate.assembly import preparer
from genai_runtime.release.gate.environment import GateEnvironment
from genai_runtime.release.gate.event import parse

logger = Logger()
step = preparer(GateEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Start the runs that a release needs. Raises ReleaseRefused, StartFailed."""
    added = step.prepare(parse(event))
    logger.info("prepared", extra={"asked": added["asked"], "left_out": added["left_out"]})
    return {**event, **added}
