"""Contextual grounding by word overlap.

GROUNDING: the weighted share of the answer's content words that the sources hold; a number that they don't hold weighs
three times. RELEVANCE: the share of the question's content words found in the answer, or in the source sentence that the
answer quotes most. A refusal (`I can't answer …`) counts as grounded and relevant: what AWS scores it isn't documented.
"""

from __future__ import annotations

import re

from foundation.local.bedrock import text as lexical

_REFUSAL = re.compile(r"\s*(?:i|we) (?:can['’]?t|cannot|am unable to|are unable to) answer\b", re.IGNORECASE)
_NUMBER_WEIGHT = 3.0


def grounding_score(answer: str, sources: list[str]) -> float:
    """How much of an answer the sources support, 0 to 1."""
    said = set(lexical.terms(answer))
    if _REFUSAL.match(answer) or not said:
        return 1.0
    weight = {term: _NUMBER_WEIGHT for term in said if any(c.isdigit() for c in term)}
    given = {word for source in sources for word in lexical.words(source)}
    return round(lexical.coverage(said, given, weight, 1.0), 2)


def relevance_score(answer: str, query: str, sources: list[str]) -> float:
    """How much of a question an answer takes up, 0 to 1."""
    asked = set(lexical.terms(query))
    if _REFUSAL.match(answer) or not asked:
        return 1.0
    said = set(lexical.terms(answer))
    quoted = [set(lexical.terms(sentence)) for source in sources for sentence in lexical.sentences(source)]
    nearest = max(quoted, key=lambda bag: len(bag & said), default=set())
    return round(lexical.coverage(asked, said | (nearest if nearest & said else set()), {}, 1.0), 2)
