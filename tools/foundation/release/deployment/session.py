"""A warrant redeemed: an hour's credentials in the environment's account, and the seal to verify the release with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boto3
from pydantic import ValidationError

from foundation.release.context import Context, invoked, named_keys
from foundation.release.errors import ReleaseError
from genai_runtime.release.records import Entry, Purpose
from genai_runtime.release.signing import KmsKeys


@dataclass(frozen=True)
class DeploySession:
    """What the function `redeem` handed out. Its repr holds no secret, so that no log can."""

    seal: Entry
    credentials: dict[str, str] = field(repr=False)
    region: str

    @property
    def boto(self) -> boto3.Session:
        """For the release's own folder of the bucket, and the seal's key."""
        return boto3.Session(
            self.credentials["AWS_ACCESS_KEY_ID"],
            self.credentials["AWS_SECRET_ACCESS_KEY"],
            self.credentials["AWS_SESSION_TOKEN"],
            region_name=self.region,
        )


def redeem(context: Context, environment: str, manifest: str, warrant: str, execution: str) -> DeploySession:
    """Redeem the warrant; good once. Raises ReleaseError with the function's own code when it is refused, GF-REL-420 when the
    function fails or answers something else."""
    function = context.variables.get("REDEEM_FUNCTION")
    if not function:
        raise ReleaseError(
            "GF-REL-421",
            f"REDEEM_FUNCTION is not set: a release is deployed by the pipeline's action Deploy of {environment}, people "
            f"deploy with `make deploy ENV={environment}`",
        )
    event = {"manifest": manifest, "execution": execution, "warrant": warrant}
    answer = invoked(context.client("lambda"), function, event, "GF-REL-420")
    try:
        credentials = {
            "AWS_ACCESS_KEY_ID": str(answer["AccessKeyId"]),
            "AWS_SECRET_ACCESS_KEY": str(answer["SecretAccessKey"]),
            "AWS_SESSION_TOKEN": str(answer["SessionToken"]),
        }
        seal = Entry.model_validate(answer["Sealed"])
    except (KeyError, TypeError, ValidationError):  # without the answer: it holds credentials
        raise ReleaseError(
            "GF-REL-420", f"{function} answered no session: deploy the stack Pipeline of shared again"
        ) from None
    return DeploySession(seal, credentials, context.settings.regions.primary.name)


@dataclass(frozen=True)
class SealKey:
    """The key of seals, as another account sees it: the variable KEYS names it, or an alias that accounts know."""

    client: Any
    context: Context

    def keys(self) -> KmsKeys:
        """To verify with. Raises ReleaseError GF-REL-411 for a variable that names no keys, botocore's errors."""
        named = named_keys(self.context.variables).get("seal")
        purpose: Purpose = "seal"
        return KmsKeys(self.client, {purpose: named or self._by_alias()})

    def _by_alias(self) -> str:
        region, account = self.context.settings.regions.primary.name, self.context.settings.account("shared").id
        alias = f"arn:aws:kms:{region}:{account}:alias/genai-foundation-release-seal"
        return str(self.client.get_public_key(KeyId=alias)["KeyId"])
