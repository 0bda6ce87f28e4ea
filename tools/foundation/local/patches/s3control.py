"""S3 Control: the account's public access block."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import cloudcontrol

from foundation.local.patches.base import Patch

PATH = "/v20180820/configuration/publicAccessBlock"
NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# Kept in the store that CloudFormation's generic resources use too, so that it survives like theirs.
STORE_TYPE = "Foundation::S3::AccountPublicAccessBlock"
HOME = "us-east-1"  # the setting is the account's, not a Region's
ACTIONS = {"GET": "s3:GetAccountPublicAccessBlock", "PUT": "s3:PutAccountPublicAccessBlock"}

Response = tuple[int, dict[str, str], bytes]


def _public_access_block() -> None:
    upstream = app._handle_s3_control_request

    async def handle(
        path: str, method: str, body: bytes, query_params: Any, request_id: str, headers: Any = None
    ) -> Any:
        if path.rstrip("/") != PATH:
            return await upstream(path, method, body, query_params, request_id, headers)
        # Deleting needs the permission to put (Service Authorization Reference, Amazon S3).
        action = ACTIONS.get(method, ACTIONS["PUT"])
        denied = app._enforce_data_plane("s3", action, headers or {}, query_params, request_id)
        return denied or _answer(method, body, request_id)

    app._handle_s3_control_request = handle


def _answer(method: str, body: bytes, request_id: str) -> Response:
    headers = {"content-type": "application/xml", "x-amzn-requestid": request_id}
    account = get_account_id()
    store, scope = cloudcontrol._resources, (account, HOME, cloudcontrol._resource_key(STORE_TYPE, account))
    if method == "PUT":
        tree = ElementTree.fromstring(body)  # noqa: S314 - an SDK's own request on loopback
        given = {child.tag.rsplit("}", 1)[-1]: (child.text or "").strip() == "true" for child in tree}
        block = {name: given.get(name, False) for name in SETTINGS}
        record = {"TypeName": STORE_TYPE, "Identifier": account, "Properties": json.dumps(block)}
        store.set_scoped(*scope, record)
        return 201, headers, b""
    if method == "DELETE":
        store.pop_scoped(*scope, None)
        return 204, headers, b""
    stored = store.get_scoped(*scope)
    if stored is None:
        error = (
            "<Code>NoSuchPublicAccessBlockConfiguration</Code><Message>The account has no public access block</Message>"
        )
        return 404, headers, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
    values = "".join(f"<{name}>{str(on).lower()}</{name}>" for name, on in json.loads(stored["Properties"]).items())
    root = "PublicAccessBlockConfiguration"
    return 200, headers, f'<{root} xmlns="{NAMESPACE}">{values}</{root}>'.encode()


PATCHES = (
    Patch(
        "s3control-public-access-block",
        "app answers InvalidURI to the account-level public access block",
        "every account sets it when it is deployed",
        _public_access_block,
    ),
)
