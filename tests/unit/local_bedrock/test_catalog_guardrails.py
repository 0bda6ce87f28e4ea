"""The catalog's own guardrails under the lexical approximation: their examples are caught, everyday questions pass."""

from pathlib import Path

import pytest
import yaml

from foundation.local.bedrock.guardrails.topics import is_on_topic

ROOT = Path(__file__).resolve().parents[3]
GUARDRAILS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / "catalog" / "guardrails").glob("*.yaml")
}
EVERYDAY = [
    "What is the excess for water damage?",
    "How do I report a claim?",
    "Does my household policy cover stolen bicycles?",
    "When is the next premium due?",
    "Which documents do I need for a travel claim?",
    "How long does it take until a claim is settled?",
    "Can I cancel the policy within 14 days?",
    "What does the health policy cover for glasses?",
]


@pytest.mark.parametrize("name", sorted(GUARDRAILS))
def test_examples_of_denied_topics_are_caught(name: str) -> None:
    topics = GUARDRAILS[name]["topic_policy"]["topics"]
    assert topics
    missed = [example for topic in topics for example in topic.get("examples", []) if not is_on_topic(topic, example)]
    assert missed == []


@pytest.mark.parametrize("question", EVERYDAY)
@pytest.mark.parametrize("name", sorted(GUARDRAILS))
def test_everyday_questions_pass(name: str, question: str) -> None:
    topics = GUARDRAILS[name]["topic_policy"]["topics"]
    assert [topic["name"] for topic in topics if is_on_topic(topic, question)] == []
