"""Bedrock's wire for tests: answers InvokeModel and ApplyGuardrail in AWS's shapes, and remembers the requests."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

from botocore.exceptions import ClientError


class Wire:
    """A client of bedrock-runtime. A text's vector is its count of each of four letters; `secret` and `idiot` are found."""

    def __init__(self, failing: str | None = None) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.guarded: list[dict[str, Any]] = []
        self._failing = failing
        self._lock = threading.Lock()

    def invoke_model(self, **request: Any) -> dict[str, Any]:
        model, asked = request["modelId"], json.loads(request["body"])
        with self._lock:
            self.bodies.append(asked)
        self._fail("InvokeModel")
        if "titan" in model:
            answer: dict[str, Any] = {"embedding": vector(asked["inputText"]), "inputTextTokenCount": 1}
        else:
            vectors = [vector(text) for text in asked["texts"]]
            answer = {"embeddings": {"float": vectors} if "v4" in model else vectors}
        return {"body": io.BytesIO(json.dumps(answer).encode())}

    def apply_guardrail(self, **asked: Any) -> dict[str, Any]:
        with self._lock:
            self.guarded.append(asked)
        self._fail("ApplyGuardrail")
        text = asked["content"][0]["text"]["text"]
        assessment: dict[str, Any] = {}
        if "idiot" in text:
            insult = {"type": "INSULTS", "confidence": "HIGH", "action": "BLOCKED", "detected": True}
            assessment["contentPolicy"] = {"filters": [insult]}
        if "secret" in text:
            email = {"type": "EMAIL", "match": "secret", "action": "ANONYMIZED", "detected": True}
            assessment["sensitiveInformationPolicy"] = {"piiEntities": [email], "regexes": []}
        return {"action": "GUARDRAIL_INTERVENED" if assessment else "NONE", "assessments": [assessment]}

    def _fail(self, operation: str) -> None:
        if self._failing:
            raise ClientError({"Error": {"Code": self._failing, "Message": "slow down"}}, operation)


def vector(text: str) -> list[float]:
    return [float(text.count(letter)) for letter in "abcd"]
