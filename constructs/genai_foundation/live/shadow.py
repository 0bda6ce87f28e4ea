"""The queue between an answer and the candidate that is asked in its shadow."""

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from genai_foundation.iam import document
from genai_foundation.messaging import deny_plain_http

RETENTION_SECONDS = 3600
VISIBILITY_SECONDS = 360
"""Six times the function's time, as Lambda advises (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
ATTEMPTS = 2


class ShadowQueue(Construct):
    """Requests with their answers, for an hour at most: they are as confidential as the conversation that they copy.

    :param key_arn: customer key
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str) -> None:
        super().__init__(scope, construct_id)
        self._key_arn = key_arn
        self.failures = self._queue("Failures")
        self.queue = self._queue(
            "Default",
            visibility_timeout=VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": self.failures.attr_arn, "maxReceiveCount": ATTEMPTS},
        )
        self.arn, self.url = self.queue.attr_arn, self.queue.ref
        self.name, self.failures_name = self.queue.attr_queue_name, self.failures.attr_queue_name
        for name, queue in (("Policy", self.queue), ("FailuresPolicy", self.failures)):
            sqs.CfnQueuePolicy(
                self,
                name,
                queues=[queue.ref],
                policy_document=document([deny_plain_http("sqs:*", queue.attr_arn)]),
            )

    def _queue(self, construct_id: str, **more: Any) -> sqs.CfnQueue:
        return sqs.CfnQueue(
            self,
            construct_id,
            kms_master_key_id=self._key_arn,
            message_retention_period=RETENTION_SECONDS,
            **more,
        )

    def grant_send(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal have requests asked again; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sqs:SendMessage"], resource_arns=[self.queue.attr_arn]
        )
