"""Security: keys, audit trail, threat detection, invocation logs, alarms; in every account and Region (SEC-1, SEC-4)."""

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.deploy_actions import AccountPublicAccessBlock, DeployActions, PrimaryParameter
from genai_foundation.function import Operations
from genai_foundation.iam import Statement, confused_deputy
from genai_foundation.keys import CustomerKey, ReplicaKey, log_groups_statement, service_statement
from genai_foundation.messaging import DeadLetterQueue, NotificationTopic
from genai_foundation.security import (
    AuditTrail,
    FindingNotices,
    InvocationLogs,
    ThreatDetection,
    TrailArchive,
    archive_bucket_name,
    archive_key_alias_arn,
    finding_key_statement,
)
from genai_foundation.storage import AccessLogBucket
from stacks.site import Site

DATA_ALIAS = "genai-foundation-data"
LOGS_ALIAS = "genai-foundation-logs"
TRAIL_NAMES = {"primary": "genai-foundation", "recovery": "genai-foundation-recovery"}


class SecurityStack(cdk.Stack):
    """What every other stack of the account and Region relies on; publishes keys, topic, queue and deploy actions."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Security"), env=site.env, description="Keys, audit trail, detection, alarms"
        )
        self._site = site
        settings = site.settings
        self._logs_key = CustomerKey(
            self,
            "LogsKey",
            description="Log groups, alarms and dead letters",
            alias=LOGS_ALIAS,
            service_statements=self._logs_key_statements(),
        )
        self._access_logs = AccessLogBucket(
            self,
            "AccessLogs",
            retention_days=settings.retention.trail_days,
            has_sources_here=site.account.role == "shared" or site.account.environment is not None,
        )
        self._queue = DeadLetterQueue(self, "DeadLetters", key_arn=self._logs_key.arn, has_sources_here=True)
        self._topic = NotificationTopic(
            self,
            "AlarmTopic",
            key_arn=self._logs_key.arn,
            subscribers=settings.notifications.operations,
            display_name="GenAI foundation alarms",
        )
        FindingNotices(self, "Findings", key_arn=self._logs_key.arn, subscribers=settings.notifications.security)
        # The recovery Region's data key is a replica whose primary ARN a deploy action reads: that action can't use the key.
        self._actions = self._deploy_actions()
        self._data_key = self._make_data_key()
        ThreatDetection(self, "ThreatDetection")
        if not site.recovery:
            AccountPublicAccessBlock(self, "PublicAccessBlock", actions=self._actions.reference)
        trail = self._audit_trail()
        if site.account.role == "shared":
            trail.node.add_dependency(self._trail_archive())
        if site.account.environment:
            self._invocation_logs()
        alarms = Alarms(self, "Alarms", topic_arn=self._topic.arn)
        alarms.add_dead_letters("DeadLetters", self._queue.name)
        alarms.add_function("DeployActions", self._actions.function.name)
        if site.account.environment:
            alarms.add_models(site.model_ids())
        self._publish()

    def _logs_key_statements(self) -> list[Statement]:
        this_account = {"StringEquals": {"aws:SourceAccount": self.account}}
        return [
            log_groups_statement(self.account, self.region),
            service_statement(
                "Alarms", "cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey"], this_account
            ),
            finding_key_statement(self.account, self.region),
        ]

    def _make_data_key(self) -> CustomerKey | ReplicaKey:
        description = "Data of the platform: buckets, tables, prompts, guardrails, environment variables"
        source = f"arn:aws:bedrock:{self.region}:{self.account}:*"
        bodies = service_statement(
            "InvocationLogBodies",
            "bedrock.amazonaws.com",
            # DescribeKey: for evaluation jobs (Bedrock User Guide, "Required key policy elements").
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            confused_deputy(self.account, source),
        )
        # Histories of encrypted state machines (Step Functions Developer Guide, "Data at rest encryption").
        deliveries = service_statement(
            "LogDelivery",
            "delivery.logs.amazonaws.com",
            ["kms:Decrypt"],
            confused_deputy(self.account, f"arn:aws:logs:{self.region}:{self.account}:*"),
        )
        evaluates = self._site.account.environment is not None
        machines = evaluates or (self._site.account.role == "shared" and self._site.settings.release is not None)
        statements = [*([bodies] if evaluates else []), *([deliveries] if machines else [])]
        if not self._site.recovery:
            return CustomerKey(
                self,
                "DataKey",
                description=description,
                alias=DATA_ALIAS,
                multi_region=True,
                service_statements=statements,
            )
        primary = PrimaryParameter(
            self,
            "PrimaryDataKey",
            actions=self._actions.reference,
            region=self._site.settings.regions.primary.name,
            key=contract.DATA_KEY,
        )
        return ReplicaKey(
            self,
            "DataKey",
            description=description,
            alias=DATA_ALIAS,
            primary_key_arn=primary.value,
            service_statements=statements,
        )

    def _deploy_actions(self) -> DeployActions:
        operations = Operations(
            data_key_arn=self._logs_key.arn,
            logs_key_arn=self._logs_key.arn,
            dead_letter_queue_arn=self._queue.arn,
            log_retention_days=self._site.settings.retention.log_days,
        )
        return DeployActions(self, "DeployActions", operations=operations, runtime=self._site.runtime)

    def _audit_trail(self) -> AuditTrail:
        settings = self._site.settings
        shared = settings.account("shared").id
        return AuditTrail(
            self,
            "Trail",
            trail_name=TRAIL_NAMES[self._site.region_role],
            archive_bucket=archive_bucket_name(shared, self.region),
            archive_key_arn=archive_key_alias_arn(shared, self.region),
            logs_key_arn=self._logs_key.arn,
            log_retention_days=settings.retention.log_days,
            multi_region=not self._site.recovery,
            unlogged_bucket_arns=[self._access_logs.bucket.attr_arn, *self._archive_arns()],
        )

    def _archive_arns(self) -> list[str]:
        if self._site.account.role != "shared":
            return []
        return [f"arn:aws:s3:::{archive_bucket_name(self.account, self.region)}"]

    def _trail_archive(self) -> TrailArchive:
        settings = self._site.settings
        return TrailArchive(
            self,
            "TrailArchive",
            bucket_name=archive_bucket_name(self.account, self.region),
            accounts=[account.id for account in settings.accounts],
            trail_name=TRAIL_NAMES[self._site.region_role],
            lock_days=settings.retention.trail_days,
            access_log_bucket=self._access_logs.name,
        )

    def _invocation_logs(self) -> None:
        InvocationLogs(
            self,
            "InvocationLogs",
            actions=self._actions.reference,
            data_key_arn=self._data_key.arn,
            logs_key_arn=self._logs_key.arn,
            access_log_bucket=self._access_logs.name,
            log_retention_days=self._site.settings.retention.log_days,
        )

    def _publish(self) -> None:
        for construct_id, key, value in (
            ("DataKeyArn", contract.DATA_KEY, self._data_key.arn),
            ("LogsKeyArn", contract.LOGS_KEY, self._logs_key.arn),
            ("AlarmTopicArn", contract.ALARM_TOPIC, self._topic.arn),
            ("AccessLogBucket", contract.ACCESS_LOG_BUCKET, self._access_logs.name),
            ("DeadLetterQueueArn", contract.DEAD_LETTER_QUEUE, self._queue.arn),
        ):
            contract.publish(self, construct_id, key, value)
        self._actions.publish()
