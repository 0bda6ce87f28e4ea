"""Ids of the prefix lists behind the S3 and DynamoDB gateway endpoints, so that egress rules can name them.

ResourceProperties: Region (the function's own). Attributes: S3, DynamoDb.
"""

import boto3

from genai_runtime.custom_resources.protocol import CLIENT_CONFIG, Answer, Request, ResourceError

_SERVICES = {"S3": "s3", "DynamoDb": "dynamodb"}


def act(request: Request) -> Answer:
    """Look both up; there is nothing to delete."""
    if request.type == "Delete":
        return Answer(request.physical_id or "gateway-prefix-lists", {})
    region = request.text("Region")
    names = {f"com.amazonaws.{region}.{service}": key for key, service in _SERVICES.items()}
    ec2 = boto3.client("ec2", region_name=region, config=CLIENT_CONFIG)
    found = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": sorted(names)}])["PrefixLists"]
    data = {names[each["PrefixListName"]]: each["PrefixListId"] for each in found if each["PrefixListName"] in names}
    missing = sorted(_SERVICES.keys() - data.keys())
    if missing:
        raise ResourceError(f"no prefix list in {region} for {', '.join(missing)}: GF-CRS-040: check the Region")
    return Answer(f"gateway-prefix-lists-{region}", data)
