"""Which metrics of a suite a managed job computes, and under which names.

Bedrock's names: Amazon Bedrock User Guide, "Use metrics to understand model performance", "Use metrics to understand RAG
system performance", "Review metrics for an automated model evaluation job".
"""

from dataclasses import dataclass
from typing import Final, Literal

from genai_runtime.evaluation.jobs.errors import SUITE_UNFIT, JobFailed
from genai_runtime.evaluation.suite import MetricSpec, Suite

Kind = Literal["programmatic", "judge", "rag-retrieve", "rag-generate", "human"]
JUDGE: Final = "judge"
REVIEW: Final = "human-review"
FLOW_OPTION: Final = "flow_definition_arn"
RATING_OPTION: Final = "rating_method"
RAG_OPTION: Final = "rag"


@dataclass(frozen=True)
class Managed:
    """A metric of the suite as a job computes it."""

    spec: MetricSpec
    kind: Kind
    builtin: str
    """Bedrock's name; of a human job the name that reviewers see."""
    task: str = "General"
    inverted: bool = False
    """Bedrock's number is the worse the higher it is: ours is one minus it."""


# Accuracy is something else in each task: token F1 of answers, exact class, BERTScore of summaries.
_PROGRAMMATIC: Final = {
    "token-f1": ("Builtin.Accuracy", "QuestionAndAnswer", False),
    "exact-match": ("Builtin.Accuracy", "Classification", False),
    "semantic-similarity": ("Builtin.Accuracy", "Summarization", False),
    "toxicity-free": ("Builtin.Toxicity", "Generation", True),
}
_JUDGED: Final = {
    "correctness": ("Builtin.Correctness", False),
    "completeness": ("Builtin.Completeness", False),
    "faithfulness": ("Builtin.Faithfulness", False),
    "helpfulness": ("Builtin.Helpfulness", False),
    "coherence": ("Builtin.Coherence", False),
    "relevance": ("Builtin.Relevance", False),
    "following-instructions": ("Builtin.FollowingInstructions", False),
    "professional-style-and-tone": ("Builtin.ProfessionalStyleAndTone", False),
    "readability": ("Builtin.Readability", False),
    "harmlessness": ("Builtin.Harmfulness", True),
    "no-stereotyping": ("Builtin.Stereotyping", True),
    "no-refusal": ("Builtin.Refusal", True),
}
_RETRIEVAL: Final = {"context-relevance": "Builtin.ContextRelevance", "context-coverage": "Builtin.ContextCoverage"}
# Of retrieval with generation, where the name or the choice differs from a model's metrics.
_GENERATION: Final = {"coherence": "Builtin.LogicalCoherence"}
_MODEL_ONLY: Final = frozenset({"relevance", "following-instructions", "professional-style-and-tone", "readability"})


def step_of(spec: MetricSpec) -> str | None:
    """The step under which `collect` leaves a metric's scores, in a suite with jobs; None for one that no job computes."""
    if spec.registered == REVIEW:
        return "reviews"
    return "judgements" if spec.registered == JUDGE or spec.registered in _PROGRAMMATIC else None


def managed(suite: Suite) -> tuple[Managed, ...]:
    """The metrics that jobs compute: those of Bedrock's programmatic ones that mean the same as ours, `judge` by the
    spec's own name, `human-review`.

    Raises JobFailed (GF-EVAL-372) for a suite that our own judge or forms would score as well, or that has none of them.
    """
    for own, name in ((suite.judge, "judge"), (suite.review, "review")):
        if own is not None:
            raise JobFailed(
                SUITE_UNFIT,
                f"suite {suite.name} has {name} and engine bedrock-job: leave one of them out, both score it",
            )
    found = tuple(each for spec in suite.metrics if (each := _managed(spec)) is not None)
    if not found:
        raise JobFailed(
            SUITE_UNFIT,
            f"suite {suite.name} has engine bedrock-job and no metric for it: use "
            f"{', '.join((*_PROGRAMMATIC, JUDGE, REVIEW))}, or engine pipeline",
        )
    return found


def _managed(spec: MetricSpec) -> Managed | None:
    if spec.registered in _PROGRAMMATIC:
        builtin, task, inverted = _PROGRAMMATIC[spec.registered]
        return Managed(spec, "programmatic", builtin, task, inverted)
    if spec.registered == JUDGE:
        return _judged(spec)
    if spec.registered == REVIEW:
        if not isinstance(spec.options.get(FLOW_OPTION), str):
            raise JobFailed(
                SUITE_UNFIT,
                f"metric {spec.name} has no option {FLOW_OPTION}: name the flow definition of its work team",
            )
        return Managed(spec, "human", spec.name, "Custom")
    return None


def _judged(spec: MetricSpec) -> Managed:
    if spec.name in _RETRIEVAL:
        return Managed(spec, "rag-retrieve", _RETRIEVAL[spec.name])
    if spec.name not in _JUDGED:
        raise JobFailed(
            SUITE_UNFIT,
            f"metric {spec.name} is no metric of Bedrock's judge: name it one of {', '.join((*_JUDGED, *_RETRIEVAL))}",
        )
    builtin, inverted = _JUDGED[spec.name]
    if not spec.options.get(RAG_OPTION):
        return Managed(spec, "judge", builtin, inverted=inverted)
    if spec.name in _MODEL_ONLY:
        raise JobFailed(SUITE_UNFIT, f"metric {spec.name} has option {RAG_OPTION}, which Bedrock has for models only")
    return Managed(spec, "rag-generate", _GENERATION.get(spec.name, builtin), inverted=inverted)
