"""Reads an SSM parameter of another Region in this account, where CloudFormation's dynamic references don't reach.

The recovery Region learns the ARN of the multi-Region key that it replicates this way. ResourceProperties: Region,
Name; `Nonce` is ignored (another value makes CloudFormation read again). Attribute: Value.
"""

import re

import boto3
from botocore.exceptions import ClientError

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, Answer, Request, ResourceError

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def act(request: Request) -> Answer:
    """Read the parameter; there is nothing to delete."""
    if request.type == "Delete":
        return Answer(request.physical_id or "parameter", {})
    region, name = request.text("Region"), request.text("Name")
    if not _REGION.fullmatch(region):
        raise ResourceError(f"{region!r} is no Region: GF-CRS-030: set the property Region to one like eu-west-1")
    ssm = boto3.client("ssm", region_name=region, config=CLIENT_CONFIG)
    try:
        value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        raise ResourceError(
            f"parameter {name} does not exist in {region}: GF-CRS-031: deploy the stack that publishes it first"
        ) from error
    return Answer(f"{region}:{name}", {"Value": value})
