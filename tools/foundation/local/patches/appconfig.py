"""AppConfig: both planes, validators, sessions."""

from __future__ import annotations

from foundation.local.appconfig import lists, requests, sessions
from foundation.local.authorization import checks, configurations
from foundation.local.patches.base import Patch


def _resources() -> None:
    checks.expansions.append(configurations.permissions)


PATCHES = (
    Patch(
        "appconfig-data-plane",
        "core.router takes appconfigdata's requests for appconfig's, because both sign as appconfig",
        "reading a configuration needs its own permissions and its own VPC endpoint",
        sessions.install_routes,
    ),
    Patch(
        "appconfig-lists",
        "services.appconfig ends every list after 50 items, without a token for more, and lists the oldest deployment first",
        "what is deployed is the newest deployment",
        lists.install,
    ),
    Patch(
        "appconfig-validators",
        "services.appconfig stores validators and never runs them, has no ValidateConfiguration, deploys versions that "
        "don't exist, and ignores the lock on the latest version",
        "an invalid configuration must be refused here too",
        requests.install,
    ),
    Patch(
        "appconfig-sessions",
        "services.appconfig answers a session as often as it asks, and with nothing where nothing is deployed",
        "clients must keep to the interval that they asked for, and do without a configuration",
        sessions.install,
    ),
    Patch(
        "authorization-configurations",
        "core.iam_actions authorises a call of AppConfig on one resource, one of its data plane on *",
        "a deployment needs permission on its application, environment, profile and strategy, a reader on a configuration",
        _resources,
    ),
)
