"""A workload's security group: out to the endpoints and to nothing else."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

HTTPS = 443


class EndpointAccess(Construct):
    """A security group that reaches interface endpoints and the S3 and DynamoDB gateways over HTTPS, and nothing else.

    :param vpc_id: the VPC
    :param endpoint_group_id: security group of the interface endpoints; gets the matching ingress rule
    :param prefix_list_ids: prefix lists of the gateway endpoints to reach. Default none
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc_id: str,
        endpoint_group_id: str,
        prefix_list_ids: tuple[str, ...] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.CfnSecurityGroup(
            self,
            "Default",
            group_description="Out to VPC endpoints over HTTPS only",
            vpc_id=vpc_id,
            security_group_egress=[
                {
                    "ipProtocol": "tcp",
                    "fromPort": HTTPS,
                    "toPort": HTTPS,
                    "destinationSecurityGroupId": endpoint_group_id,
                    "description": "interface endpoints",
                },
                *(
                    {
                        "ipProtocol": "tcp",
                        "fromPort": HTTPS,
                        "toPort": HTTPS,
                        "destinationPrefixListId": prefix_list,
                        "description": "gateway endpoint",
                    }
                    for prefix_list in prefix_list_ids
                ),
            ],
        )
        self.group_id = self.group.attr_group_id
        ec2.CfnSecurityGroupIngress(
            self,
            "IntoEndpoints",
            group_id=endpoint_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            source_security_group_id=self.group_id,
            description=f"workload {cdk.Names.unique_resource_name(self, max_length=60)}",
        )
