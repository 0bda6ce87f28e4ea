"""A secret that never leaves the function's memory, and numbers made from it."""

import hashlib
import hmac
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

PURPOSE = b"genai-foundation/evaluation/redaction/v1"


def secret_of(client: "KMSClient", key_id: str) -> bytes:
    """The secret of this account's HMAC key: the same in every run, and nobody can compute it without kms:GenerateMac.

    One MAC over a fixed text, as key for all others (HMAC as extractor and key derivation: NIST SP 800-108r1, 4.1).
    """
    return client.generate_mac(KeyId=key_id, MacAlgorithm="HMAC_SHA_256", Message=PURPOSE)["Mac"]


def keyed(secret: bytes, *parts: str) -> int:
    """A number for some texts (HMAC-SHA-256). Parts are told apart by their lengths."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha256), "big")


def generator(seed: int) -> random.Random:
    """A generator that always gives the same for a seed. Not for secrets: the seed is the secret."""
    return random.Random(seed)  # noqa: S311
