"""A batch of the audit table's stream, from its records to what is logged and metered."""

from collections.abc import Iterable
from dataclasses import asdict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from genai_runtime.live.online.counting import Counted
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.observation import observation
from genai_runtime.live.online.records import Observation

logger = Logger(child=True)


def observations(records: Iterable[DynamoDBRecord], metrics: Metrics) -> list[Observation]:
    """The observations of a batch. One that can't be read is told by a metric and in the log, and left out: it would only
    hold up all that come after it."""
    found: list[Observation] = []
    for record in records:
        image = record.dynamodb.new_image if record.dynamodb else {}
        try:
            if image and (read := observation(image)):
                found.append(read)
        except OnlineError as error:
            logger.exception("observation left out", extra={"code": error.code})
            metrics.add_metric("ObservationInvalid", MetricUnit.Count, 1)
    return found


def tell(said: Iterable[Counted], metrics: Metrics, service: str) -> None:
    """Log and meter what came of a batch: `Observed` and `ObservedLate` by use case and arm, `ExperimentBreached`."""
    for each in said:
        logger.info("observed", extra=_logged(each))
        dimensions = {"service": service, "use_case": each.use_case}
        for arm, count in each.counted.items():
            with single_metric("Observed", MetricUnit.Count, count, default_dimensions=dimensions | {"arm": arm}):
                pass
        if each.late:
            with single_metric("ObservedLate", MetricUnit.Count, each.late, default_dimensions=dimensions):
                pass
        if each.ended:
            metrics.add_metric("ExperimentBreached", MetricUnit.Count, 1)
        if each.unknown:
            metrics.add_metric("ObservationInvalid", MetricUnit.Count, each.unknown)


def _logged(said: Counted) -> dict[str, object]:
    breach = said.breach.model_dump(mode="json") if said.breach else None
    return asdict(said) | {"counted": dict(said.counted), "breach": breach}
