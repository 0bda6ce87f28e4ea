"""How Bedrock behaves on the local target: pluggable answers, quotas, latency, embeddings, and guardrails that act.

Replaces the data plane of ministack's Bedrock. docs/local-bedrock.md tells the approximations and what they don't prove.
"""

from foundation.local.bedrock.install import PATCHES, admin, install
from foundation.local.bedrock.settings import BedrockSettings, ModelRule

__all__ = ["PATCHES", "BedrockSettings", "ModelRule", "admin", "install"]
