"""Metrics in the embedded metric format: CloudWatch reads them from the log, no call is made.

Each has two dimension sets: service alone (for alarms over everything) and service with use_case (for attribution).
"""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from genai_runtime.model_access import errors
from genai_runtime.model_access.audit import Attempt, Fault

# Outcome of a result -> metric that counts it.
OUTCOMES = {
    "answered": "Answered",
    "masked": "Masked",
    "blocked": "Blocked",
    "rejected": "Rejected",
    "failed": "Failed",
}
# What went wrong beside the answer -> metric that counts the requests.
FAULTS: dict[Fault, str] = {
    "live_unavailable": "LiveConfigurationUnavailable",
    "live_malformed": "LiveConfigurationMalformed",
    "shadow_not_sent": "ShadowCopyNotSent",
}


class EmfMeter:
    """Counts one request."""

    def __init__(self, metrics: Metrics, service: str) -> None:
        self._metrics = metrics
        self._service = service

    def count(self, attempt: Attempt, outcome: str, error_code: str | None) -> None:
        """Outcome, and what is known of latency (ms, with retries) and tokens."""
        self._metrics.add_dimensions(service=self._service, use_case=attempt.use_case)
        self._metrics.add_metric(OUTCOMES[outcome], MetricUnit.Count, 1)
        if error_code == errors.THROTTLED:
            self._metrics.add_metric("Throttled", MetricUnit.Count, 1)
        if error_code == errors.AUDIT_NOT_WRITTEN:
            self._metrics.add_metric("AuditNotWritten", MetricUnit.Count, 1)
        for fault in sorted(attempt.faults):
            self._metrics.add_metric(FAULTS[fault], MetricUnit.Count, 1)
        if attempt.latency_ms is not None:
            self._metrics.add_metric("Latency", MetricUnit.Milliseconds, attempt.latency_ms)
        if attempt.completion:
            self._metrics.add_metric("InputTokens", MetricUnit.Count, attempt.completion.input_tokens)
            self._metrics.add_metric("OutputTokens", MetricUnit.Count, attempt.completion.output_tokens)
