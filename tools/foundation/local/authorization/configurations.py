"""AppConfig: every resource that a call names needs its permission; a session's token stands for a configuration.

Resources: Service Authorization Reference, "Actions, resources, and condition keys for AWS AppConfig".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from ministack.services import appconfig

from foundation.local.authorization.checks import Check, Request


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """The permissions that a call of AppConfig needs; None for other services."""
    if check.service == "appconfigdata":
        return [replace(check, resource=_configuration(request))]
    if check.service != "appconfig":
        return None
    parts = [part for part in request.path.split("/") if part]
    if parts[:1] != ["applications"] or len(parts) < 3:
        return None
    own = f"arn:aws:appconfig:{request.region}:{request.account}:application/{parts[1]}"
    return [replace(check, resource=each) for each in _resources(request, check, own, parts)]


def _resources(request: Request, check: Check, own: str, parts: list[str]) -> list[str]:
    kind, name = parts[2], parts[3] if len(parts) > 3 else ""
    found = [own]
    if kind == "configurationprofiles" and name:
        found.append(f"{own}/configurationprofile/{name}")
        if len(parts) > 5 and parts[4] == "hostedconfigurationversions":
            found.append(f"{found[-1]}/hostedconfigurationversion/{parts[5]}")
    if kind == "environments" and name:
        found.append(f"{own}/environment/{name}")
        if len(parts) > 5 and parts[4] == "deployments":
            found.append(f"{found[-1]}/deployment/{parts[5]}")
    if check.action == "appconfig:StartDeployment":
        asked = json.loads(request.body or b"{}")
        prefix = f"arn:aws:appconfig:{request.region}:{request.account}"
        found.append(f"{own}/configurationprofile/{asked.get('ConfigurationProfileId', '')}")
        found.append(f"{prefix}:deploymentstrategy/{asked.get('DeploymentStrategyId', '')}")
    return found


def _configuration(request: Request) -> str:
    """ARN of the configuration that a session is for, by ids also where names were given."""
    if request.path == "/configurationsessions":
        asked = json.loads(request.body or b"{}")
        application, environment, profile = (
            str(asked.get(f"{kind}Identifier", "")) for kind in ("Application", "Environment", "ConfigurationProfile")
        )
        application = appconfig._resolve_application_id(application) or application
        environment = appconfig._resolve_environment_id(application, environment) or environment
        profile = appconfig._resolve_configuration_profile_id(application, profile) or profile
    else:
        token = (request.query.get("configuration_token") or [""])[0]
        session = appconfig._sessions.get(token) or {}
        application, environment, profile = (
            str(session.get(f"{kind}Identifier", "")) for kind in ("Application", "Environment", "ConfigurationProfile")
        )
    place = f"application/{application}/environment/{environment}/configuration/{profile}"
    return f"arn:aws:appconfig:{request.region}:{request.account}:{place}"
