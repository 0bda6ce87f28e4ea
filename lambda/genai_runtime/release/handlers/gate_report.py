"""Lambda function GateReport, the steps Announce and Report of ReleaseGate: see `genai_runtime.release.gate`."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.release.gate.assembly import host, opener
from genai_runtime.release.gate.environment import ReportEnvironment
from genai_runtime.release.gate.event import parse
from genai_runtime.release.gate.report import Reporter

logger = Logger()
environment = ReportEnvironment.read()
open_ = opener(environment)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Comment and set the status. Raises HostUnavailable, HostRefused."""
    added = Reporter(host(environment), open_).report(parse(event), event)
    logger.info("reported", extra=added)
    return {**event, **added}
