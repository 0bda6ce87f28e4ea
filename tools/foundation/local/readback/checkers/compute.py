"""Lambda functions with what may invoke them, and Step Functions state machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from foundation.local.readback.checkers.base import (
    Check,
    Checker,
    Clients,
    NotChecked,
    Resource,
    Result,
    as_list,
    key_id,
    missing_is,
)
from foundation.local.readback.values import is_true

_DELIVERY = (
    "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "FilterCriteria", "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds", "MaximumRetryAttempts", "ParallelizationFactor", "ScalingConfig", "StartingPosition",
)  # fmt: skip


def function(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Role, runtime, key, network, tracing, concurrency, dead letters, environment."""
    api, name = clients("lambda"), resource.physical_id
    found = api.get_function_configuration(FunctionName=name)
    for member, default in (("Runtime", None), ("Handler", None), ("Role", None), ("MemorySize", 128), ("Timeout", 3)):
        yield Check(member, resource.get(member, default=default), found.get(member))
    yield Check(
        "Architectures", resource.get("Architectures", default=["x86_64"]), found.get("Architectures", ["x86_64"])
    )
    yield Check("KmsKeyArn", key_id(resource.get("KmsKeyArn")), key_id(found.get("KMSKeyArn")))
    network = found.get("VpcConfig") or {}
    for member in ("SubnetIds", "SecurityGroupIds"):
        yield Check(
            f"VpcConfig.{member}", as_list(resource.get("VpcConfig", member)), network.get(member, []), unordered=True
        )
    tracing = resource.get("TracingConfig", "Mode", default="PassThrough")
    yield Check("TracingConfig", tracing, (found.get("TracingConfig") or {}).get("Mode", "PassThrough"))
    dead_letters = (found.get("DeadLetterConfig") or {}).get("TargetArn")
    yield Check("DeadLetterConfig", resource.get("DeadLetterConfig", "TargetArn"), dead_letters)
    variables = (found.get("Environment") or {}).get("Variables", {})
    yield Check("Environment", resource.get("Environment", "Variables", default={}), variables)
    layers = [layer["Arn"] for layer in found.get("Layers", [])]
    yield Check("Layers", as_list(resource.get("Layers")), layers)
    reserved = api.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    yield Check("ReservedConcurrentExecutions", resource.get("ReservedConcurrentExecutions"), reserved)


def alias(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Name and version of the function."""
    name, function_name = resource.get("Name"), resource.get("FunctionName")
    found = clients("lambda").get_alias(FunctionName=function_name, Name=name)
    yield Check("FunctionVersion", resource.get("FunctionVersion"), found["FunctionVersion"])
    yield Check("ProvisionedConcurrency", resource.get("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"),
                _provisioned(clients("lambda"), function_name, name))  # fmt: skip


def permission(resource: Resource, clients: Clients) -> Iterator[Result]:
    """One statement of the function's policy says exactly this."""
    name = resource.get("FunctionName")
    answer = missing_is(lambda: clients("lambda").get_policy(FunctionName=name), "ResourceNotFoundException")
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    wanted = {
        "Action": resource.get("Action"),
        "Principal": resource.get("Principal"),
        "SourceArn": resource.get("SourceArn"),
        "SourceAccount": resource.get("SourceAccount"),
        "PrincipalOrgID": resource.get("PrincipalOrgID"),
    }
    granted = [_granted(statement) for statement in statements]
    yield Check("Statement", wanted, next((g for g in granted if g == wanted), granted[0] if granted else None))


def layer(resource: Resource, clients: Clients) -> Iterator[Result]:
    """The version exists, for the declared runtimes. Its content is an asset, checked by its hash at deployment."""
    found = clients("lambda").get_layer_version_by_arn(Arn=resource.physical_id)
    yield Check("CompatibleRuntimes", as_list(resource.get("CompatibleRuntimes")), found.get("CompatibleRuntimes", []))
    yield NotChecked(
        "Content", "an asset: the template names it by its hash, Lambda gives no hash that can be compared"
    )


def event_source(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Source, function and state, what is delivered together, how often, and where it ends."""
    found = clients("lambda").get_event_source_mapping(UUID=resource.physical_id)
    for member in _DELIVERY:
        if (expected := resource.get(member)) is not None:
            yield Check(member, expected, found.get(member))
    yield Check("EventSourceArn", resource.get("EventSourceArn"), found.get("EventSourceArn"))
    yield Check(
        "Enabled",
        is_true(resource.get("Enabled", default=True)),
        found.get("State") in ("Enabled", "Enabling", "Creating"),
    )


def invoke_config(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Retries and destinations of asynchronous invocations."""
    found = clients("lambda").get_function_event_invoke_config(
        FunctionName=resource.get("FunctionName"), Qualifier=resource.get("Qualifier")
    )
    for member in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
        if (expected := resource.get(member)) is not None:
            yield Check(member, expected, found.get(member))
    failure = resource.get("DestinationConfig", "OnFailure", "Destination")
    actual = ((found.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    yield Check("DestinationConfig.OnFailure", failure, actual)


def state_machine(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Role, logging, tracing, key."""
    found = clients("stepfunctions").describe_state_machine(stateMachineArn=resource.physical_id)
    yield Check("RoleArn", resource.get("RoleArn"), found["roleArn"])
    logging = found.get("loggingConfiguration") or {}
    yield Check(
        "LoggingConfiguration.Level",
        resource.get("LoggingConfiguration", "Level", default="OFF"),
        logging.get("level", "OFF"),
    )
    tracing = (found.get("tracingConfiguration") or {}).get("enabled", False)
    yield Check(
        "TracingConfiguration", is_true(resource.get("TracingConfiguration", "Enabled", default=False)), tracing
    )
    key = (found.get("encryptionConfiguration") or {}).get("kmsKeyId")
    yield Check("EncryptionConfiguration", key_id(resource.get("EncryptionConfiguration", "KmsKeyId")), key_id(key))


def _provisioned(api: Any, function_name: Any, name: Any) -> Any:
    found = missing_is(
        lambda: api.get_provisioned_concurrency_config(FunctionName=function_name, Qualifier=name),
        "ProvisionedConcurrencyConfigNotFoundException",
        "ResourceNotFoundException",
    )
    return (found or {}).get("RequestedProvisionedConcurrentExecutions")


def _granted(statement: Any) -> dict[str, Any]:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        principal = principal.get("Service") or principal.get("AWS")
    conditions = {name: v for values in (statement.get("Condition") or {}).values() for name, v in values.items()}
    lowered = {name.lower(): value for name, value in conditions.items()}
    return {
        "Action": statement.get("Action"),
        "Principal": principal,
        "SourceArn": lowered.get("aws:sourcearn"),
        "SourceAccount": lowered.get("aws:sourceaccount"),
        "PrincipalOrgID": lowered.get("aws:principalorgid"),
    }


CHECKERS: dict[str, Checker] = {
    "AWS::Lambda::Alias": alias,
    "AWS::Lambda::EventInvokeConfig": invoke_config,
    "AWS::Lambda::EventSourceMapping": event_source,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::LayerVersion": layer,
    "AWS::Lambda::Permission": permission,
    "AWS::StepFunctions::StateMachine": state_machine,
}
