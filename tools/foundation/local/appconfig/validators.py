"""Runs a configuration profile's validators, where AWS runs them.

A JSON schema when a version is stored, validated or deployed; a function when a version is validated or deployed (AWS
AppConfig User Guide, "Understanding validators"; API Reference, BadRequestDetails).
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Final

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError
from ministack.core import iam_evaluator
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import appconfig, lambda_svc

Response = tuple[int, dict[str, str], bytes]
Detail = dict[str, str]

MOST = 2
"""Validators of a profile."""
LIMIT_SECONDS: Final = 15.0
"""Run time of a function, its start included."""
_PRINCIPAL: Final = "appconfig.amazonaws.com"


def faulty(validators: list[dict[str, Any]]) -> str | None:
    """Why a profile can't have these validators; None when it can. Schemas are of draft 4, as AppConfig takes them."""
    if len(validators) > MOST:
        return f"{len(validators)} validators: a configuration profile has at most {MOST}"
    for each in validators:
        if each.get("Type") != "JSON_SCHEMA":
            continue
        try:
            schema = json.loads(each.get("Content") or "")
            Draft4Validator.check_schema(schema)
        except (ValueError, SchemaError) as error:
            return f"the JSON schema of a validator is invalid: {str(error).splitlines()[0]}"
        if "draft-04" not in str(schema.get("$schema", "draft-04")):
            return f"the JSON schema of a validator is of {schema['$schema']}: only draft 4 is supported"
    return None


def against_schemas(profile: dict[str, Any], content: bytes) -> list[Detail]:
    """What the profile's JSON schemas find."""
    found: list[Detail] = []
    for validator in profile.get("Validators") or []:
        if validator.get("Type") != "JSON_SCHEMA":
            continue
        try:
            document = json.loads(content)
        except ValueError as fault:
            return [{"Type": "JSON_SCHEMA", "Reason": f"the configuration is not JSON: {fault}", "Location": "#"}]
        for error in Draft4Validator(json.loads(validator["Content"])).iter_errors(document):
            where = "/".join(["#", *(str(part) for part in error.absolute_path)])
            constraint = str(error.validator)
            found.append({"Type": "JSON_SCHEMA", "Constraint": constraint, "Location": where, "Reason": error.message})
    return found


async def against_functions(application: str, profile: dict[str, Any], version: str, content: bytes) -> list[Detail]:
    """What the profile's functions refuse; each is really invoked, in AppConfig's name."""
    event = {
        "applicationId": application,
        "configurationProfileId": profile["Id"],
        "configurationVersion": version,
        "content": base64.b64encode(content).decode(),
        "uri": profile.get("LocationUri", "hosted"),
    }
    found: list[Detail] = []
    for validator in profile.get("Validators") or []:
        if validator.get("Type") == "LAMBDA":
            reason = await _refusal(str(validator["Content"]), application, str(profile["Id"]), event)
            if reason:
                found.append({"Type": "LAMBDA", "Location": str(validator["Content"]), "Reason": reason})
    return found


async def _refusal(arn: str, application: str, profile: str, event: dict[str, str]) -> str | None:
    record = lambda_svc._functions.get(parse_arn(arn).resource.split(":")[1])
    if record is None:
        return f"the function {arn} does not exist"
    if not _may_invoke(record, arn, application, profile):
        return f"{_PRINCIPAL} is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
    try:
        answer = await asyncio.wait_for(asyncio.to_thread(lambda_svc._execute_function, record, event), LIMIT_SECONDS)
    except TimeoutError:
        return f"the function took longer than {LIMIT_SECONDS:.0f} seconds"
    if not answer.get("error"):
        return None
    body = answer.get("body")
    return str(body.get("errorMessage", body)) if isinstance(body, dict) else str(body)


def _may_invoke(record: dict[str, Any], arn: str, application: str, profile: str) -> bool:
    """Whether the function's policy admits AppConfig for this profile."""
    account, region = get_account_id(), get_region()
    source = f"arn:aws:appconfig:{region}:{account}:application/{application}/configurationprofile/{profile}"
    context = iam_evaluator.EvalContext(
        principal_arn=_PRINCIPAL,
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=arn,
        region=region,
        service_context={"aws:sourceaccount": account, "aws:sourcearn": source},
    )
    decided = iam_evaluator.evaluate_resource_policy(record.get("policy"), context, service=_PRINCIPAL)
    return bool(decided.decision == "Allow")


def refused(details: list[Detail]) -> Response:
    """BadRequestException with what was found."""
    message = "Error invalid configuration: " + "; ".join(each["Reason"] for each in details)
    status, headers, body = appconfig._error(400, "BadRequestException", message)
    more = {"Reason": "InvalidConfiguration", "Details": {"InvalidConfiguration": details}}
    return status, headers, json.dumps({**json.loads(body), **more}).encode()
