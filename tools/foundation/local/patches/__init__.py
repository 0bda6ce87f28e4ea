"""Changes to ministack 1.5.33, each with its reason; docs/local-target.md lists them."""

from __future__ import annotations

from foundation.local.patches import (
    appconfig,
    authorization,
    bedrock,
    cloudformation,
    codepipeline,
    ec2,
    lambdas,
    s3,
    s3control,
    stepfunctions,
)
from foundation.local.patches.base import Patch

PATCHES: tuple[Patch, ...] = (
    *appconfig.PATCHES,
    *authorization.PATCHES,
    *bedrock.PATCHES,
    *cloudformation.PATCHES,
    *codepipeline.PATCHES,
    *ec2.PATCHES,
    *lambdas.PATCHES,
    *s3.PATCHES,
    *s3control.PATCHES,
    *stepfunctions.PATCHES,
)


def apply_patches() -> None:
    for patch in PATCHES:
        patch.apply()
