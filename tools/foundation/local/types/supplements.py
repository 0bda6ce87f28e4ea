"""Properties that ministack's own providers drop, put through its APIs after the provider ran."""

from __future__ import annotations

from typing import Any

from ministack.services import appconfig, ec2, lambda_svc, sns, stepfunctions

from foundation.local.appconfig.validators import faulty
from foundation.local.authorization.event_sources import denial_of_reading
from foundation.local.inprocess import client
from foundation.local.types.base import Resource, subset
from foundation.local.types.buckets import configure_bucket
from foundation.local.types.registry import Supplement
from foundation.local.types.tables import configure_global_table, configure_table, delete_replicas

# Property, the API's member, and what takes it away again.
_FUNCTION_PARTS: tuple[tuple[str, str, Any], ...] = (
    ("VpcConfig", "VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []}),
    ("DeadLetterConfig", "DeadLetterConfig", {"TargetArn": ""}),
    ("KmsKeyArn", "KMSKeyArn", ""),
)
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
    """A function's VPC, dead-letter queue, key and reserved concurrency."""
    api, name = client("lambda"), resource.physical_id
    wanted: dict[str, Any] = {}
    for given, sent, empty in _FUNCTION_PARTS:
        if given in resource.properties:
            wanted[sent] = resource.properties[given]
        elif given in resource.previous:
            wanted[sent] = empty
    if "VpcConfig" in wanted:
        wanted["VpcConfig"] = subset(wanted["VpcConfig"], "SubnetIds", "SecurityGroupIds")
    if wanted:
        api.update_function_configuration(FunctionName=name, **wanted)
    reserved = resource.properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    elif "ReservedConcurrentExecutions" in resource.previous:
        api.delete_function_concurrency(FunctionName=name)
    return {}


def configure_state_machine(resource: Resource) -> dict[str, Any]:
    """A state machine's logging and tracing: ministack keeps the one as a template spells it, the other not at all."""
    machine = stepfunctions._state_machines[resource.physical_id]
    logging = resource.properties.get("LoggingConfiguration") or {}
    machine["loggingConfiguration"] = {
        "level": logging.get("Level", "OFF"),
        "includeExecutionData": str(logging.get("IncludeExecutionData", False)).lower() == "true",
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": each["CloudWatchLogsLogGroup"]["LogGroupArn"]}}
            for each in logging.get("Destinations", [])
        ],
    }
    tracing = resource.properties.get("TracingConfiguration") or {}
    machine["tracingConfiguration"] = {"enabled": str(tracing.get("Enabled", False)).lower() == "true"}
    return {}


def configure_event_source(resource: Resource) -> dict[str, Any]:
    """A mapping whose function's role may not read the source fails, as on AWS."""
    failures = ((resource.properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")
    source, function = str(resource.properties["EventSourceArn"]), str(resource.properties["FunctionName"])
    denied = denial_of_reading(source, function, str(failures))
    if denied:
        lambda_svc._esms.pop(resource.physical_id, None)
        raise ValueError(f"Cannot access the event source {source}: {denied}")
    return {}


def configure_profile(resource: Resource) -> dict[str, Any]:
    """A configuration profile's validators must be such as AppConfig takes."""
    fault = faulty(resource.properties.get("Validators") or [])
    if fault:
        if not resource.previous:
            appconfig._config_profiles.pop(f"{resource.properties['ApplicationId']}/{resource.physical_id}", None)
        raise ValueError(fault)
    return {}


SUPPLEMENTS = {
    "AWS::AppConfig::ConfigurationProfile": Supplement(configure_profile),
    "AWS::DynamoDB::GlobalTable": Supplement(configure_global_table, delete_replicas),
    "AWS::DynamoDB::Table": Supplement(configure_table),
    "AWS::EC2::VPC": Supplement(configure_vpc),
    "AWS::Lambda::EventSourceMapping": Supplement(configure_event_source),
    "AWS::Lambda::Function": Supplement(configure_function),
    "AWS::S3::Bucket": Supplement(configure_bucket),
    "AWS::SNS::Topic": Supplement(configure_topic),
    "AWS::StepFunctions::StateMachine": Supplement(configure_state_machine),
}
