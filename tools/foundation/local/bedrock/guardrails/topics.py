"""Denied topics by word overlap with their name, definition and examples.

Decided for each sentence. It is on topic when it shares at least two content words with the topic, and either
- resembles an example: the share of common words (Dice) reaches EXAMPLE_SIMILARITY, or
- its shared words weigh at least MINIMUM_WEIGHT (a word of the name 3, of an example 2, of the definition 1; summed where
  a word stands in several) and are at least MINIMUM_SHARE of its content words.
A model that reads meaning would catch paraphrases that this misses, and pass some texts that this blocks.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from foundation.local.bedrock import text as lexical
from foundation.local.bedrock.guardrails.policy import Entry

EXAMPLE_SIMILARITY = 0.55
MINIMUM_WEIGHT = 6
MINIMUM_SHARE = 0.4
_MINIMUM_WORDS = 2
_NAME, _EXAMPLE, _DEFINITION = 3, 2, 1


def is_on_topic(entry: Entry, text: str) -> bool:
    """Whether any sentence of a text falls under a topic of topicPolicyConfig."""
    weights, examples = _vocabulary(
        str(entry["name"]), str(entry.get("definition") or ""), tuple(entry.get("examples") or ())
    )
    return any(_matches(set(lexical.terms(sentence)), weights, examples) for sentence in lexical.sentences(text))


def _matches(terms: set[str], weights: Counter[str], examples: tuple[frozenset[str], ...]) -> bool:
    for example in examples:
        common = len(terms & example)
        if common >= _MINIMUM_WORDS and 2 * common / (len(terms) + len(example)) >= EXAMPLE_SIMILARITY:
            return True
    shared = [term for term in terms if term in weights]
    return (
        len(shared) >= _MINIMUM_WORDS
        and sum(weights[term] for term in shared) >= MINIMUM_WEIGHT
        and len(shared) / len(terms) >= MINIMUM_SHARE
    )


@lru_cache(maxsize=256)
def _vocabulary(
    name: str, definition: str, examples: tuple[str, ...]
) -> tuple[Counter[str], tuple[frozenset[str], ...]]:
    bags = tuple(frozenset(lexical.terms(example)) for example in examples)
    weights = Counter(dict.fromkeys(lexical.terms(name.replace("-", " ").replace("_", " ")), _NAME))
    weights.update(dict.fromkeys(set().union(*bags), _EXAMPLE))
    weights.update(dict.fromkeys(lexical.terms(definition), _DEFINITION))
    return weights, bags
