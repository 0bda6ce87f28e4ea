"""Changes to ministack 1.5.33, each with its reason; docs/local-target.md lists them."""

from __future__ import annotations

from foundation.local.patches import bedrock, cloudformation, ec2, s3
from foundation.local.patches.base import Patch

PATCHES: tuple[Patch, ...] = (*bedrock.PATCHES, *cloudformation.PATCHES, *ec2.PATCHES, *s3.PATCHES)


def apply_patches() -> None:
    for patch in PATCHES:
        patch.apply()
