"""The handlers of what is live and what each one's environment model declares."""

from genai_runtime.live.environment import (
    ActivateEnvironment,
    Environment,
    FeedbackEnvironment,
    ReconcileEnvironment,
    ValidateEnvironment,
)
from genai_runtime.live.online.environment import ObserveEnvironment, ShadowEnvironment
from genai_runtime.model_access.environment import QuestionEnvironment

PREFIX = "genai_runtime.live.handlers"
MODELS: dict[str, type[Environment | QuestionEnvironment]] = {
    f"{PREFIX}.activate.handler": ActivateEnvironment,
    f"{PREFIX}.reconcile.handler": ReconcileEnvironment,
    f"{PREFIX}.validate.handler": ValidateEnvironment,
    f"{PREFIX}.feedback.handler": FeedbackEnvironment,
    f"{PREFIX}.observe.handler": ObserveEnvironment,
    f"{PREFIX}.shadow.handler": ShadowEnvironment,
}
OBSERVE = f"{PREFIX}.observe.handler"
SCORING = (OBSERVE, f"{PREFIX}.shadow.handler")
CAPABILITIES = {
    handler: frozenset({"live", "model_access", *(("evaluation",) if handler in SCORING else ())}) for handler in MODELS
}
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
