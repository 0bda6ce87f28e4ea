"""Calls of use cases in a deployed environment, as the role that only tests have."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from foundation.evaluation.access import Access, parameter
from foundation.release.context import Context, RoleAccess
from genai_runtime.release.manifest import Environment

ROLE: Final = "genai-foundation-release-tester"
FUNCTION: Final = "model-access/function-name"


@dataclass(frozen=True)
class Answer:
    """A result of ModelAccess, and how long the caller waited for it. A call that didn't come through is `failed`."""

    result: Mapping[str, Any]
    seconds: float

    @property
    def outcome(self) -> str:
        """answered, masked, blocked, rejected or failed."""
        return str(self.result.get("outcome", "failed"))

    @property
    def code(self) -> str:
        """Of a rejection or a failure."""
        error = self.result.get("error")
        return str(error.get("code", "")) if isinstance(error, Mapping) else ""

    @property
    def manifest(self) -> str:
        """The release that it comes from; empty where it names none."""
        release = self.result.get("release")
        return str(release.get("manifest") or "") if isinstance(release, Mapping) else ""

    def said(self) -> str:
        """The outcome in words, without the answer's text."""
        return f"{self.outcome} ({self.code})" if self.code else self.outcome


class Caller(Protocol):
    """Invokes the alias of a use case."""

    def ask(self, alias: str, payload: Mapping[str, Any]) -> Answer: ...


class AliasCaller:
    """By Lambda; made for threads."""

    def __init__(self, context: Context, environment: Environment, own: frozenset[str] = frozenset()) -> None:
        access: Access = RoleAccess(context, ROLE, "release-test", own)
        self._function = parameter(access, environment, FUNCTION)
        self._client = access.client("lambda", environment)

    def ask(self, alias: str, payload: Mapping[str, Any]) -> Answer:
        """An answer, whatever becomes of the call."""
        started = time.monotonic()
        try:
            answer = self._client.invoke(
                FunctionName=self._function, Qualifier=alias, Payload=json.dumps(payload).encode()
            )
            body = json.loads(answer["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            return Answer({"outcome": "failed", "error": {"code": code, "message": str(error)}}, _since(started))
        if answer.get("FunctionError") or not isinstance(body, dict):
            body = {"outcome": "failed", "error": {"code": answer.get("FunctionError", "no result")}}
        return Answer(body, _since(started))


def _since(started: float) -> float:
    return time.monotonic() - started
