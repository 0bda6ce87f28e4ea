"""A guardrail and requests that go with it."""

from __future__ import annotations

from typing import Any

CONTEXT = (
    "The excess for water damage is 250 euros. Write to claims@example.com or call +44 20 7946 0958 for help with claims. "
    "The policy can be cancelled within 14 days."
)
GUARDRAIL: dict[str, Any] = {
    "blockedInputMessaging": "INPUT BLOCKED",
    "blockedOutputsMessaging": "OUTPUT BLOCKED",
    "topicPolicyConfig": {
        "topicsConfig": [
            {
                "name": "Investment advice",
                "definition": "Recommendations to buy, sell or hold investments, funds, shares or pension products.",
                "examples": ["Should I move my savings into index funds?", "Which shares should I buy this year?"],
                "type": "DENY",
            }
        ]
    },
    "contentPolicyConfig": {
        "filtersConfig": [
            {"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"},
            {"type": "MISCONDUCT", "inputStrength": "MEDIUM", "outputStrength": "HIGH"},
        ]
    },
    "wordPolicyConfig": {"wordsConfig": [{"text": "risk-free"}], "managedWordListsConfig": [{"type": "PROFANITY"}]},
    "sensitiveInformationPolicyConfig": {
        "piiEntitiesConfig": [
            {"type": "EMAIL", "action": "ANONYMIZE"},
            {"type": "PHONE", "action": "ANONYMIZE"},
            {"type": "CREDIT_DEBIT_CARD_NUMBER", "action": "BLOCK"},
        ],
        "regexesConfig": [{"name": "claim-file", "pattern": r"\bCF-\d{4}\b", "action": "ANONYMIZE"}],
    },
    "contextualGroundingPolicyConfig": {
        "filtersConfig": [{"type": "GROUNDING", "threshold": 0.7}, {"type": "RELEVANCE", "threshold": 0.5}]
    },
}


def messages(question: str, context: str = CONTEXT) -> list[dict[str, Any]]:
    """A question about a context, marked for grounding and for the content policies."""
    source = {"guardContent": {"text": {"text": context, "qualifiers": ["grounding_source"]}}}
    query = {"guardContent": {"text": {"text": question, "qualifiers": ["query", "guard_content"]}}}
    return [{"role": "user", "content": [source, query]}]


def config(guardrail: tuple[str, str], **more: Any) -> dict[str, Any]:
    """guardrailConfig with the trace on."""
    return {"guardrailIdentifier": guardrail[0], "guardrailVersion": guardrail[1], "trace": "enabled", **more}
