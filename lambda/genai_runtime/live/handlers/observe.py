"""Lambda function Observe: the audit table's stream, NEW_IMAGE, filtered to items with `experiment`.

Counts each observation of an experiment once, and ends the experiment when a limit is breached. A batch that can't be
counted is raised, and delivered again as a whole or in parts. Comparing an A/B test's users needs the layer `statistics`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.live import assembly
from genai_runtime.live.online.batch import observations, tell
from genai_runtime.live.online.counting import Counting
from genai_runtime.live.online.ending import Ending
from genai_runtime.live.online.environment import ObserveEnvironment
from genai_runtime.live.online.observer import Observer
from genai_runtime.live.online.records import ExperimentState, Look, UserCounts
from genai_runtime.live.online.table import ExperimentTable

logger = Logger()
metrics = Metrics()
environment = ObserveEnvironment.read()


def compare(state: ExperimentState, users: Mapping[str, Mapping[str, UserCounts]]) -> Look:
    """An A/B test's look."""
    # scipy takes half a second to import, and a rollback by a limit doesn't need it.
    from genai_runtime.live.online.looks import look

    return look(state, users)


log = assembly.log_table(environment.table_name)
counting = Counting(
    log, ExperimentTable(assembly.dynamodb(), environment.table_name), compare, now=lambda: datetime.now(UTC)
)
ending = Ending(log, assembly.reconciler(environment), assembly.now)
observer = Observer(log, counting, ending.rollback)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@event_source(data_class=DynamoDBStreamEvent)
def handler(event: DynamoDBStreamEvent, _context: LambdaContext) -> dict[str, Any]:
    """Count one batch. Raises LiveError, OnlineError and botocore's errors."""
    tell(observer.observe(observations(event.records, metrics)), metrics, environment.service_name)
    return {"batchItemFailures": []}
