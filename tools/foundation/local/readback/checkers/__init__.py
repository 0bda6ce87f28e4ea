"""One small checker for each resource type, and the types that have none, with the reason."""

from __future__ import annotations

from foundation.local.readback.checkers import (
    appconfig,
    bedrock,
    compute,
    data,
    delivery,
    identity,
    kms,
    network,
    s3,
    watch,
)
from foundation.local.readback.checkers.base import Check, Checker, Clients, NotChecked, Resource, Result

__all__ = ["CHECKERS", "WITHOUT_CHECKER", "Check", "Checker", "Clients", "NotChecked", "Resource", "Result"]

CHECKERS: dict[str, Checker] = {
    **appconfig.CHECKERS,
    **bedrock.CHECKERS,
    **compute.CHECKERS,
    **data.CHECKERS,
    **delivery.CHECKERS,
    **identity.CHECKERS,
    **kms.CHECKERS,
    **network.CHECKERS,
    **s3.CHECKERS,
    **watch.CHECKERS,
}

WITHOUT_CHECKER = {
    "AWS::CDK::Metadata": "describes the construct library, makes nothing",
    "AWS::EC2::Route": "checked with its route table, which may hold no other route",
    "AWS::EC2::SecurityGroupEgress": "checked with its security group, which may hold no other rule",
    "AWS::EC2::SecurityGroupIngress": "checked with its security group, which may hold no other rule",
    "AWS::EC2::SubnetRouteTableAssociation": "checked with its route table",
    "Custom::GatewayPrefixLists": "only reads: the ids of AWS's prefix lists",
    "Custom::PrimaryParameter": "only reads: a parameter of the primary Region",
}
"""Types that need no checker, with the reason; a type that is neither here nor in CHECKERS fails the read-back."""
