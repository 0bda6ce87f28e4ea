"""The way of the release pipeline into the governance account: publishing suites, and nothing else."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation.evaluation.datasets import BUCKET, golden_bucket_name
from genai_foundation.evaluation.redaction import FUNCTION as REDACT
from genai_foundation.iam import allow
from genai_foundation.release import names
from genai_foundation.release.access import ReleaseRole, Shared, parameter_arn


class DatasetPublishing(Construct):
    """A role that puts versions of suites where they belong and has them redacted.

    A version's key is the hash of its content, so a release that was never promoted leaves objects that nobody reads.

    :param shared: the account that the pipeline runs in
    :param key_arn: customer key of the bucket of golden datasets
    :param redact_name: name of the function that makes redacted copies
    """

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, key_arn: str, redact_name: str) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        bucket = f"arn:aws:s3:::{golden_bucket_name(stack.account, stack.region)}"
        golden = f"{bucket}/golden/*"
        function = f"arn:aws:lambda:{stack.region}:{stack.account}:function:{redact_name}"
        self.publisher = ReleaseRole(
            self,
            "Publisher",
            name=names.PUBLISHER,
            description="Publishes evaluation suites of releases",
            shared=shared,
            marked=[names.PUBLISH],
            statements=[
                allow("Find", ["ssm:GetParameter"], [parameter_arn(stack, key) for key in (BUCKET, REDACT)]),
                allow("List", ["s3:ListBucket"], [bucket]),
                allow("Publish", ["s3:GetObject", "s3:PutObject"], [golden]),
                allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
                allow("Redact", ["lambda:InvokeFunction"], [function]),
            ],
            patterns={golden: "versions of suites; each is named after the hash of its content"},
        )
