"""Signatures over forms: HMACs by a key that never leaves KMS."""

import base64
import binascii
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

_PURPOSE = b"evaluation review form\n"
"""Nothing else that the key may ever sign begins with this."""


class Signer(Protocol):
    """Signs a form's digest."""

    def sign(self, digest: str) -> str:
        """The signature, base64url without padding."""
        ...


class Verifier(Protocol):
    """Verifies a form's signature."""

    def verify(self, digest: str, signature: str) -> bool:
        """Whether it was made over this digest."""
        ...


class KmsSigner:
    """GenerateMac and VerifyMac, HMAC_SHA_256. Raises botocore's errors: a step that can't sign must fail."""

    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def sign(self, digest: str) -> str:
        """The signature, base64url without padding."""
        made = self._client.generate_mac(
            KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256", Message=_PURPOSE + digest.encode()
        )
        return base64.urlsafe_b64encode(made["Mac"]).decode().rstrip("=")

    def verify(self, digest: str, signature: str) -> bool:
        """Whether it was made over this digest by this key."""
        try:
            mac = base64.b64decode(signature + "=" * (-len(signature) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return False
        try:
            self._client.verify_mac(
                KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256", Message=_PURPOSE + digest.encode(), Mac=mac
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "KMSInvalidMacException":
                return False
            raise
        return True
