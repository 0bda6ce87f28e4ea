"""Composite alarms, kept and evaluated by ministack's CloudWatch."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch

from foundation.local.inprocess import client
from foundation.local.types.base import Provider, Provisioned, Resource, is_true, subset, tags_of
from foundation.local.types.identifiers import physical_name


class CompositeAlarmProvider:
    """AWS::CloudWatch::CompositeAlarm; Ref is the name."""

    def create(self, resource: Resource) -> Provisioned:
        return self._put(physical_name("Alarm", resource), resource)

    def update(self, resource: Resource) -> Provisioned:
        return self._put(resource.physical_id, resource)

    def delete(self, resource: Resource) -> None:
        client("cloudwatch").delete_alarms(AlarmNames=[resource.physical_id])

    @staticmethod
    def _put(name: str, resource: Resource) -> Provisioned:
        given = subset(resource.properties, "AlarmRule", "AlarmDescription", "AlarmActions", "OKActions",
                       "InsufficientDataActions")  # fmt: skip
        request: dict[str, Any] = {"AlarmName": name, **given}
        if "ActionsEnabled" in resource.properties:
            request["ActionsEnabled"] = is_true(resource.properties["ActionsEnabled"])
        arn = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"
        client("cloudwatch").put_composite_alarm(**request)
        # The API refuses CloudFormation's own aws: tags, which CloudFormation sets behind it.
        cloudwatch._resource_tags[arn] = tags_of(resource.properties.get("Tags"))
        return name, {"Arn": arn}


PROVIDERS: dict[str, Provider] = {"AWS::CloudWatch::CompositeAlarm": CompositeAlarmProvider()}
