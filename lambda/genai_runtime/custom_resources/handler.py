"""The one function behind all custom resources: the resource's type names the action.

One function and not one each: every account and Region deploys it, with its role, key, queue and alarms. Each custom
resource brings its own permission, so the function can do only what its account deploys.
"""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from genai_runtime.custom_resources import (
    account_public_access_block,
    default_security_group,
    gateway_prefix_lists,
    invocation_logging,
    primary_parameter,
)
from genai_runtime.custom_resources.protocol import Action, Answer, Context, Request, ResourceError, serve

ACTIONS: Mapping[str, Action] = {
    "Custom::AccountPublicAccessBlock": account_public_access_block.act,
    "Custom::ClosedDefaultSecurityGroup": default_security_group.act,
    "Custom::GatewayPrefixLists": gateway_prefix_lists.act,
    "Custom::ModelInvocationLogging": invocation_logging.act,
    "Custom::PrimaryParameter": primary_parameter.act,
}

# CloudFormation created the resource's permission a moment ago; IAM takes seconds to spread it.
_PERMISSION_PAUSES = (2.0, 4.0, 8.0, 16.0)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def handler(event: Mapping[str, Any], context: Context) -> None:
    """Serve one life-cycle event."""
    serve(event, context, _act)


def _act(request: Request) -> Answer:
    action = ACTIONS.get(request.resource_type)
    if action is None:
        raise ResourceError(
            f"unknown resource type {request.resource_type!r}: GF-CRS-004: use one of {', '.join(sorted(ACTIONS))}"
        )
    for pause in _PERMISSION_PAUSES:
        try:
            return action(request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            time.sleep(pause)
    return action(request)
