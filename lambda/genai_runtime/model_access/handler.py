"""Lambda function ModelAccess: invoke it through the alias of your use case.

Faults of the platform or of Bedrock are results ("failed", with a code) and not exceptions: the caller gets a code to
act on, the request is audited like any other, and Lambda doesn't repeat a paid generation when the invocation was
asynchronous. They count in the metric `Failed` (throttles also in `Throttled`), which the alarms watch; Lambda's own
Errors metric then means that the function could not start or was killed.

There is no idempotency key: a request changes nothing but its own audit record, and asking twice is two questions.
"""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.model_access.assembly import assemble
from genai_runtime.model_access.closing import Result
from genai_runtime.model_access.environment import Environment
from genai_runtime.model_access.request import Invocation

logger = Logger()
metrics = Metrics()
access = assemble(Environment.read(), metrics)  # when the environment starts, outside of a caller's time


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: Any, context: LambdaContext) -> Result:
    """Answer one request; access.ModelAccess has its path, request.ModelAccessRequest the event."""
    return access.answer(event, invocation_of(context))


def invocation_of(context: LambdaContext) -> Invocation:
    """Read Lambda's context. The trace id is the X-Ray root, or the request id where tracing is off."""
    parts = dict(part.split("=", 1) for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";") if "=" in part)
    return Invocation(
        function_arn=context.invoked_function_arn,
        request_id=context.aws_request_id,
        trace_id=parts.get("Root", context.aws_request_id),
        seconds=context.get_remaining_time_in_millis() / 1000,
    )
