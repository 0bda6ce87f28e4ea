"""Findings of GuardDuty and IAM Access Analyzer reach people (SEC-4)."""

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from genai_foundation.iam import Statement
from genai_foundation.keys import service_statement
from genai_foundation.messaging import NotificationTopic

EVENTS = "events.amazonaws.com"
PATTERN = {
    "source": ["aws.guardduty", "aws.access-analyzer"],
    "detail-type": ["GuardDuty Finding", "Access Analyzer Finding"],
}


class FindingNotices(Construct):
    """Sends every finding of this account and Region to the people who answer for security.

    EventBridge publishes to the topic by itself: with a role, delivery to an encrypted topic may fail (Amazon EventBridge User
    Guide, "Using resource-based policies for Amazon EventBridge"). The key's policy must let it, see `finding_key_statement`.

    :param key_arn: customer key of the topic
    :param subscribers: e-mail addresses
    """

    def __init__(self, scope: Construct, construct_id: str, *, key_arn: str, subscribers: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        topic = NotificationTopic(
            self,
            "Topic",
            key_arn=key_arn,
            subscribers=subscribers,
            display_name="GenAI foundation security findings",
            publishers=(EVENTS,),
        )
        events.CfnRule(
            self,
            "Default",
            description="Findings of GuardDuty and IAM Access Analyzer",
            event_pattern=PATTERN,
            targets=[{"id": "People", "arn": topic.arn}],
        )


def finding_key_statement(account: str, region: str) -> Statement:
    """Lets EventBridge encrypt for topics of this account: SNS names the topic in the encryption context.

    EventBridge sends KMS no source account (Amazon SNS Developer Guide, "Encryption context" and "Key management").
    """
    context = {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{region}:{account}:*"}
    return service_statement("SecurityFindings", EVENTS, ["kms:Decrypt", "kms:GenerateDataKey"], {"ArnLike": context})
