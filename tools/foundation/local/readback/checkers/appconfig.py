"""AppConfig: applications, environments, strategies, and what checks a configuration."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.local.readback.checkers.base import Check, Checker, Clients, Resource, Result, as_list, key_id

_STRATEGY = {
    "DeploymentDurationInMinutes": None,
    "FinalBakeTimeInMinutes": 0,
    "GrowthFactor": None,
    "GrowthType": "LINEAR",
    "Name": None,
    "ReplicateTo": "NONE",
}


def application(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Name."""
    found = clients("appconfig").get_application(ApplicationId=resource.physical_id)
    yield Check("Name", resource.get("Name"), found.get("Name"))


def environment(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Name and what it watches."""
    found = clients("appconfig").get_environment(
        ApplicationId=resource.get("ApplicationId"), EnvironmentId=resource.physical_id
    )
    yield Check("Name", resource.get("Name"), found.get("Name"))
    yield Check("Monitors", as_list(resource.get("Monitors")), found.get("Monitors", []), unordered=True)


def strategy(resource: Resource, clients: Clients) -> Iterator[Result]:
    """How fast a deployment goes, and how long it is watched."""
    found = clients("appconfig").get_deployment_strategy(DeploymentStrategyId=resource.physical_id)
    for member, default in _STRATEGY.items():
        yield Check(member, resource.get(member, default=default), found.get(member))


def profile(resource: Resource, clients: Clients) -> Iterator[Result]:
    """Where its versions lie, under which key, and what refuses them."""
    found = clients("appconfig").get_configuration_profile(
        ApplicationId=resource.get("ApplicationId"), ConfigurationProfileId=resource.physical_id
    )
    for member in ("Name", "LocationUri"):
        yield Check(member, resource.get(member), found.get(member))
    yield Check("KmsKeyIdentifier", key_id(resource.get("KmsKeyIdentifier")), key_id(found.get("KmsKeyIdentifier")))
    yield Check("Validators", as_list(resource.get("Validators")), found.get("Validators", []))


CHECKERS: dict[str, Checker] = {
    "AWS::AppConfig::Application": application,
    "AWS::AppConfig::ConfigurationProfile": profile,
    "AWS::AppConfig::DeploymentStrategy": strategy,
    "AWS::AppConfig::Environment": environment,
}
