"""From a warrant to a deployed environment. Nothing reaches the CDK CLI that isn't sealed, byte for byte."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foundation import cdk
from foundation.release.bundle import archive
from foundation.release.bundle.upload import fetch_files
from foundation.release.context import Context
from foundation.release.deployment.session import DeploySession, SealKey, redeem
from foundation.release.errors import ReleaseError
from genai_runtime.release import entries
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import check_seal
from genai_runtime.release.manifest import Environment, Manifest
from genai_runtime.release.signing import Keys
from stacks.settings import Settings

_KEPT = ("AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED")
"""Variables that say where AWS is, and none that says who asks."""


def deploy(
    context: Context,
    environment: Environment,
    manifest: str,
    warrant: str,
    execution: str,
    *,
    on_stack: Callable[[str, bool], None] = lambda _stack, _unchanged: None,
) -> cdk.Deployment:
    """Deploy a release to an environment with the session that its warrant is good for.

    Raises ReleaseError and ReleaseRefused before anything is deployed when warrant, manifest, seal or a file doesn't hold, and
    CdkError when a stack fails; then the stage is retried, with another warrant.
    """
    session = redeem(context, environment, manifest, warrant, execution)
    clients: Any = session.boto
    keys = SealKey(clients.client("kms"), context).keys()
    s3 = clients.client("s3")
    release = verified_manifest(ReleaseBucket(s3, context.bucket), keys, session, manifest)
    with tempfile.TemporaryDirectory(prefix="release-") as work:
        folder = Path(work)
        files = fetch_files(s3, context.bucket, manifest, folder / "files.zip")
        archive.unpack(files, release.files, folder / "release")
        assembly = folder / "release" / archive.ASSEMBLY
        check_stage(assembly, environment, context.settings)
        return cdk.deploy_stage(assembly, environment, cli_variables(context, session), on_stack=on_stack)


def verified_manifest(releases: ReleaseBucket, keys: Keys, session: DeploySession, hash_: str) -> Manifest:
    """The manifest with this hash, if the seal is genuine and is its own. Raises ReleaseRefused, ReleaseError GF-REL-422 for
    the seal of another release."""
    seal = session.seal
    if seal.manifest != hash_ or seal.statement.kind != "sealed":
        raise ReleaseError(
            "GF-REL-422",
            f"the session came with {seal.entry} of {seal.manifest}, not with the seal of {hash_}: run the stage again from "
            "its Authorize",
        )
    entries.check(keys, seal)
    manifest = releases.manifest(hash_)
    check_seal(manifest, hash_, [seal.statement])
    return manifest


def check_stage(assembly: Path, environment: Environment, settings: Settings) -> None:
    """Raises ReleaseError GF-REL-423 unless the assembly has the environment's stacks, all of them for its own account."""
    accounts, wanted = _accounts(assembly, environment), settings.account(environment).id
    if accounts != {wanted}:
        raise ReleaseError(
            "GF-REL-423",
            f"the release's stacks of {environment} are for {', '.join(sorted(accounts)) or 'no account'}, this checkout says "
            f"{wanted}: start the pipeline again from its commit",
        )


def _accounts(assembly: Path, environment: Environment) -> set[str]:
    """Accounts that the stacks of a stage go to."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stage = artifacts.get(f"assembly-{environment}")
    if stage is None:
        return set()
    nested = json.loads((assembly / stage["properties"]["directoryName"] / "manifest.json").read_text())["artifacts"]
    stacks = [each for each in nested.values() if each["type"] == "aws:cloudformation:stack"]
    return {str(each["environment"]).removeprefix("aws://").partition("/")[0] for each in stacks}


def cli_variables(
    context: Context, session: DeploySession, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The CDK CLI's variables: the session, the Region, and where AWS is."""
    around = os.environ if environment is None else environment
    kept = {name: value for name, value in around.items() if name in _KEPT or name.startswith("AWS_ENDPOINT_URL_")}
    region = context.settings.regions.primary.name
    return {**kept, **session.credentials, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
