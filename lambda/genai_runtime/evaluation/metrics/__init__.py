"""Metrics of answers: ours, and LOBs' plug-ins. An LOB's module needs `metric`, `Context`, `MetricValue` and `Options`."""

from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options, Services
from genai_runtime.evaluation.metrics.errors import MetricError
from genai_runtime.evaluation.metrics.registry import kind_of, known, metric

__all__ = ["Context", "MetricError", "MetricValue", "Options", "Services", "kind_of", "known", "metric"]
