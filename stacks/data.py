"""Data: the encrypted, versioned, access-logged buckets of the governance and producer accounts (RAG-4, RAG-5, EVAL-1)."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.evaluation.datasets import KEY, GoldenDatasets, Stage, golden_bucket_name
from genai_foundation.evaluation.redaction import DatasetRedaction
from genai_foundation.function import Placement
from genai_foundation.layers import layer_version
from genai_foundation.network.access import EndpointAccess
from genai_foundation.storage import SecureBucket
from stacks.site import Site

# What lies in each account; ingestion and lineage fill and read them. Golden datasets have a construct of their own.
GOVERNANCE_BUCKETS = ("Documents", "Lineage")
PRODUCER_BUCKETS = ("Sources",)
# Development never sees personal data of golden datasets; the environments that decide about releases need it.
DATASET_READERS: dict[str, Stage] = {"dev": "redacted", "pre-prod": "golden", "prod": "golden"}


class DataStack(cdk.Stack):
    """The data buckets of an account in its primary Region; each name is published as `data/BUCKET-bucket`."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(scope, site.construct_id("Data"), env=site.env, description="Data buckets")
        governs = site.account.role == "data-governance"
        for name in GOVERNANCE_BUCKETS if governs else PRODUCER_BUCKETS:
            bucket = SecureBucket(
                self,
                name,
                key_arn=contract.reference(contract.DATA_KEY),
                access_log_bucket=contract.reference(contract.ACCESS_LOG_BUCKET),
                noncurrent_days=site.settings.retention.audit_days,
                destruction=site.destruction,
            )
            contract.publish(self, f"{name}Bucket", contract.data_bucket(name), bucket.name)
        if governs:
            settings = site.settings
            GoldenDatasets(
                self,
                "GoldenDatasets",
                readers={settings.account(stage).id: prefix for stage, prefix in DATASET_READERS.items()},
                organization_id=settings.organization.id,
                access_log_bucket=contract.reference(contract.ACCESS_LOG_BUCKET),
                noncurrent_days=settings.retention.audit_days,
                destruction=site.destruction,
            ).publish()


class RedactionStack(cdk.Stack):
    """What makes the redacted copies of golden datasets; in the governance account, after its data and network."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Redaction"), env=site.env, description="Redaction of golden datasets"
        )
        access = EndpointAccess(
            self,
            "Network",
            vpc_id=contract.reference(contract.VPC_ID),
            endpoint_group_id=contract.reference(contract.ENDPOINT_SECURITY_GROUP),
            prefix_list_ids=(contract.reference(contract.S3_PREFIX_LIST),),
        )
        zones = range(1, len(site.region.availability_zones) + 1)
        DatasetRedaction(
            self,
            "Redaction",
            bucket_name=golden_bucket_name(site.account.id, site.region.name),
            key_arn=contract.reference(KEY),
            operations=site.operations(),
            placement=Placement(
                subnet_ids=[contract.reference(contract.subnet_id(index)) for index in zones],
                security_group_ids=[access.group_id],
            ),
            layer_arn=layer_version(self, "Dependencies", "redaction", site.runtime).ref,
            alarm_topic_arn=contract.reference(contract.ALARM_TOPIC),
            runtime=site.runtime,
        ).publish()
