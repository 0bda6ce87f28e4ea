"""Whether an answer declines, and whether it should have."""

from functools import cache

from genai_runtime.evaluation.base import Text
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options
from genai_runtime.evaluation.metrics.refusal_phrases import PHRASES
from genai_runtime.evaluation.metrics.registry import metric
from genai_runtime.evaluation.metrics.text import fold
from genai_runtime.evaluation.records import Response

# An answer that declines says so at once; further down the same words may be about something else.
_OPENING = 300
_BLOCKED = "blocked"
_FILTERED = frozenset({"content_filtered", "refusal"})
_UNSPACED = "\u3040"
_EDGES = " \t\r\n\"'.!?*_“”„«»`。"


class RefusalOptions(Options):
    """What counts as declining, beside a guardrail's block and the phrases of twenty languages."""

    sentences: tuple[Text, ...] = ()
    """The prompt's own sentences, e.g. I can't answer that from the information I have. The answer begins with one."""
    phrases: tuple[Text, ...] = ()
    """Further phrases, looked for in the answer's opening."""
    only_sentences: bool = False
    """Don't look for phrases at all: for prompts that say word by word how to decline."""


DEFAULT = RefusalOptions()


@metric("refusal", kind="rate", needs="refusal", options=RefusalOptions)
def refusal(case: Case, answer: str, context: Context) -> MetricValue:
    """1 when the answer declines and `expect.refusal` is true, or doesn't and it is false."""
    declined = declines(answer, context.response, context.read(RefusalOptions))
    if declined == case.expect.refusal:
        return MetricValue(1.0)
    return MetricValue(0.0, "declined though it should answer" if declined else "answered though it should decline")


def declines(answer: str, response: Response, options: RefusalOptions = DEFAULT) -> bool:
    """Whether the guardrail or the service blocked the answer, or it declines in words."""
    if response.guardrail_action == _BLOCKED or response.stop_reason in _FILTERED:
        return True
    opening = " ".join(fold(answer[: 2 * _OPENING]).split())[:_OPENING].lstrip(_EDGES)
    said = fold(answer).strip(_EDGES) if options.sentences else ""
    if any(" ".join(said.split()).startswith(_sentence(each)) for each in options.sentences):
        return True
    if options.only_sentences:
        return False
    # One regular expression for all phrases is thirty times slower: `re` tries every alternative at every place.
    there = [phrase for phrase in _phrases(options.phrases) if phrase in opening]
    return any(_begins(phrase, opening) for phrase in there)


@cache
def _sentence(sentence: str) -> str:
    return " ".join(fold(sentence).split()).strip(_EDGES)


@cache
def _phrases(more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(phrase) for phrases in (*PHRASES.values(), more) for phrase in phrases))


def _begins(phrase: str, opening: str) -> bool:
    """Whether the phrase begins where a word does; scripts without spaces don't tell."""
    at = opening.find(phrase)
    while at > 0 and phrase[0] < _UNSPACED and opening[at - 1].isalnum():
        at = opening.find(phrase, at + 1)
    return at >= 0
