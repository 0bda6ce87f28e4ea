"""The resource of each call: a pipeline, or an approval action of it; results of jobs have none.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from foundation.local.authorization.checks import Check, Request


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    if check.service != "codepipeline":
        return None
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        given = {}
    name = (given.get("pipelineName") or given.get("name")) if isinstance(given, dict) else None
    if not name:
        return None
    arn = f"arn:aws:codepipeline:{request.region}:{request.account}:{name}"
    if check.action == "codepipeline:PutApprovalResult":
        arn = f"{arn}/{given.get('stageName', '')}/{given.get('actionName', '')}"
    return [replace(check, resource=arn)]
