"""The demo's verdicts: each request can fail."""

from typing import Any

import pytest

from foundation.demo.requests import requests

PLAN = {each.name: each for each in requests("claims-assistant")}
GOOD: dict[str, dict[str, Any]] = {
    "allowed question": {"outcome": "answered", "answer": "The excess is 75 euros."},
    "personal data": {"outcome": "masked", "answer": "Reached at {EMAIL}."},
    "denied topic": {"outcome": "blocked", "answer": "no", "guardrail": {"findings": [{"name": "Investment advice"}]}},
    "prompt attack": {"outcome": "blocked", "answer": "no", "guardrail": {"findings": [{"type": "PROMPT_ATTACK"}]}},
    "too long": {"outcome": "rejected", "error": {"code": "GF-RUN-010", "message": "too long"}},
    "model not approved": {"outcome": "rejected", "error": {"code": "GF-RUN-007", "message": "not agreed"}},
}
BAD: dict[str, dict[str, Any]] = {
    "allowed question": {"outcome": "answered", "answer": "I can't answer that."},
    "personal data": {"outcome": "masked", "answer": "Reached at anna.keller@example.com."},
    "denied topic": {"outcome": "blocked", "answer": "no", "guardrail": {"findings": []}},
    "prompt attack": {"outcome": "blocked", "answer": "no", "guardrail": {"findings": [{"type": "HATE"}]}},
    "too long": {"outcome": "rejected", "error": {"code": "GF-RUN-008", "message": "missing"}},
    "model not approved": {"outcome": "rejected", "error": {"code": "GF-RUN-010", "message": "too long"}},
}


def test_covers_every_request() -> None:
    assert set(GOOD) == set(BAD) == set(PLAN)


@pytest.mark.parametrize("name", sorted(PLAN))
def test_accepts_the_expected_result(name: str) -> None:
    assert PLAN[name].verdict(GOOD[name]) is None


@pytest.mark.parametrize("name", sorted(PLAN))
def test_fails_on_the_right_outcome_for_the_wrong_reason(name: str) -> None:
    assert PLAN[name].verdict(BAD[name]) is not None


@pytest.mark.parametrize("name", sorted(PLAN))
def test_fails_on_another_outcome(name: str) -> None:
    verdict = PLAN[name].verdict({"outcome": "failed", "error": {"code": "GF-RUN-099", "message": "unexpected"}})
    assert verdict is not None
    assert "GF-RUN-099" in verdict
