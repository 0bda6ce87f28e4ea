"""An environment's account in memory: the log of what is live, and the function that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.release.context import Context
from genai_runtime.live.log import entry
from genai_runtime.live.online.records import ExperimentState
from genai_runtime.live.records import Document, Experiment, GuardrailVersion, LogRecord, Versions, digest
from stacks.settings import Settings
from tests.unit.release.deployment.sealed import Functions, context_with

VERSIONS = Versions(
    prompts={"grounded-answer": 1, "classify": 1}, guardrail=GuardrailVersion(name="customer-facing", version=1)
)
MANIFEST = "ab" * 32


class Parameters:
    """SSM with the contract of an environment."""

    class exceptions:  # noqa: N801 - as boto3 has it
        """Of the client."""

        class ParameterNotFound(Exception):
            """No such parameter."""

    def get_parameter(self, *, Name: str) -> dict[str, dict[str, str]]:  # noqa: N803
        """Its own name as its value."""
        return {"Parameter": {"Value": Name.rpartition("/")[2]}}


class Log:
    """DynamoDB with the log of one use case."""

    def __init__(self, records: list[LogRecord], state: ExperimentState | None = None) -> None:
        self._items = [
            {"use_case": {"S": each.document.use_case}, "entry": {"S": entry(each.document.sequence)},
             "record": {"S": each.model_dump_json()}, "digest": {"S": digest(each)}}
            for each in records
        ]  # fmt: skip
        self._state = state

    def query(self, **_asked: Any) -> dict[str, Any]:
        """The newest."""
        return {"Items": self._items[-1:]}

    def get_paginator(self, _operation: str) -> Log:
        """All."""
        return self

    def paginate(self, **_asked: Any) -> Iterator[dict[str, Any]]:
        """One page."""
        yield {"Items": self._items}

    def get_item(self, **_asked: Any) -> dict[str, Any]:
        """An experiment's state."""
        return {"Item": {"state": {"S": self._state.model_dump_json()}}} if self._state else {}


def records(experiment: Experiment | None = None) -> list[LogRecord]:
    """A release, and an experiment beside it."""
    first = LogRecord(
        document=Document(use_case="claims-assistant", sequence=1, manifest=MANIFEST, stable=VERSIONS),
        action="release", by="release-pipeline", at="2026-09-01T10:00:00Z", previous=None,
    )  # fmt: skip
    if experiment is None:
        return [first]
    document = first.document.model_copy(update={"sequence": 2, "experiment": experiment})
    second = LogRecord(
        document=document, action="experiment", by="me", at="2026-09-02T10:00:00Z", previous=digest(first)
    )
    return [first, second]


def account(
    settings: Settings, found: list[LogRecord], *, answer: Any = None, state: ExperimentState | None = None
) -> tuple[Context, Functions]:
    """A context with this log, and the function's answer."""
    functions = Functions(answer)
    services = {"ssm": Parameters(), "dynamodb": Log(found, state), "lambda": functions}
    return context_with(settings, services), functions
