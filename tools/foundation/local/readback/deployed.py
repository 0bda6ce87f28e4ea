"""A synthesized stack beside what is deployed of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Protocol

from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from foundation.local.readback.assembly import SynthesizedStack
from foundation.local.readback.attributes import attribute
from foundation.local.readback.checkers.base import Clients, Resource
from foundation.local.readback.intrinsics import NO_VALUE, Resolver
from foundation.local.readback.values import Unknown

_ACCOUNT_BEFORE_ADDRESS = re.compile(r"^(https?://)\d{12}\.(?=\d{1,3}(?:\.\d{1,3}){3}[:/])")


class ClientSource(Protocol):
    """Gives clients for any account and Region: the local target, or sessions on AWS."""

    def client(self, service: str, account_id: str, region: str) -> Any:
        """A boto3 client."""
        ...


class CachedClients:
    """Clients of a ClientSource, each made once."""

    def __init__(self, source: ClientSource) -> None:
        self._source = source
        self._made: dict[tuple[str, str, str], Any] = {}

    def of(self, account: str, region: str) -> Clients:
        """The clients of an account, in a Region unless another is asked for."""

        def client(service: str, other: str | None = None) -> Any:
            key = (service, account, other or region)
            if key not in self._made:
                self._made[key] = self._source.client(*key)
                if service == "s3control":
                    self._made[key].meta.events.register("before-sign.s3-control", _keep_address)
            return self._made[key]

        return client


def _keep_address(request: AWSRequest, **_: object) -> None:
    """S3 control makes the account a sub-domain of the endpoint; the local target's is an address, which has none.

    Upstream: https://github.com/aws/aws-sdk-js-v3/issues/7146, the same in botocore.
    """
    request.url = _ACCOUNT_BEFORE_ADDRESS.sub(r"\1", str(request.url))


def resources(stack: SynthesizedStack, clients: Clients, account_resources: list[Resource]) -> list[Resource]:
    """The stack's resources with their intrinsics resolved; they are added to `account_resources` too.

    Raises:
        LookupError: the stack isn't deployed.
    """
    resolver = _resolver(stack, clients)
    found = []
    for logical_id, declared in stack.template.get("Resources", {}).items():
        if "Condition" in declared and not resolver.condition(declared["Condition"]):
            continue
        properties = resolver.resolve(declared.get("Properties", {}))
        found.append(
            Resource(
                logical_id, declared["Type"], resolver.physical_ids.get(logical_id, ""), stack.account, stack.region,
                {} if properties is NO_VALUE else properties, account_resources,
            )
        )  # fmt: skip
    account_resources.extend(found)
    return found


def _resolver(stack: SynthesizedStack, clients: Clients) -> Resolver:
    """Values of the stack as it was deployed."""
    cloudformation = clients("cloudformation")
    try:
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    except ClientError as error:
        raise LookupError(f"stack {stack.name} isn't deployed in {stack.account} {stack.region}: {error}") from error
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    physical = {
        r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for p in pages for r in p["StackResourceSummaries"]
    }
    given = described.get("Parameters", [])
    parameters = {p["ParameterKey"]: p.get("ResolvedValue") or p.get("ParameterValue", "") for p in given}
    declared: dict[str, Any] = stack.template.get("Resources", {})

    @cache
    def get_att(logical_id: str, name: str) -> Any:
        if not physical.get(logical_id):
            return Unknown(f"{logical_id} isn't deployed")
        kind, own = declared[logical_id]["Type"], declared[logical_id].get("Properties", {})
        return attribute(kind, name, physical[logical_id], resolver.resolve(own), stack.account, stack.region, clients)

    resolver = Resolver(
        stack.account, stack.region, stack.name, described["StackId"], physical, stack.template, parameters, get_att,
        lambda name: _parameter(clients, name), lambda region: _zones(clients, region),
    )  # fmt: skip
    return resolver


def _parameter(clients: Clients, name: str) -> str | Unknown:
    try:
        return str(clients("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        return Unknown(f"SSM parameter {name}: {error}")


def _zones(clients: Clients, region: str) -> list[str] | Unknown:
    try:
        found = clients("ec2", region).describe_availability_zones()["AvailabilityZones"]
    except ClientError as error:
        return Unknown(f"availability zones of {region}: {error}")
    return [zone["ZoneName"] for zone in found]
