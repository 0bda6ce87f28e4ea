"""Stands in front of ministack's AppConfig: a version is checked before it is stored or deployed."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.services import appconfig

from foundation.local.appconfig.validators import Response, against_functions, against_schemas, refused

_PROFILE = r"/applications/([^/]+)/configurationprofiles/([^/]+)"
_VERSIONS = re.compile(_PROFILE + "/hostedconfigurationversions")
_VALIDATORS = re.compile(_PROFILE + "/validators")
_DEPLOYMENTS = re.compile(r"/applications/([^/]+)/environments/([^/]+)/deployments")


def install() -> None:
    upstream = appconfig.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        if method == "POST":
            if found := _VERSIONS.fullmatch(path):
                denied = _conflict(found[1], found[2], headers) or _stored(found[1], found[2], body)
                return denied or await upstream(method, path, headers, body, query)
            if found := _VALIDATORS.fullmatch(path):
                version = (query.get("configuration_version") or [""])[0]
                return await _checked(found[1], found[2], version) or (204, {}, b"")
            if found := _DEPLOYMENTS.fullmatch(path):
                asked = json.loads(body or b"{}")
                profile = str(asked.get("ConfigurationProfileId", ""))
                version = _number(found[1], profile, str(asked.get("ConfigurationVersion", "")))
                denied = await _checked(found[1], profile, version)
                body = json.dumps({**asked, "ConfigurationVersion": version}).encode()
                return denied or await upstream(method, path, headers, body, query)
        answer: Response = await upstream(method, path, headers, body, query)
        return answer

    appconfig.handle_request = handle_request


def _conflict(application: str, profile: str, headers: dict[str, str]) -> Response | None:
    """The optional lock: the number of the newest version that the caller knows."""
    known = headers.get("latest-version-number")
    newest = appconfig._latest_hosted_version_number(application, profile)
    if known is None or int(known) == newest:
        return None
    return _error(409, "ConflictException", f"LatestVersionNumber {known} is not the latest version {newest}.")


def _stored(application: str, profile: str, content: bytes) -> Response | None:
    record = appconfig._config_profiles.get(f"{application}/{profile}") or {}
    found = against_schemas(record, content)
    return refused(found) if found else None


async def _checked(application: str, profile: str, version: str) -> Response | None:
    """A refusal of a stored version by its profile's validators."""
    record = appconfig._config_profiles.get(f"{application}/{profile}")
    if record is None:
        return _error(404, "ResourceNotFoundException", f"Configuration profile {profile} not found")
    stored = appconfig._hosted_versions.get(f"{application}/{profile}/{version}")
    if stored is None:
        return _error(404, "ResourceNotFoundException", f"Hosted configuration version {version} not found")
    raw = stored["Content"]
    content = raw if isinstance(raw, bytes) else str(raw).encode()
    found = against_schemas(record, content) or await against_functions(application, record, version, content)
    return refused(found) if found else None


def _number(application: str, profile: str, version: str) -> str:
    """The number of a version that is given by number or label."""
    prefix = f"{application}/{profile}/"
    for key, record in appconfig._hosted_versions.items():
        if key.startswith(prefix) and version and record.get("VersionLabel") == version:
            return str(record["VersionNumber"])
    return version


def _error(status: int, code: str, message: str) -> Response:
    made: Response = appconfig._error(status, code, message)
    return made
