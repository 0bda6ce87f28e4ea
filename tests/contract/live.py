"""The handlers of what is live and what each one's environment model declares."""

from genai_runtime.live.environment import (
    ActivateEnvironment,
    Environment,
    FeedbackEnvironment,
    ReconcileEnvironment,
    ValidateEnvironment,
)

PREFIX = "genai_runtime.live.handlers"
MODELS: dict[str, type[Environment]] = {
    f"{PREFIX}.activate.handler": ActivateEnvironment,
    f"{PREFIX}.reconcile.handler": ReconcileEnvironment,
    f"{PREFIX}.validate.handler": ValidateEnvironment,
    f"{PREFIX}.feedback.handler": FeedbackEnvironment,
}
CAPABILITIES = frozenset({"live", "model_access"})
VALUES = {
    "ENVIRONMENT": "dev",
    "LIVE_TABLE_NAME": "log",
    "LIVE_APPLICATION": "abc1234",
    "LIVE_ENVIRONMENT": "def5678",
    "LIVE_STRATEGY": "ghi9012",
    "LIVE_MAX_AGE_SECONDS": "15",
    "PARAMETER_PREFIX": "/genai-foundation",
    "AUDIT_TABLE_NAME": "audit",
    "AUDIT_RETENTION_DAYS": "365",
    "POWERTOOLS_SERVICE_NAME": "live",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}
