"""Errors of metrics: a suite that names them wrongly, a plug-in that is broken, a service that didn't answer."""

METRIC_UNKNOWN = "GF-EVAL-150"
OPTION_INVALID = "GF-EVAL-151"
METRIC_TWICE = "GF-EVAL-152"
PLUGIN_BROKEN = "GF-EVAL-153"
EMBEDDING_MODEL_MISSING = "GF-EVAL-154"
EMBEDDING_MODEL_UNKNOWN = "GF-EVAL-155"
GUARDRAIL_MISSING = "GF-EVAL-156"
SERVICE_FAILED = "GF-EVAL-157"
VALUE_INVALID = "GF-EVAL-158"
METRIC_FAILED = "GF-EVAL-159"
METRIC_TIMEOUT = "GF-EVAL-160"
CASE_UNKNOWN = "GF-EVAL-161"
METRIC_WITHOUT_CASES = "GF-EVAL-162"
PATTERN_INVALID = "GF-EVAL-163"
SCHEMA_INVALID = "GF-EVAL-164"
METRIC_NAME_INVALID = "GF-EVAL-165"


class MetricError(Exception):
    """`code` is stable; the message is for the person who can fix it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
