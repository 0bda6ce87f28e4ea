"""The release pipeline in the shared account: everything between a merge and production (ACC-2 to ACC-5)."""

from typing import Final

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.function import Operations, Runtime
from genai_foundation.release import names
from genai_foundation.release.actions import on_pull_request, on_push
from genai_foundation.release.approvers import ApproverRole
from genai_foundation.release.function_set import ReleaseFunctions
from genai_foundation.release.functions import METRICS_NAMESPACE, Context
from genai_foundation.release.gate import ReleaseGate
from genai_foundation.release.names import PULL_REQUEST, PURPOSES, RELEASE, Purpose, action_name
from genai_foundation.release.notices import PipelineNotices
from genai_foundation.release.pipeline import DeliveryPipeline
from genai_foundation.release.rules import Host, Organization, Rules, check
from genai_foundation.release.signing import ReleaseSigningKey, verify_from
from genai_foundation.release.stages import Parts, Repository, pull_request_stages, release_stages
from genai_foundation.release.store import ReleaseBucket, ReleaseLedger
from genai_foundation.release.work import ReleaseProjects
from genai_foundation.removal import DestructionKeys
from genai_foundation.storage import SecureBucket

# CodePipeline keeps executions for twelve months, and a stage goes back to one with its artifacts (CodePipeline User Guide,
# "Quotas", "Configuring stage rollback").
ARTIFACT_DAYS: Final = 400


