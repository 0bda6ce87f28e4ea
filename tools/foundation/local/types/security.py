"""CloudTrail trails, KMS replica keys and VPC flow logs, kept by ministack's own services."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_region
from ministack.services import cloudtrail, ec2, kms
from ministack.services.cloudformation import provisioners

from foundation.local.inprocess import client
from foundation.local.types.base import Properties, Provider, Provisioned, Resource, is_true, subset, tags_of
from foundation.local.types.identifiers import physical_name


class TrailProvider:
    """AWS::CloudTrail::Trail with selectors, logging state, key and tags; Ref is the name."""

    _FLAGS = ("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "IsOrganizationTrail")
    _NAMES = ("S3BucketName", "S3KeyPrefix", "SnsTopicName", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")

    def create(self, resource: Resource) -> Provisioned:
        name = physical_name("Trail", resource)
        made = client("cloudtrail").create_trail(Name=name, **self._request(resource.properties))
        self._configure(name, made["TrailARN"], {}, resource.properties)
        return name, self._attributes(made["TrailARN"], resource.properties)

    def update(self, resource: Resource) -> Provisioned:
        made = client("cloudtrail").update_trail(Name=resource.physical_id, **self._request(resource.properties))
        self._configure(resource.physical_id, made["TrailARN"], resource.previous, resource.properties)
        return resource.physical_id, self._attributes(made["TrailARN"], resource.properties)

    def delete(self, resource: Resource) -> None:
        trails = client("cloudtrail")
        try:
            trails.delete_trail(Name=resource.physical_id)
        except trails.exceptions.TrailNotFoundException:
            return

    def _request(self, properties: Properties) -> dict[str, Any]:
        request = subset(properties, *self._NAMES)
        request.update({name: is_true(properties[name]) for name in self._FLAGS if name in properties})
        if "EnableLogFileValidation" in properties:
            request["EnableLogFileValidation"] = is_true(properties["EnableLogFileValidation"])
        if "KMSKeyId" in properties:
            request["KmsKeyId"] = properties["KMSKeyId"]
        return request

    @staticmethod
    def _configure(name: str, arn: str, old: Properties, new: Properties) -> None:
        trails = client("cloudtrail")
        selectors = subset(new, "AdvancedEventSelectors", "EventSelectors")
        if selectors.get("AdvancedEventSelectors"):
            trails.put_event_selectors(TrailName=name, AdvancedEventSelectors=selectors["AdvancedEventSelectors"])
        elif selectors.get("EventSelectors"):
            basic = [
                {**item, **{f: is_true(item[f]) for f in ("IncludeManagementEvents",) if f in item}}
                for item in selectors["EventSelectors"]
            ]
            trails.put_event_selectors(TrailName=name, EventSelectors=basic)
        record = cloudtrail._trails[name]
        for kept in ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"):
            # ministack's CreateTrail forgets them, its UpdateTrail keeps what the template dropped.
            record[kept] = new.get(kept, "")
        (trails.start_logging if is_true(new.get("IsLogging")) else trails.stop_logging)(Name=name)
        before, after = tags_of(old.get("Tags")), tags_of(new.get("Tags"))
        gone = [{"Key": key, "Value": before[key]} for key in sorted(before.keys() - after.keys())]
        if gone:
            trails.remove_tags(ResourceId=arn, TagsList=gone)
        if after:
            trails.add_tags(ResourceId=arn, TagsList=[{"Key": k, "Value": v} for k, v in after.items()])

    @staticmethod
    def _attributes(arn: str, properties: Properties) -> dict[str, Any]:
        topic = properties.get("SnsTopicName", "")
        if topic and not topic.startswith("arn:"):
            topic = f"arn:aws:sns:{get_region()}:{arn.split(':')[4]}:{topic}"
        return {"Arn": arn, "SnsTopicArn": topic}


class ReplicaKeyProvider:
    """AWS::KMS::ReplicaKey: the primary key's id and material, with its own policy; Ref is the key id."""

    def create(self, resource: Resource) -> Provisioned:
        primary = str(resource.properties["PrimaryKeyArn"])
        client("kms", region=primary.split(":")[3]).replicate_key(
            KeyId=primary,
            ReplicaRegion=get_region(),
            Policy=_document(resource.properties["KeyPolicy"]),
            Description=resource.properties.get("Description", ""),
            Tags=_key_tags(resource.properties),
        )
        key_id = primary.rpartition("/")[2]
        self._enable(key_id, resource.properties)
        return key_id, self._attributes(key_id)

    def update(self, resource: Resource) -> Provisioned:
        keys = client("kms")
        keys.put_key_policy(
            KeyId=resource.physical_id, PolicyName="default", Policy=_document(resource.properties["KeyPolicy"])
        )
        keys.update_key_description(KeyId=resource.physical_id, Description=resource.properties.get("Description", ""))
        gone = sorted(tags_of(resource.previous.get("Tags")).keys() - tags_of(resource.properties.get("Tags")).keys())
        if gone:
            keys.untag_resource(KeyId=resource.physical_id, TagKeys=gone)
        if _key_tags(resource.properties):
            keys.tag_resource(KeyId=resource.physical_id, Tags=_key_tags(resource.properties))
        self._enable(resource.physical_id, resource.properties)
        return resource.physical_id, self._attributes(resource.physical_id)

    def delete(self, resource: Resource) -> None:
        if kms._resolve_key(resource.physical_id):
            client("kms").schedule_key_deletion(
                KeyId=resource.physical_id, PendingWindowInDays=int(resource.properties.get("PendingWindowInDays", 30))
            )

    @staticmethod
    def _enable(key_id: str, properties: Properties) -> None:
        keys = client("kms")
        (keys.enable_key if is_true(properties.get("Enabled", True)) else keys.disable_key)(KeyId=key_id)

    @staticmethod
    def _attributes(key_id: str) -> dict[str, Any]:
        return {"Arn": client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["Arn"], "KeyId": key_id}


