"""The variables that the templates of Observe and Shadow must set."""

from genai_runtime.live.environment import ReconcileEnvironment
from genai_runtime.model_access.environment import QuestionEnvironment


class ObserveEnvironment(ReconcileEnvironment):
    """Who counts what happens in experiments, and ends them."""


class ShadowEnvironment(QuestionEnvironment):
    """Who asks candidates of shadow experiments."""
