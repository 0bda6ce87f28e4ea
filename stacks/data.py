"""Data: the encrypted, versioned, access-logged buckets of the governance and producer accounts (RAG-4, RAG-5, EVAL-1)."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.storage import SecureBucket
from stacks.site import Site

# What lies in each account; ingestion, lineage and evaluation fill and read them.
GOVERNANCE_BUCKETS = ("Documents", "GoldenDatasets", "Lineage")
PRODUCER_BUCKETS = ("Sources",)


class DataStack(cdk.Stack):
    """The data buckets of an account in its primary Region; each name is published as `data/BUCKET-bucket`."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(scope, site.construct_id("Data"), env=site.env, description="Data buckets")
        names = GOVERNANCE_BUCKETS if site.account.role == "data-governance" else PRODUCER_BUCKETS
        for name in names:
            bucket = SecureBucket(
                self,
                name,
                key_arn=contract.reference(contract.DATA_KEY),
                access_log_bucket=contract.reference(contract.ACCESS_LOG_BUCKET),
                noncurrent_days=site.settings.retention.audit_days,
                destruction=site.destruction,
            )
            contract.publish(self, f"{name}Bucket", contract.data_bucket(name), bucket.name)