class FlowLogProvider:
    """AWS::EC2::FlowLog; only its tags can change. Ref is the id."""

    def create(self, resource: Resource) -> Provisioned:
        request = subset(resource.properties, "ResourceType", "TrafficType", "LogDestinationType", "LogDestination",
                         "LogGroupName", "DeliverLogsPermissionArn", "LogFormat")  # fmt: skip
        if "MaxAggregationInterval" in resource.properties:
            request["MaxAggregationInterval"] = int(resource.properties["MaxAggregationInterval"])
        made = client("ec2").create_flow_logs(ResourceIds=[resource.properties["ResourceId"]], **request)
        flow_log = str(made["FlowLogIds"][0])
        # ministack's API drops these members of the request.
        ec2._flow_logs[flow_log].update(
            subset(
                resource.properties, "LogGroupName", "DeliverLogsPermissionArn", "LogFormat", "MaxAggregationInterval"
            )
        )
        self._tag(flow_log, {}, resource.properties)
        return flow_log, {"Id": flow_log}

    def update(self, resource: Resource) -> Provisioned:
        self._tag(resource.physical_id, resource.previous, resource.properties)
        return resource.physical_id, {"Id": resource.physical_id}

    def delete(self, resource: Resource) -> None:
        client("ec2").delete_flow_logs(FlowLogIds=[resource.physical_id])

    @staticmethod
    def _tag(flow_log: str, old: Properties, new: Properties) -> None:
        provisioners._ec2_apply_tags(flow_log, {"Tags": new.get("Tags", [])}, old)


def _document(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


def _key_tags(properties: Properties) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags_of(properties.get("Tags")).items()]


PROVIDERS: dict[str, Provider] = {
    "AWS::CloudTrail::Trail": TrailProvider(),
    "AWS::KMS::ReplicaKey": ReplicaKeyProvider(),
    "AWS::EC2::FlowLog": FlowLogProvider(),
}
