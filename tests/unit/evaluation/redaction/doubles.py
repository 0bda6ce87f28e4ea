"""The wire boundary of redaction: S3 in memory, and ApplyGuardrail as the local target answers it, in process."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from botocore.exceptions import ClientError

from foundation.local.bedrock.apply import apply_guardrail
from foundation.local.bedrock.settings import BedrockSettings
from foundation.local.bedrock.simulation import Caller, Simulation
from genai_foundation.evaluation.redaction import redaction_guardrail
from genai_foundation.guardrails import sensitive_information_policy
from genai_runtime.evaluation.redaction.detection import Entity, GuardrailDetector
from genai_runtime.evaluation.store import Store


class MemoryS3:
    """The calls of S3 that a Store makes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts = 0

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str | None = None) -> None:  # noqa: ARG002, N803
        if IfNoneMatch and Key in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": Key}}, "PutObject")
        self.objects[Key] = Body
        self.puts += 1


def store(s3: MemoryS3) -> Store:
    return Store(cast(Any, s3), "golden")


class LocalGuardrail:
    """bedrock-runtime of the local target, with the platform's redaction guardrail."""

    def __init__(self, policy: Mapping[str, Any] | None = None) -> None:
        spec = redaction_guardrail()
        config = {
            "blockedInputMessaging": spec.blocked_input_messaging,
            "blockedOutputsMessaging": spec.blocked_outputs_messaging,
            "sensitiveInformationPolicyConfig": policy or sensitive_information_policy(spec),
        }
        self.calls = 0
        self._simulation = Simulation(BedrockSettings(), lambda *_: config, cast(Any, lambda *_: None), lambda *_: None)

    def apply_guardrail(
        self,
        *,
        guardrailIdentifier: str,  # noqa: N803 Bedrock's names
        guardrailVersion: str,  # noqa: N803
        source: str,
        content: Sequence[Mapping[str, Any]],
    ) -> Any:
        self.calls += 1
        body = json.dumps({"source": source, "content": list(content)}).encode()
        answer = apply_guardrail(
            self._simulation, Caller("555555555555", "eu-west-1"), guardrailIdentifier, guardrailVersion, body
        )
        return json.loads(answer[2])


def detector(policy: Mapping[str, Any] | None = None) -> GuardrailDetector:
    return GuardrailDetector(cast(Any, LocalGuardrail(policy)), "redaction", "1")


class Known:
    """Finds the values that it was given, wherever they stand."""

    def __init__(self, entities: Sequence[Entity], sees: Callable[[str, Entity], bool] | None = None) -> None:
        self._entities = entities
        self._sees = sees or (lambda text, entity: entity.value in text)

    def find(self, texts: Sequence[str]) -> frozenset[Entity]:
        return frozenset(each for each in self._entities if any(self._sees(text, each) for text in texts))
