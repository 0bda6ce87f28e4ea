"""The app of a line of business that brings its own account: private Bedrock access and a guardrail from the wheel."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import Validations
from aws_cdk import aws_iam as iam
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks
from constructs import Construct

from genai_foundation.catalog import load_guardrail
from genai_foundation.deploy_actions import DeployActions
from genai_foundation.function import Operations
from genai_foundation.guardrails import Guardrail
from genai_foundation.keys import USE_ACTIONS, CustomerKey, service_statement
from genai_foundation.messaging import DeadLetterQueue
from genai_foundation.network import PrivateEndpoints, PrivateNetwork

HERE = Path(__file__).resolve().parent
ACCOUNT, REGION, ORGANISATION = "777777777777", "eu-west-1", "o-exampleorg1"
ZONES = ["euw1-az1", "euw1-az2"]
MODEL = "amazon.nova-lite-v1:0"
# A cross-Region inference profile: IAM and the endpoint need its ARN and the model's in each Region that it may use.
PROFILE_REGIONS = ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"]
MODEL_ARNS = [
    f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.{MODEL}",
    *(f"arn:aws:bedrock:{region}::foundation-model/{MODEL}" for region in PROFILE_REGIONS),
]
SERVICES = ["bedrock-runtime", "kms", "logs", "sts"]
LOG_DAYS = 365


class AssistantStack(cdk.Stack):
    """Keys, a VPC without internet, the endpoints that the assistant needs, its guardrail, and a guarded caller."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=cdk.Environment(account=ACCOUNT, region=REGION))
        groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}}
        log_groups = service_statement("LogGroups", f"logs.{REGION}.amazonaws.com", USE_ACTIONS, groups)
        logs_key = CustomerKey(
            self, "LogsKey", description="logs", alias="assistant-logs", service_statements=[log_groups]
        )
        data_key = CustomerKey(self, "DataKey", description="guardrail", alias="assistant-data")
        queue = DeadLetterQueue(self, "DeadLetters", key_arn=logs_key.arn)
        operations = Operations(data_key.arn, logs_key.arn, queue.arn, LOG_DAYS)
        actions = DeployActions(self, "DeployActions", operations=operations)
        network = PrivateNetwork(
            self,
            "Network",
            cidr="10.40.0.0/22",
            availability_zones=ZONES,
            logs_key_arn=logs_key.arn,
            log_retention_days=LOG_DAYS,
            actions=actions.reference,
        )
        PrivateEndpoints(
            self,
            "Endpoints",
            network=network,
            organization_id=ORGANISATION,
            model_arns=MODEL_ARNS,
            interface_services=SERVICES,
        )
        guardrail = Guardrail(self, "Guardrail", spec=load_guardrail(HERE / "guardrail.yaml"), key_arn=data_key.arn)
        own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        role = iam.Role(self, "Assistant", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com", conditions=own))
        policy = iam.ManagedPolicy(self, "GuardedModel", roles=[role])
        guardrail.grant_invoke_guarded(policy, MODEL_ARNS)
        data_key.grant_encrypt_decrypt(policy)


app = cdk.App()
AssistantStack(app, "Assistant")
Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
app.synth()
