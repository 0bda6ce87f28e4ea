"""Lambda function Shadow: messages `live.records.ShadowCopy` of the shadow queue.

Asks a candidate once what a user asked, and stores how like the returned answer its own is. Nobody sees the answer.
"""

from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from genai_runtime.live.online.copies import Copies
from genai_runtime.live.online.environment import ShadowEnvironment
from genai_runtime.live.online.shadowing import AuditItems
from genai_runtime.model_access.assembly import assemble_shadow

logger = Logger()
metrics = Metrics()
environment = ShadowEnvironment.read()
_config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
copies = Copies(
    assemble_shadow(environment, metrics),
    AuditItems(boto3.resource("dynamodb", config=_config).Table(environment.audit_table_name)),
    metrics,
    retention_days=environment.audit_retention_days,
    now=lambda: datetime.now(UTC),
)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Handle the copies of a batch, one after the other; the queue delivers those again that failed."""

    def handle(record: SQSRecord) -> None:
        copies.handle(record.body, context)

    return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
