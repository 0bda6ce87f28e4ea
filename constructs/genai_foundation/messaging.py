"""Encrypted topic for alarms and queue for dead letters, both closed to plain HTTP."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.iam import Statement, document
from genai_foundation.reviews import NEXT_REVIEW, OWNER

MAX_RETENTION_SECONDS = (
    14 * 24 * 3600
)  # the longest SQS keeps a message (SQS Developer Guide, "Amazon SQS message quotas")


class NotificationTopic(Construct):
    """Tells people by e-mail; each address confirms its subscription once.

    :param key_arn: customer key; its policy must let the publishers use it
    :param subscribers: e-mail addresses
    :param display_name: what an e-mail says it is from
    :param publishers: AWS services that publish by themselves, for this account's resources only. Default CloudWatch's alarms
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key_arn: str,
        subscribers: Sequence[str],
        display_name: str,
        publishers: Sequence[str] = ("cloudwatch.amazonaws.com",),
    ) -> None:
        super().__init__(scope, construct_id)
        topic = sns.CfnTopic(self, "Default", kms_master_key_id=key_arn, display_name=display_name)
        self.arn = topic.ref
        publish: Statement = {
            "Sid": "ServicesForThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": list(publishers)},
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
        }
        statements = [*([publish] if publishers else []), deny_plain_http("sns:Publish", self.arn)]
        sns.CfnTopicPolicy(self, "Policy", topics=[self.arn], policy_document=document(statements))
        for index, address in enumerate(subscribers):
            sns.CfnSubscription(self, f"Subscriber{index}", topic_arn=self.arn, protocol="email", endpoint=address)


class DeadLetterQueue(Construct):
    """Keeps events that a function could not handle for two weeks, so that they can be looked at and sent again.

    :param key_arn: customer key
    :param has_sources_here: True when a function of the same stack names it, which the rules then see by themselves
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str, has_sources_here: bool = False) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.CfnQueue(
            self,
            "Default",
            kms_master_key_id=key_arn,
            message_retention_period=MAX_RETENTION_SECONDS,
            # Only a queue that receives nothing from a source queue may say so; ours take Lambda's failures.
            redrive_allow_policy={"redrivePermission": "denyAll"},
        )
        self.arn = self.queue.attr_arn
        self.name = self.queue.attr_queue_name
        if not has_sources_here:
            acknowledge(
                self.queue,
                "AwsSolutions::AwsSolutions-SQS3",
                reason="it is the dead-letter queue; functions of other stacks send to it",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )
        sqs.CfnQueuePolicy(
            self,
            "Policy",
            queues=[self.queue.ref],
            policy_document=document([deny_plain_http("sqs:*", self.arn)]),
        )


def deny_plain_http(action: str, resource: str) -> Statement:
    """Denies everybody an action over plain HTTP."""
    return {
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
