"""Lambda function Validate: AppConfig's validator. An exception refuses the configuration."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.live import assembly
from genai_runtime.live.environment import ValidateEnvironment

logger = Logger()
proposals = assembly.proposals(ValidateEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
def handler(event: Any, _context: LambdaContext) -> None:
    """Raises LiveError, RequestFailed or botocore's errors, which AppConfig repeats to who deploys."""
    document = proposals.check(event)
    logger.info("may go live", extra={"use_case": document.use_case, "sequence": document.sequence})
