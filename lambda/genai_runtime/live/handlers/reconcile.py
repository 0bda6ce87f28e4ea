"""Lambda function Reconcile: AppConfig shows the newest record of every use case. Scheduled: what a killed function left
behind is shown by the next run."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.live import assembly
from genai_runtime.live.environment import ReconcileEnvironment
from genai_runtime.live.rounds import Round, show_all

logger = Logger()
metrics = Metrics()
reconciler = assembly.reconciler(ReconcileEnvironment.read())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: Any, context: LambdaContext) -> Round:
    """One round. Use cases that can't be shown are logged and counted in `LiveNotShown`; the others are shown."""
    done = show_all(reconciler, lambda: context.get_remaining_time_in_millis() / 1000)
    metrics.add_metric("LiveNotShown", MetricUnit.Count, len(done["failed"]))
    return done
