"""Network: a VPC without internet and its endpoints; in workload and governance accounts, both Regions (NET-1, NET-2)."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from genai_foundation import contract
from genai_foundation.deploy_actions import DeployActionsReference, GatewayPrefixLists
from genai_foundation.network import PrivateEndpoints, PrivateNetwork
from stacks.site import Site


class NetworkStack(cdk.Stack):
    """The private network of an account and Region; publishes VPC, subnets, endpoint group and prefix lists."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Network"), env=site.env, description="VPC without internet, endpoints"
        )
        settings = site.settings
        actions = DeployActionsReference.published()
        network = PrivateNetwork(
            self,
            "Vpc",
            cidr=settings.network.cidr(site.account.stage, site.region_role),
            availability_zones=site.region.availability_zones,
            logs_key_arn=contract.reference(contract.LOGS_KEY),
            log_retention_days=settings.retention.log_days,
            actions=actions,
        )
        endpoints = PrivateEndpoints(
            self,
            "Endpoints",
            network=network,
            organization_id=settings.organization.id,
            model_arns=self._model_arns(site),
            guardrail_profiles=sorted(
                {
                    spec.cross_region_profile
                    for spec in settings.catalog.guardrails.values()
                    if spec.cross_region_profile
                }
            ),
        )
        # Even a gateway that somebody attaches by hand carries no traffic.
        ec2.CfnVPCBlockPublicAccessOptions(self, "NoInternet", internet_gateway_block_mode="block-bidirectional")
        prefix_lists = GatewayPrefixLists(self, "PrefixLists", actions=actions)
        contract.publish(self, "S3PrefixList", contract.S3_PREFIX_LIST, prefix_lists.s3)
        contract.publish(self, "DynamoDbPrefixList", contract.DYNAMODB_PREFIX_LIST, prefix_lists.dynamodb)
        network.publish()
        endpoints.publish()

    @staticmethod
    def _model_arns(site: Site) -> list[str]:
        """Approved models; the governance account embeds documents with what production approved."""
        if site.account.environment:
            return site.model_arns()
        prod = Site(site.settings, site.settings.account("prod"), site.recovery)
        own = f":{site.account.id}:"
        return [arn.replace(f":{prod.account.id}:", own) for arn in prod.model_arns()]
