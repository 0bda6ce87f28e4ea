"""Signatures over the ledger's entries: ECDSA by asymmetric keys that never leave KMS, one for each purpose."""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Protocol

from botocore.exceptions import ClientError

from genai_runtime.release.records import Purpose

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

ALGORITHM: Literal["ECDSA_SHA_256"] = "ECDSA_SHA_256"


class Keys(Protocol):
    """The signing keys."""

    def arn(self, purpose: Purpose) -> str:
        """The key of a purpose; empty for one that isn't known here."""
        ...

    def sign(self, purpose: Purpose, digest: bytes) -> str:
        """A signature over a SHA-256 digest, base64."""
        ...

    def verify(self, purpose: Purpose, digest: bytes, signature: str) -> bool:
        """Whether the key of this purpose made the signature over this digest."""
        ...


class KmsKeys:
    """kms:Sign and kms:Verify over digests. Raises botocore's errors: a step that can't sign or verify must fail.

    :param keys: ARN by purpose; who only verifies seals needs that one alone
    """

    def __init__(self, client: "KMSClient", keys: Mapping[Purpose, str]) -> None:
        self._client = client
        self._keys = dict(keys)

    def arn(self, purpose: Purpose) -> str:
        """The key of a purpose; empty for one that isn't known here."""
        return self._keys.get(purpose, "")

    def sign(self, purpose: Purpose, digest: bytes) -> str:
        """A signature over a SHA-256 digest, base64."""
        made = self._client.sign(
            KeyId=self._keys[purpose], Message=digest, MessageType="DIGEST", SigningAlgorithm=ALGORITHM
        )
        return base64.b64encode(made["Signature"]).decode()

    def verify(self, purpose: Purpose, digest: bytes, signature: str) -> bool:
        """Whether the key of this purpose made the signature over this digest."""
        try:
            given = base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return False
        if not given or base64.b64encode(given).decode() != signature:
            return False
        try:
            self._client.verify(
                KeyId=self._keys[purpose],
                Message=digest,
                MessageType="DIGEST",
                Signature=given,
                SigningAlgorithm=ALGORITHM,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "KMSInvalidSignatureException":
                return False
            raise
        return True
