"""Lambda function GateDecide, a step of the state machine ReleaseGate: see `genai_runtime.release.gate`."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.release.gate.assembly import decider
from genai_runtime.release.gate.environment import GateEnvironment
from genai_runtime.release.gate.event import parse

logger = Logger()
metrics = Metrics()
step = decider(GateEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Decide and sign. Raises ReleaseRefused."""
    added = step.decide(parse(event))
    metrics.add_metric("GatePassed" if added["passed"] else "GateRefused", MetricUnit.Count, 1)
    logger.info(
        "decided", extra={"passed": added["passed"], "decision": added["decision"], "reasons": added["reasons"]}
    )
    return {**event, **added}
