"""Groups failures by what went wrong, so that people fix patterns and not instances.

The first rule that fits names the pattern:

1. `throttled`, `time-out`, `other-error`: there is no answer. Undecided cases have a pattern too.
2. None: no metric failed.
3. `truncation`: the answer ended at a limit of tokens.
4. `safety`: a metric failed that guards safety (toxicity, personal data, forbidden text).
5. `refusal`: the answer declines, and the case doesn't expect that.
6. `missing-refusal`: the case expects the answer to decline, and it doesn't.
7. `format`: a metric failed that looks at the form (JSON Schema, pattern); or only citation-accuracy did, and the answer
   cites nothing.
8. `retrieval-miss`: the case has context, but less than half of a right answer's content words are in it; or the answer
   cites, and none of the passages that it should.
9. `unsupported-claim`: a sentence of the answer isn't supported by any passage of the context (source-attribution).
10. `wrong-answer`: anything else.

A plug-in's metric may say what its failure means; rules 4 and 7 count it then, and any other pattern goes before 8.
"""

from collections.abc import Collection

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.grounding import CITATION, cited, unsupported_claims
from genai_runtime.evaluation.metrics.refusal import DEFAULT, RefusalOptions, declines
from genai_runtime.evaluation.metrics.registry import Metric
from genai_runtime.evaluation.metrics.text import content
from genai_runtime.evaluation.records import CallError, Pattern, Response

TRUNCATED = frozenset({"max_tokens", "model_context_window_exceeded"})
RETRIEVED_SHARE = 0.5
"""Of a right answer's content words: with less in the context, the answer couldn't be given from it."""


def pattern_of(
    case: Case,
    response: Response,
    failed: Collection[Metric],
    refusal: RefusalOptions = DEFAULT,
    citation: str = CITATION,
) -> Pattern | None:
    """The pattern of one case's failure. `failed`: the metrics that the case failed; `refusal` and `citation`: how the
    suite's answers decline and cite."""
    if response.error is not None:
        return _error(response.error)
    if not failed:
        return None
    meant = {metric.failure for metric in failed}
    if response.stop_reason in TRUNCATED:
        return "truncation"
    if "safety" in meant:
        return "safety"
    if declines(response.answer or "", response, refusal) != bool(case.expect.refusal):
        return "missing-refusal" if case.expect.refusal else "refusal"
    found = cited(response.answer or "", citation)
    if "format" in meant or (not found and {metric.name for metric in failed} == {"citation-accuracy"}):
        return "format"
    told = next((metric.failure for metric in failed if metric.failure), None)
    return told or _of_content(case, response.answer or "", found)


def _error(error: CallError) -> Pattern:
    match error.error_class:
        case "throttled":
            return "throttled"
        case "time-out":
            return "time-out"
        case _:
            return "other-error"


def _of_content(case: Case, answer: str, found: frozenset[str]) -> Pattern:
    if not case.context:
        return "wrong-answer"
    if not _was_retrieved(case) or _cites_other_passages(case, found):
        return "retrieval-miss"
    return "unsupported-claim" if unsupported_claims(case, answer) else "wrong-answer"


def _was_retrieved(case: Case) -> bool:
    given = frozenset().union(*(content(passage.text) for passage in case.context))
    rights = [content(right) for right in case.right_answers]
    return not rights or any(len(right & given) >= RETRIEVED_SHARE * len(right) for right in rights)


def _cites_other_passages(case: Case, found: frozenset[str]) -> bool:
    return bool(found and case.expect.citations) and found.isdisjoint(case.expect.citations or ())
