"""Customer keys: used across accounts by policy, and needed by whoever reads or writes what they encrypt.

ministack finds a key in the caller's account only, and lets anyone who may read an object or item
read it whatever key it is under.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb, kms, s3, sns, sqs

from foundation.local.authorization.checks import Check, Request

# Whether the request names its key by a ciphertext only, which carries a bare id; otherwise another
# account's key must be given by its ARN.
_from_ciphertext: contextvars.ContextVar[bool] = contextvars.ContextVar("foundation_from_ciphertext", default=False)
_S3_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
# Of a request that begins an upload in parts, or uploads one.
_OF_PARTS = {"uploads", "partNumber"}
_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"
_NEEDS: dict[str, tuple[str, ...]] = {
    "s3:GetObject": (_READ,),
    "s3:GetObjectVersion": (_READ,),
    "s3:PutObject": (_WRITE,),
    "sns:Publish": (_WRITE, _READ),
    "sqs:SendMessage": (_WRITE, _READ),
    "sqs:ReceiveMessage": (_READ,),
    **{f"dynamodb:{operation}": (_READ,) for operation in (
        "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "GetRecords", "PutItem", "Query",
        "Scan", "UpdateItem",
    )},
}  # fmt: skip


def install() -> None:
    """Let KMS find keys of other accounts; their policies and the caller's decide (checks.enforce)."""
    upstream_resolve, upstream_resource = kms._resolve_key, iam_actions.extract_resource_arn

    def resolve_key(identifier: str) -> Any:
        found = upstream_resolve(identifier)
        if found is None and identifier and (identifier.startswith("arn:") or _from_ciphertext.get()):
            found = _foreign(identifier)
        return found

    def key_policy_for_arn(arn: str) -> tuple[str, str] | None:
        record = kms._resolve_key(arn)
        return (record.get("Policy") or "", record["Arn"].split(":")[4]) if record else None

    def extract_resource_arn(service: str, *rest: Any) -> str:
        found: str = upstream_resource(service, *rest)
        _from_ciphertext.set(service == "kms" and not iam_actions._safe_json_field(rest[3], "KeyId"))
        if service != "kms" or found == "*":
            return found
        # AWS evaluates the key behind an alias or a ciphertext, whoever owns it.
        record = kms._resolve_key(found) or kms._resolve_key(found.rpartition("/")[2])
        return str(record["Arn"]) if record else found

    kms._resolve_key = resolve_key
    kms.key_policy_for_arn = key_policy_for_arn
    iam_actions.extract_resource_arn = extract_resource_arn


def _foreign(identifier: str) -> Any:
    """A key of another account in this Region, by ARN or by the id that a ciphertext carries."""
    key_id = (identifier or "").rpartition("/")[2]
    for (_, region, name), record in kms._keys.all_items():
        if name == key_id and region == get_region() and identifier in (key_id, record["Arn"]):
            return record
    return None


def permissions(request: Request, check: Check) -> Iterable[Check] | None:
    """The permission itself and those for the customer key of the data, None when there is neither a key nor a condition."""
    needed = _NEEDS.get(check.action)
    key = _key_of(request, check) if needed else None
    created = _creation(request, check)
    if not needed or key is None:
        return [created] if created is not check else None
    check = created
    via = {"kms:ViaService": f"{check.service}.{request.region}.amazonaws.com", **_encryption_context(check)}
    return [check, *(Check(action, key, "kms", via) for action in needed)]


def _creation(request: Request, check: Check) -> Check:
    """An object's creation with the condition keys by which a policy refuses to replace one (Amazon S3 User Guide, "Enforce
    conditional writes"). An upload in parts creates its object when it is completed."""
    if check.action != "s3:PutObject":
        return check
    given = {"s3:ObjectCreationOperation": "false" if _OF_PARTS & request.query.keys() else "true"}
    if condition := request.headers.get("if-none-match"):
        given["s3:if-none-match"] = condition
    return replace(check, context={**check.context, **given})


def _key_of(request: Request, check: Check) -> str | None:
    """The ARN of the customer key in play; None for AWS's own keys, which need no permission."""
    given = _object_key(request, check) if check.service == "s3" else _KEYS[check.service](check.resource)
    record = kms._resolve_key(given) if given else None
    return str(record["Arn"]) if record else None


def _object_key(request: Request, check: Check) -> str:
    bucket, _, name = check.resource.removeprefix("arn:aws:s3:::").partition("/")
    if check.action == "s3:PutObject":
        asked = request.headers.get(_S3_KEY, "")
        return asked or str(_in_owner(bucket, lambda: s3._bucket_default_sse_headers(bucket)).get(_S3_KEY, ""))
    record = (s3._buckets.get_scoped(s3._bucket_owner_account(bucket), None, bucket) or {}).get("objects", {}).get(name)
    return str(s3._stored_sse_headers(record).get(_S3_KEY, "")) if record else ""


def _encryption_context(check: Check) -> dict[str, str]:
    """What S3 binds a data key to: the object, or its bucket where that has a bucket key (Amazon S3 User Guide)."""
    if check.service != "s3":
        return {}
    bucket = check.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    configured = _in_owner(bucket, lambda: s3._bucket_encryption.get(bucket)) or b""
    text = configured.decode() if isinstance(configured, bytes) else str(configured)
    shared = "<BucketKeyEnabled>true</BucketKeyEnabled>" in text
    return {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}" if shared else check.resource}


def _in_owner(bucket: str, call: Callable[[], Any]) -> Any:
    with request_scope(s3._bucket_owner_account(bucket) or get_account_id(), get_region()):
        return call()


def _table_key(arn: str) -> str:
    name = arn.partition(":table/")[2].partition("/")[0]
    description = (dynamodb._tables.get(name) or {}).get("SSEDescription") or {}
    return str(description.get("KMSMasterKeyArn", "")) if description.get("Status") == "ENABLED" else ""


def _topic_key(arn: str) -> str:
    return str((sns._topics.get(arn) or {}).get("attributes", {}).get("KmsMasterKeyId", ""))


def _queue_key(arn: str) -> str:
    url = sqs._queue_name_to_url.get(arn.rpartition(":")[2])
    return str((sqs._queues.get(url) or {}).get("attributes", {}).get("KmsMasterKeyId", "")) if url else ""


_KEYS: dict[str, Callable[[str], str]] = {"dynamodb": _table_key, "sns": _topic_key, "sqs": _queue_key}
