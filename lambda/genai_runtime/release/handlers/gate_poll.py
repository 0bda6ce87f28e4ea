"""Lambda function GatePoll, a step of the state machine ReleaseGate: see `genai_runtime.release.gate`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.release.gate.assembly import poller
from genai_runtime.release.gate.environment import GateEnvironment
from genai_runtime.release.gate.event import parse

logger = Logger()
step = poller(GateEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Ask how the runs are doing. Raises ReleaseRefused."""
    added = step.poll(parse(event), int(event["poll_seconds"]))
    logger.info("polled", extra=added)
    return {**event, **added}
