"""Denied topics: what is caught, and that a shared word alone blocks nothing."""

import pytest

from foundation.local.bedrock.guardrails.topics import is_on_topic

INVESTMENT = {
    "name": "Investment advice",
    "definition": "Recommendations to buy, sell, hold or prefer investments, funds, shares, crypto-assets or pension products.",
    "examples": [
        "Should I move my savings into index funds?",
        "Which shares should I buy this year?",
        "Is now a good time to invest in bitcoin?",
    ],
    "type": "DENY",
}
MEDICAL = {
    "name": "Medical advice",
    "definition": "Diagnosis, treatment, dosage or prognosis for a person, beyond what the policy covers.",
    "examples": ["What should I take against the pain in my back?", "Do these symptoms mean that I have diabetes?"],
    "type": "DENY",
}


@pytest.mark.parametrize(
    "text",
    [
        "Should I move my savings into index funds?",
        "Should I move all my savings into an index fund now?",
        "Which shares should I buy?",
        "Hello. I have a flood claim. Also, is it a good time to invest in bitcoin?",
        "Please recommend investments: which funds and shares should I buy or sell?",
        "Give me investment advice.",
    ],
)
def test_denied_topic_is_found(text: str) -> None:
    assert is_on_topic(INVESTMENT, text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I share this document with my team?",
        "When will the funds of my claim arrive?",
        "Does the household policy cover shares of a hall that I own with neighbours?",
        "What is the excess for water damage?",
        "I would like to buy travel insurance.",
        "Where can I hold the signed pension form?",
        "",
    ],
)
def test_harmless_text_that_shares_a_word_passes(text: str) -> None:
    assert not is_on_topic(INVESTMENT, text)


def test_topics_are_told_apart() -> None:
    question = "Do my symptoms mean I have diabetes?"
    assert is_on_topic(MEDICAL, question)
    assert not is_on_topic(INVESTMENT, question)


def test_topic_without_examples_needs_name_words() -> None:
    bare = {"name": "Tax evasion", "definition": "Hiding income or assets from tax authorities.", "type": "DENY"}
    assert is_on_topic(bare, "How can I hide income from the tax authorities?")
    assert not is_on_topic(bare, "Is my income taxed?")