class ReleasePipeline(Construct):
    """Builds, evaluates, has approved, deploys and watches releases; each step with a role that can do its part only.

    :param repository: what is released
    :param host: its API
    :param organization: where releases go
    :param rules: who decides
    :param operations: keys, retention and the dead-letter queue of the shared account
    :param layer_arn: dependencies of the functions
    :param access_log_bucket: receives the buckets' server access logs
    :param alarm_topic_arn: where alarms go
    :param noncurrent_days: days after which replaced objects are deleted. Default 365
    :param destruction: the two keys that allow deletion with the stack. Default: retained
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        repository: Repository,
        host: Host,
        organization: Organization,
        rules: Rules,
        operations: Operations,
        layer_arn: str,
        access_log_bucket: str,
        alarm_topic_arn: str,
        runtime: Runtime | None = None,
        noncurrent_days: int = 365,
        destruction: DestructionKeys | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        check(organization, rules)
        self._organization, self._rules, self._operations = organization, rules, operations
        self._runtime = runtime or Runtime()
        deployers = [names.role_arn(each, names.DEPLOYER) for each in organization.accounts.values()]
        self.bucket = ReleaseBucket(
            self,
            "Bucket",
            deployers=deployers,
            organization_id=organization.id,
            access_log_bucket=access_log_bucket,
            noncurrent_days=noncurrent_days,
            destruction=destruction,
        )
        self.artifacts = SecureBucket(
            self,
            "Artifacts",
            key_arn=operations.data_key_arn,
            access_log_bucket=access_log_bucket,
            noncurrent_days=30,
            expire_days=ARTIFACT_DAYS,
            destruction=destruction,
        )
        self.ledger = ReleaseLedger(self, "Ledger", key_arn=operations.data_key_arn)
        seals = verify_from("DeployersVerifySeals", deployers, organization.id)
        self.keys: dict[Purpose, ReleaseSigningKey] = {
            purpose: ReleaseSigningKey(
                self, f"{purpose.capitalize()}Key", purpose=purpose, verifiers=[seals] if purpose == "seal" else ()
            )
            for purpose in PURPOSES
        }
        self._context = self._shared(repository, host, layer_arn)
        self.functions = ReleaseFunctions(
            self,
            "Functions",
            context=self._context,
            keys=self.keys,
            rules=rules,
            dataset_bucket=organization.dataset_bucket,
            governance=organization.governance,
        )
        self.gate = ReleaseGate(
            self,
            "Gate",
            context=self._context,
            keys=self.keys,
            dataset_bucket=organization.dataset_bucket,
            poll_seconds=rules.poll_seconds,
        )
        self.projects = ReleaseProjects(
            self,
            "Projects",
            operations=operations,
            runtime=self._runtime,
            bucket=self.bucket,
            ledger=self.ledger,
            artifacts=self.artifacts,
            keys=self.keys,
            redeem=self.functions.redeem,
            tester_arns=[names.role_arn(organization.accounts["pre-prod"], names.TESTER)],
            reader_arns=[names.role_arn(each, names.READER) for each in organization.accounts.values()],
        )
        self._pipelines(repository)
        self._people()
        alarms = Alarms(self, "Alarms", topic_arn=alarm_topic_arn)
        for name, function in {**self.functions.all, **self.gate.functions}.items():
            alarms.add_function(name, function.name)

    def _shared(self, repository: Repository, host: Host, layer_arn: str) -> Context:
        stack = cdk.Stack.of(self)
        secret = f"arn:aws:secretsmanager:{stack.region}:{stack.account}:secret:{host.token_secret}-??????"
        return Context(
            operations=self._operations,
            runtime=self._runtime,
            layer_arn=layer_arn,
            bucket=self.bucket,
            ledger=self.ledger,
            accounts=self._organization.accounts,
            environment={
                "LEDGER_TABLE": self.ledger.name,
                "RELEASE_BUCKET": self.bucket.name,
                "KEYS": stack.to_json_string({purpose: key.arn for purpose, key in self.keys.items()}),
                "ACCOUNTS": stack.to_json_string(dict(self._organization.accounts)),
                "REGION_NAME": stack.region,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
            },
            host_environment={
                "HOST": host.kind,
                "REPOSITORY": repository.name,
                "API_URL": host.api_url,
                "TOKEN_SECRET": host.token_secret,
            },
            host_token_arn=secret,
        )

    def _pipelines(self, repository: Repository) -> None:
        stack = cdk.Stack.of(self)
        parts = Parts(
            repository=repository,
            functions=self.functions.actions,
            projects=self.projects.projects,
            gate=self.gate,
            artifacts=self.artifacts,
            data_key_arn=self._operations.data_key_arn,
            roles=tuple(self._rules.approvers),
            dossier_link=f"https://{stack.region}.console.aws.amazon.com/s3/object/{self.bucket.name}"
            f"?region={stack.region}&prefix=dossiers/#{{Build.MANIFEST}}/dossier.html",
        )
        self.pipeline = DeliveryPipeline(
            self,
            "Release",
            name=RELEASE,
            stages=release_stages(self, parts, RELEASE),
            trigger=on_push(repository.branch),
            execution_mode="QUEUED",
            artifacts=self.artifacts,
            key_arn=self._operations.data_key_arn,
        )
        self.pull_requests = DeliveryPipeline(
            self,
            "PullRequest",
            name=PULL_REQUEST,
            stages=pull_request_stages(self, parts, PULL_REQUEST),
            trigger=on_pull_request(repository.branch),
            execution_mode="PARALLEL",
            artifacts=self.artifacts,
            key_arn=self._operations.data_key_arn,
        )

    def _people(self) -> None:
        rules = self._rules
        self.approvers = {
            role: ApproverRole(
                self,
                f"Approver{action_name(role)}",
                role=role,
                pipeline_name=RELEASE,
                bucket=self.bucket,
                organization_id=self._organization.id,
            )
            for role in rules.approvers
        }
        PipelineNotices(
            self,
            "Notices",
            pipeline_name=RELEASE,
            key_arn=self._operations.logs_key_arn,
            operations=rules.operations,
            approvers=sorted({address for people in rules.approvers.values() for address in people}),
        )

    def publish(self) -> None:
        """Publish bucket, ledger and pipeline for the commands of this account and Region."""
        contract.publish(self, "BucketName", contract.RELEASE_BUCKET, self.bucket.name)
        contract.publish(self, "LedgerName", contract.RELEASE_LEDGER, self.ledger.name)
        contract.publish(self, "PipelineName", contract.RELEASE_PIPELINE, self.pipeline.pipeline.ref)
