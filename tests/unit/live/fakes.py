"""DynamoDB and AppConfig as the tests need them: in memory, and failing where they are told to."""

# ruff: noqa: ARG002, N803 (boto3 names the arguments)

import io
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from genai_runtime.live.log import verify
from genai_runtime.live.records import LogRecord


def client_error(code: str, operation: str = "Operation", **more: Any) -> ClientError:
    """An error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": f"{code} of the test"}, **more}, operation)  # type: ignore[typeddict-item]


class MemoryLog:
    """A log without its table."""

    def __init__(self, records: tuple[LogRecord, ...] = ()) -> None:
        self.records = list(records)

    def newest(self, use_case: str) -> LogRecord | None:
        found = self.history(use_case)
        return found[-1] if found else None

    def history(self, use_case: str) -> tuple[LogRecord, ...]:
        found = tuple(each for each in self.records if each.document.use_case == use_case)
        verify(use_case, found)
        return found

    def append(self, record: LogRecord) -> None:
        self.records.append(record)


class FakeDynamo:
    """One table with the keys use_case and entry."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.lose_response = False
        self.page = 2

    def put_item(self, *, TableName: str, Item: dict[str, Any], ConditionExpression: str) -> None:
        key = (Item["use_case"]["S"], Item["entry"]["S"])
        if key in self.items and ConditionExpression == "attribute_not_exists(entry)":
            raise client_error("ConditionalCheckFailedException", "PutItem")
        self.items[key] = Item
        if self.lose_response:  # and the SDK tries again
            raise client_error("ConditionalCheckFailedException", "PutItem")

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert ConsistentRead
        item = self.items.get((Key["use_case"]["S"], Key["entry"]["S"]))
        return {"Item": item} if item else {}

    def query(self, *, ScanIndexForward: bool = True, Limit: int | None = None, **query: Any) -> dict[str, Any]:
        assert query["ConsistentRead"]
        values = query["ExpressionAttributeValues"]
        found = [
            item
            for (use_case, entry), item in sorted(self.items.items(), reverse=not ScanIndexForward)
            if use_case == values[":use_case"]["S"] and entry.startswith(values[":prefix"]["S"])
        ]
        return {"Items": found[:Limit]}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "query"
        return _Pages(lambda **query: self.query(**query)["Items"], self.page)


class _Pages:
    def __init__(self, items: Callable[..., list[Any]], size: int) -> None:
        self._items = items
        self._size = size

    def paginate(self, **query: Any) -> Iterator[dict[str, Any]]:
        found = self._items(**query)
        for start in range(0, len(found), self._size):
            yield {"Items": found[start : start + self._size]}


class Crash(Exception):
    """The process ended."""


class FakeAppConfig:
    """boto3's appconfig: profiles, hosted versions, one deployment at a time, which takes `steps` looks.

    :param crash: number of the call at which the process ends, and whether after the call's effect
    """

    APPLICATION, ENVIRONMENT, STRATEGY = "app1", "env1", "str1"

    def __init__(self, *profiles: str, steps: int = 1, crash: tuple[int, bool] | None = None) -> None:
        self._profiles = {name: f"id-{name}" for name in profiles}
        self.versions: dict[str, dict[int, tuple[str, bytes]]] = {each: {} for each in self._profiles.values()}
        self.deployments: list[dict[str, Any]] = []
        self.steps = steps
        self.crash = crash
        self.calls: list[str] = []
        self.refuse: str | None = None
        self._numbers = itertools.count(1)

    def shown(self, name: str) -> bytes | None:
        """What a function would get."""
        done = [each for each in self.deployments if each["ConfigurationName"] == name and each["State"] == "COMPLETE"]
        if not done:
            return None
        return self.versions[self._profiles[name]][int(done[-1]["ConfigurationVersion"])][1]

    def get_paginator(self, operation: str) -> _Pages:
        return _Pages(lambda **query: getattr(self, f"_{operation}")(**query), 2)

    def _called(self, operation: str, effect: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        at, after = self.crash or (0, False)
        is_now = at == len(self.calls)
        if is_now and not after:
            raise Crash(operation)
        result = effect()
        if is_now:
            raise Crash(operation)
        return result

    def _list_configuration_profiles(self, *, ApplicationId: str) -> Any:
        return self._called(
            "list_profiles", lambda: [{"Name": name, "Id": each} for name, each in self._profiles.items()]
        )

    def _list_hosted_configuration_versions(self, *, ApplicationId: str, ConfigurationProfileId: str) -> Any:
        found = self.versions[ConfigurationProfileId].items()
        return self._called(
            "list_versions",
            lambda: [{"VersionNumber": number, "VersionLabel": label} for number, (label, _) in reversed(found)],
        )

    def _list_deployments(self, *, ApplicationId: str, EnvironmentId: str) -> Any:
        def listed() -> list[dict[str, Any]]:
            for each in self.deployments:
                if each["State"] == "DEPLOYING":
                    each["looks"] += 1
                    if each["looks"] > self.steps:
                        each["State"] = "COMPLETE"
            return [dict(each) for each in reversed(self.deployments)]

        return self._called("list_deployments", listed)

    def create_hosted_configuration_version(
        self,
        *,
        ConfigurationProfileId: str,
        Content: bytes,
        VersionLabel: str,
        LatestVersionNumber: int | None = None,
        **_: Any,
    ) -> Any:
        def made() -> dict[str, int]:
            versions = self.versions[ConfigurationProfileId]
            if LatestVersionNumber != max(versions, default=None) or VersionLabel in {
                each[0] for each in versions.values()
            }:
                raise client_error("ConflictException")
            number = len(versions) + 1
            versions[number] = (VersionLabel, Content)
            return {"VersionNumber": number}

        return self._called("create_version", made)

    def get_hosted_configuration_version(self, *, ConfigurationProfileId: str, VersionNumber: int, **_: Any) -> Any:
        content = self.versions[ConfigurationProfileId][VersionNumber][1]
        return self._called("get_version", lambda: {"Content": io.BytesIO(content)})

    def start_deployment(self, *, ConfigurationProfileId: str, ConfigurationVersion: str, **_: Any) -> Any:
        def started() -> dict[str, int]:
            if self.refuse:
                raise client_error("BadRequestException")
            if any(each["State"] == "DEPLOYING" for each in self.deployments):
                raise client_error("ConflictException")
            name = next(name for name, each in self._profiles.items() if each == ConfigurationProfileId)
            self.deploy(name, int(ConfigurationVersion))
            return {"DeploymentNumber": self.deployments[-1]["DeploymentNumber"]}

        return self._called("start", started)

    def deploy(self, name: str, version: int, state: str = "DEPLOYING") -> None:
        """A deployment, of whoever."""
        self.deployments.append(
            {
                "DeploymentNumber": next(self._numbers),
                "ConfigurationName": name,
                "ConfigurationVersion": str(version),
                "VersionLabel": self.versions[self._profiles[name]][version][0],
                "State": state,
                "looks": 0,
            }
        )

    def stop_deployment(self, *, DeploymentNumber: int, **_: Any) -> Any:
        def stopped() -> None:
            found = next(each for each in self.deployments if each["DeploymentNumber"] == DeploymentNumber)
            if found["State"] != "DEPLOYING":
                raise client_error("BadRequestException")
            found["State"] = "ROLLED_BACK"

        return self._called("stop", stopped)
