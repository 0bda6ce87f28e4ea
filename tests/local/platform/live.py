"""One use case's live versions on the deployed platform: what is asked for, what answers say, what is counted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from foundation.demo.caller import UseCaseCaller, use_case_caller
from foundation.demo.requests import POLICY
from foundation.local.target import Target
from genai_runtime.live.online.records import ExperimentState
from genai_runtime.live.records import LogRecord
from tests.local.platform.identities import parameter

REGION = "eu-west-1"
PATIENCE_SECONDS = 60.0
AT_ONCE = 4

Result = dict[str, Any]


@dataclass(frozen=True)
class Asking:
    """Asks on behalf of a use case."""

    caller: UseCaseCaller
    use_case: str

    @property
    def client(self) -> Any:
        """The caller's own Lambda client."""
        return self.caller._client

    def one(self, user: str = "") -> Result:
        """One answer."""
        return self.caller.ask(question(self.use_case, user))[0]

    def all(self, users: list[str]) -> list[Result]:
        """An answer for each user, in their order."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self.one, users))

    def settle(self, done: Result) -> None:
        """Ask until answers are given under what a change made live."""
        assert done["state"] == "shown", done
        until(lambda: self.one()["release"]["sequence"] == done["sequence"])


@dataclass
class LiveUseCase:
    """A use case in one environment."""

    target: Target
    environment: str
    use_case: str
    contract: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.contract = json.loads(self.value(f"use-cases/{self.use_case}"))

    def value(self, key: str) -> str:
        """A contract value."""
        return parameter(self.target, self.environment, REGION, key)

    def client(self, service: str) -> Any:
        """A client of the environment's root user."""
        return self.target.client(service, self.environment, REGION)

    def versions(self, **changed: Any) -> dict[str, Any]:
        """The contract's versions, some of them changed."""
        own = {"prompts": dict(self.contract["prompts"]), "guardrail": self.contract["guardrail"]}
        return own | changed

    def change(self, **event: Any) -> Result:
        """Ask for a change of this use case; the use case's part of the report, or the error."""
        whole = {"by": "test", **event} if "live" in event else {"by": "test", "use_case": self.use_case, **event}
        answer = self.client("lambda").invoke(
            FunctionName=self.value("live/activate-function-name"), Payload=json.dumps(whole).encode()
        )
        body: Result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return body
        (found,) = (each for each in body["use_cases"] if each["use_case"] == self.use_case)
        return dict(found)

    def release(self, manifest: str, **changed: Any) -> Result:
        """Make versions live."""
        return self.change(action="release", manifest=manifest, versions=self.versions(**changed))

    def start(self, experiment: Mapping[str, Any]) -> Result:
        """Put a candidate beside what is live."""
        return self.change(action="experiment", experiment=dict(experiment))

    def stop(self, experiment: str) -> None:
        """End an experiment."""
        assert self.change(action="stop", experiment=experiment)["changed"]

    def records(self) -> list[LogRecord]:
        """The log, oldest first."""
        items = self._items(self.value("live/table-name"), "record#")
        return [LogRecord.model_validate_json(each["record"]["S"]) for each in items]

    def state(self, experiment: str) -> ExperimentState | None:
        """What is counted."""
        items = self._items(self.value("live/table-name"), f"experiment#{experiment}")
        return ExperimentState.model_validate_json(items[0]["state"]["S"]) if items else None

    def audited(self, experiment: str) -> list[dict[str, Any]]:
        """Every audit item of an experiment."""
        pages = (
            self.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.value("model-access/audit-table-name"),
                KeyConditionExpression="use_case = :name",
                ExpressionAttributeValues={":name": {"S": self.use_case}},
            )
        )
        items = (item for page in pages for item in page["Items"])
        return [item for item in items if item.get("experiment") == {"S": experiment}]

    def _items(self, table: str, prefix: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client("dynamodb").query(
            TableName=table,
            KeyConditionExpression="use_case = :name AND begins_with(entry, :prefix)",
            ExpressionAttributeValues={":name": {"S": self.use_case}, ":prefix": {"S": prefix}},
        )["Items"]
        return found

    @contextmanager
    def caller(self) -> Iterator[Asking]:
        """Who may call on behalf of the use case."""
        with use_case_caller(self.target, self.environment, REGION, self.use_case) as caller:
            yield Asking(caller, self.use_case)


def question(use_case: str, user: str = "") -> dict[str, Any]:
    """A request that every model answers."""
    asked = {"context": POLICY, "question": "What is the excess for the replacement of a windscreen?"}
    named = {"user": user} if user else {}
    return {"use_case": use_case, "prompt": "grounded-answer", "variables": asked, **named}


def until(condition: Callable[[], Any]) -> Any:
    """The condition's value once it holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it doesn't come about"
        time.sleep(0.3)
    return found
