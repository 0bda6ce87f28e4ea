"""Findings of GuardDuty and IAM Access Analyzer reach people (SEC-4)."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from genai_foundation.iam import ServiceRole, allow, confused_deputy
from genai_foundation.messaging import NotificationTopic

PATTERN = {
    "source": ["aws.guardduty", "aws.access-analyzer"],
    "detail-type": ["GuardDuty Finding", "Access Analyzer Finding"],
}


class FindingNotices(Construct):
    """Sends every finding of this account and Region to the people who answer for security.

    :param key_arn: customer key of the topic
    :param subscribers: e-mail addresses
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str, subscribers: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        topic = NotificationTopic(
            self,
            "Topic",
            key_arn=key_arn,
            subscribers=subscribers,
            display_name="GenAI foundation security findings",
            publishers=(),
        )
        # EventBridge publishes as this role, so neither topic nor key needs to trust the whole service.
        role = ServiceRole(
            self,
            "Role",
            service="events.amazonaws.com",
            description="EventBridge tells people of security findings",
            condition=confused_deputy(stack.account, f"arn:aws:events:{stack.region}:{stack.account}:rule/*"),
            statements=[
                allow("Publish", ["sns:Publish"], [topic.arn]),
                allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
            ],
        )
        events.CfnRule(
            self,
            "Default",
            description="Findings of GuardDuty and IAM Access Analyzer",
            event_pattern=PATTERN,
            targets=[{"id": "People", "arn": topic.arn, "roleArn": role.arn}],
        )
