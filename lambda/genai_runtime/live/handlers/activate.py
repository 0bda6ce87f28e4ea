"""Lambda function Activate: a change of what is live (`live.requests`), result `live.activation.Report`.

Invoked by the release pipeline, by `foundation release live`, and never asynchronously: asked again, a change that is
already made changes nothing.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.live import assembly
from genai_runtime.live.changes import Readiness
from genai_runtime.live.environment import ActivateEnvironment
from genai_runtime.live.online.experiment import decide
from genai_runtime.live.online.table import ExperimentTable
from genai_runtime.live.requests import parse

logger = Logger()
environment = ActivateEnvironment.read()
counts = ExperimentTable(assembly.dynamodb(), environment.table_name)


def readiness(use_case: str, experiment: str) -> Readiness | None:
    """Where an experiment stands by what was observed."""
    state = counts.state(use_case, experiment)
    if state is None:
        return None
    standing = decide(state)
    return Readiness(standing.state == "ready", standing.counted, standing.reason)


activation = assembly.activation(environment, readiness)


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, _context: LambdaContext) -> dict[str, Any]:
    """Change what is live. Raises LiveError for an event that is no change."""
    report = activation.change(parse(event))
    logger.info("change", extra=report.model_dump(mode="json"))
    return report.model_dump(mode="json")
