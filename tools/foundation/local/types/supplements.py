"""Properties that ministack's own providers drop, put through its APIs after the provider ran."""

from __future__ import annotations

from typing import Any

from ministack.services import ec2, sns

from foundation.local.inprocess import client
from foundation.local.types.base import Resource, subset
from foundation.local.types.buckets import configure_bucket
from foundation.local.types.registry import Supplement
from foundation.local.types.tables import configure_global_table, configure_table, delete_replicas

_TOPIC_ATTRIBUTES = ("KmsMasterKeyId", "TracingConfig", "SignatureVersion")


def configure_vpc(resource: Resource) -> dict[str, Any]:
    """GetAtt CidrBlock and the association lists, which `ec2.Vpc` reads."""
    vpc = ec2._vpcs[resource.physical_id]
    return {"CidrBlock": vpc["CidrBlock"], "CidrBlockAssociations": [], "Ipv6CidrBlocks": []}


def configure_topic(resource: Resource) -> dict[str, Any]:
    """A topic's key and tracing: ministack keeps neither from a template."""
    attributes = sns._topics[resource.physical_id]["attributes"]
    for name in _TOPIC_ATTRIBUTES:
        if name in resource.properties:
            attributes[name] = str(resource.properties[name])
        else:
            attributes.pop(name, None)
    return {}


def configure_function(resource: Resource) -> dict[str, Any]:
    """A function's VPC, dead-letter queue and key."""
    names = ("VpcConfig", "DeadLetterConfig", "KMSKeyArn")
    wanted = subset(resource.properties, *names)
    for name, empty in zip(names, ({"SubnetIds": [], "SecurityGroupIds": []}, {"TargetArn": ""}, ""), strict=True):
        if name in resource.previous and name not in wanted:
            wanted[name] = empty
    vpc = wanted.get("VpcConfig")
    if vpc:
        wanted["VpcConfig"] = subset(vpc, "SubnetIds", "SecurityGroupIds")
    if wanted:
        client("lambda").update_function_configuration(FunctionName=resource.physical_id, **wanted)
    return {}


SUPPLEMENTS = {
    "AWS::DynamoDB::GlobalTable": Supplement(configure_global_table, delete_replicas),
    "AWS::DynamoDB::Table": Supplement(configure_table),
    "AWS::EC2::VPC": Supplement(configure_vpc),
    "AWS::Lambda::Function": Supplement(configure_function),
    "AWS::S3::Bucket": Supplement(configure_bucket),
    "AWS::SNS::Topic": Supplement(configure_topic),
}
