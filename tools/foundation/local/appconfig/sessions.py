"""The data plane's rules: which requests are its own, how often a session may ask, what it gets before a deployment."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from ministack import app
from ministack.core import router
from ministack.services import appconfig

from foundation.local.appconfig.validators import Response

_PATHS: Final = frozenset({"/configurationsessions", "/configuration"})
_INTERVAL: Final = "RequiredMinimumPollIntervalInSeconds"


def install_routes() -> None:
    """Both planes sign as `appconfig`; only the path tells them apart."""
    upstream = router.detect_service

    def detect_service(method: str, path: str, headers: Mapping[str, str], query: Any) -> str:
        found: str = upstream(method, path, headers, query)
        return "appconfigdata" if found == "appconfig" and path in _PATHS else found

    router.detect_service = detect_service
    app.detect_service = detect_service


def install() -> None:
    """Hold sessions to the interval that they asked for, and tell a client that nothing is deployed."""
    upstream_start, upstream_get = appconfig._start_configuration_session, appconfig._get_latest_configuration

    def start_configuration_session(body: dict[str, Any]) -> Response:
        status, headers, content = upstream_start(body)
        token = json.loads(content).get("InitialConfigurationToken")
        if token and body.get(_INTERVAL):
            appconfig._sessions[token]["EnforcedSeconds"] = int(body[_INTERVAL])
        return status, headers, content

    def get_latest_configuration(token: str) -> Response:
        session = appconfig._sessions.get(token)
        if session is None:
            return _invalid_token("Corrupted", "Invalid or expired configuration token")
        if session.get("NotBefore", 0) > time.monotonic():
            return _invalid_token("PollIntervalNotSatisfied", "Request too early")
        if not _served(session, token):
            return _nothing_deployed(session)
        status, headers, content = upstream_get(token)
        made = appconfig._sessions.get(headers.get("Next-Poll-Configuration-Token"))
        if made is not None and made.get("EnforcedSeconds"):
            made["NotBefore"] = time.monotonic() + made["EnforcedSeconds"]
        return status, headers, content

    appconfig._start_configuration_session = start_configuration_session
    appconfig._get_latest_configuration = get_latest_configuration


def _served(session: dict[str, Any], token: str) -> Any:
    return appconfig._served_deployment(
        session["ApplicationIdentifier"],
        session["EnvironmentIdentifier"],
        session["ConfigurationProfileIdentifier"],
        session.get("SessionId", token),
    )


def _invalid_token(problem: str, message: str) -> Response:
    more = {
        "Reason": "InvalidParameters",
        "Details": {"InvalidParameters": {"ConfigurationToken": {"Problem": problem}}},
    }
    return _with(appconfig._error(400, "BadRequestException", message), more)


def _nothing_deployed(session: dict[str, Any]) -> Response:
    profile = session["ConfigurationProfileIdentifier"]
    message = f"No deployment of configuration profile {profile} in environment {session['EnvironmentIdentifier']}"
    return _with(appconfig._error(404, "ResourceNotFoundException", message), {"ResourceType": "Deployment"})


def _with(answer: Response, more: dict[str, Any]) -> Response:
    status, headers, body = answer
    return status, headers, json.dumps({**json.loads(body), **more}).encode()
