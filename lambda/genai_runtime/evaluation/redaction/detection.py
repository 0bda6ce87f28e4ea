"""Finding personal data: one interface, and Bedrock's ApplyGuardrail behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from genai_runtime.evaluation.redaction.errors import TEXT_BLOCKED, RedactionFailed

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ApplyGuardrailResponseTypeDef

# A request takes 25 text units of 1,000 characters by default (Service Quotas, "On-demand ApplyGuardrail text units").
CHARACTERS = 20_000
BLOCKS = 50
_OTHER_POLICIES = frozenset({"topicPolicy", "contentPolicy", "wordPolicy"})
_OVERLAP = 200
"""Characters that two parts of a long text share, so that nothing is cut in two."""


@dataclass(frozen=True, order=True)
class Entity:
    """A piece of personal data as it is written in a text. `type` is Bedrock's entity type, or `regex:NAME`."""

    type: str
    value: str


class Detector(Protocol):
    """Finds personal data in texts."""

    def find(self, texts: Sequence[str]) -> frozenset[Entity]:
        """All personal data in any of the texts. Raises what the service raises: an unread text is never passed on."""


class GuardrailDetector:
    """Bedrock's ApplyGuardrail with a guardrail whose entities are all masked (ANONYMIZE)."""

    def __init__(self, client: "BedrockRuntimeClient", guardrail_id: str, version: str) -> None:
        self._client = client
        self._guardrail_id = guardrail_id
        self._version = version

    def find(self, texts: Sequence[str]) -> frozenset[Entity]:
        """All personal data. Raises RedactionFailed when the guardrail blocks a text: then it reports no masked finding."""
        return frozenset(entity for batch in batches(texts) for entity in self._ask(batch))

    def _ask(self, texts: Sequence[str]) -> Iterator[Entity]:
        response = self._client.apply_guardrail(
            guardrailIdentifier=self._guardrail_id,
            guardrailVersion=self._version,
            source="INPUT",
            content=[{"text": {"text": text}} for text in texts],
        )
        yield from _entities(response)


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts in requests of a size that the service takes; long ones in parts that overlap. Blank ones are left out."""
    batch: list[str] = []
    size = 0
    for part in (part for text in dict.fromkeys(texts) if text.strip() for part in _parts(text)):
        if batch and (size + len(part) > CHARACTERS or len(batch) == BLOCKS):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part)
    if batch:
        yield batch


def _parts(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > CHARACTERS:
        end = text.rfind(" ", start + CHARACTERS // 2, start + CHARACTERS)
        end = start + CHARACTERS if end < 0 else end
        yield text[start:end]
        start = end - _OVERLAP
    if text[start:].strip():
        yield text[start:]


def _entities(response: "ApplyGuardrailResponseTypeDef") -> Iterator[Entity]:
    for assessment in response["assessments"]:
        if others := [name for name in assessment if name in _OTHER_POLICIES]:
            raise _blocked(", ".join(others))
        found = assessment.get("sensitiveInformationPolicy", {})
        for entity in found.get("piiEntities", []):
            if entity["action"] == "BLOCKED":
                raise _blocked(str(entity["type"]))
            yield Entity(str(entity["type"]), entity["match"])
        for match in found.get("regexes", []):
            if match["action"] == "BLOCKED":
                raise _blocked(str(match.get("name")))
            if text := match.get("match"):
                yield Entity(f"regex:{match.get('name', '')}", text)


def _blocked(what: str) -> RedactionFailed:
    return RedactionFailed(
        TEXT_BLOCKED,
        f"the redaction guardrail acts on {what} with something other than a mask, and then reports no findings that could "
        "be replaced: let it hold masked personal data only",
    )
