"""State is retained; destroying it needs two keys, turned by two people (rule 6 of the project's design)."""

from dataclasses import dataclass

import aws_cdk as cdk

CONTEXT_KEY = "allow_destroy"


@dataclass(frozen=True)
class DestructionKeys:
    """The first key, turned in the configuration; the second is the CDK context flag `allow_destroy`.

    :param allow_destroy: the configuration's key
    """

    allow_destroy: bool = False


def apply_removal(resource: cdk.CfnResource, keys: DestructionKeys | None) -> None:
    """Retain a resource, unless both keys are turned."""
    both = keys is not None and keys.allow_destroy and resource.node.try_get_context(CONTEXT_KEY) in (True, "true")
    resource.apply_removal_policy(cdk.RemovalPolicy.DESTROY if both else cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
