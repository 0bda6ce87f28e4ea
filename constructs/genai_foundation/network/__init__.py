"""Private networks: a VPC without any way to the internet, and the endpoints that replace it (NET-1, NET-2)."""

from genai_foundation.network.endpoints import PrivateEndpoints
from genai_foundation.network.private_network import PrivateNetwork

__all__ = ["PrivateEndpoints", "PrivateNetwork"]
