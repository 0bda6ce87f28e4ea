"""A deterministic reader: it answers with sentences of the context, or says that it can't.

It knows nothing but the prompt. A question's content words are weighed by how rare they are in the context; the sentence
that covers most of that weight answers, with further sentences while they add enough. Below the threshold it declines.
It reads no synonyms and does no arithmetic. temperature and topP are ignored; tools are never called.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from foundation.local.bedrock import text as lexical
from foundation.local.bedrock.answers.base import Finish, Piece, limit
from foundation.local.bedrock.answers.prompt import Reading, read
from foundation.local.bedrock.request import ConverseRequest
from foundation.local.bedrock.tokens import count, pieces

DECLINED = "I can't answer that from the context given."
SUPPORT_THRESHOLD = 0.5
"""Share of the question's weight that the chosen sentences must cover."""
_MORE_THRESHOLD = 0.15
"""Share of the question's weight that a further sentence must add."""
_MAX_SENTENCES = 3
_SUMMARY_SENTENCES = 3
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_SENTENCE_COUNT = re.compile(
    rf"\b(\d+|{'|'.join(_NUMBERS)})(?: (?:to|or|-) \w+)? (?:short )?(?:sentences?|bullet points?|bullets?|points?)\b",
    re.I,
)
_FALLBACK_LABELS = frozenset({"other", "unknown", "none", "unclear", "general", "andere", "autre", "otro"})


class ExtractiveReader:
    """The default model of the local target."""

    def answer(self, request: ConverseRequest) -> Iterator[Piece]:
        """The answer token by token."""
        text, stop_reason = limit(self.reply(read(request)), request)
        yield from pieces(text)
        yield Finish(stop_reason, count(request.input_text), count(text))

    def reply(self, reading: Reading) -> str:
        """The whole answer to a prompt that was taken apart."""
        if reading.labels:
            return classify(reading)
        if reading.fields:
            return extract(reading)
        if reading.wants_summary:
            return summarise(reading)
        return answer(reading)


def answer(reading: Reading) -> str:
    """The sentences of the context that cover the question, in its order; below the threshold a refusal.

    The refusal is the prompt's own (`reply exactly: "…"`), else DECLINED.
    """
    refusal = reading.refusal or DECLINED
    sentences = [s for passage in reading.context for s in lexical.sentences(passage)]
    asked = set(lexical.terms(reading.question))
    bags = [set(lexical.words(sentence)) for sentence in sentences]
    if not asked or not sentences:
        return refusal
    weight = lexical.weights(bags)
    unseen = max(weight.values(), default=1.0)
    chosen: list[int] = []
    covered: set[str] = set()
    for _ in range(_MAX_SENTENCES):
        gains = [lexical.coverage(asked, covered | bag, weight, unseen) for bag in bags]
        best = max(range(len(bags)), key=lambda i: (gains[i], -len(bags[i]), -i))
        gain = gains[best] - lexical.coverage(asked, covered, weight, unseen)
        if best in chosen or gain <= (_MORE_THRESHOLD if chosen else 0.0):
            break
        chosen.append(best)
        covered |= bags[best]
    if lexical.coverage(asked, covered, weight, unseen) < SUPPORT_THRESHOLD:
        return refusal
    return " ".join(sentences[i] for i in sorted(chosen))


def summarise(reading: Reading) -> str:
    """The sentences with the commonest words of the context, in its order; as many as asked for, else three.

    As bullet points where the prompt speaks of bullets.
    """
    sentences = [s for passage in reading.context for s in lexical.sentences(passage)]
    if not sentences:
        return DECLINED
    instructions = f"{reading.question}\n{reading.instructions}"
    asked = _SENTENCE_COUNT.search(instructions)
    wanted = _SUMMARY_SENTENCES if asked is None else _NUMBERS.get(asked[1].lower()) or int(asked[1])
    frequency = Counter(term for sentence in sentences for term in lexical.terms(sentence))
    worth = [
        sum(frequency[term] for term in set(lexical.terms(sentence))) / (1 + len(lexical.terms(sentence)))
        for sentence in sentences
    ]
    best = sorted(range(len(sentences)), key=lambda i: (-worth[i], i))[: max(1, wanted)]
    chosen = [sentences[i] for i in sorted(best)]
    return "\n".join(f"- {sentence}" for sentence in chosen) if "bullet" in instructions.lower() else " ".join(chosen)


def classify(reading: Reading) -> str:
    """The label (an optional `label: description` counts too) that shares most words with the text.

    Without any overlap: the label that the prompt names for that, else one such as `other`, else the first.
    """
    names = [label.partition(":")[0].strip() for label in reading.labels]
    text = Counter(lexical.terms(" ".join((*reading.context, reading.question))))
    overlaps = [
        sum(text[term] for term in set(lexical.terms(label.replace("_", " ").replace("-", " "))))
        for label in reading.labels
    ]
    if max(overlaps) > 0:
        return names[overlaps.index(max(overlaps))]
    return reading.fallback_label or next((name for name in names if name.lower() in _FALLBACK_LABELS), names[0])


def extract(reading: Reading) -> str:
    """A JSON object with, for each field, the value of a `field: value` line of the context, or null."""
    lines = re.findall(r"(?m)^\s*[-*•]?\s*([^:\n]{1,60}):[ \t]*(\S[^\n]*)$", "\n".join(reading.context))
    values = {" ".join(lexical.words(key.replace("_", " "))): value.strip() for key, value in reversed(lines)}
    return json.dumps(
        {field: values.get(" ".join(lexical.words(field.replace("_", " ")))) for field in reading.fields},
        ensure_ascii=False,
    )
