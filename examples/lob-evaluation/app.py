"""An app of a line of business that evaluates its own prompts: the pipeline from the wheel, and a bucket of suites."""

from functools import partial

import aws_cdk as cdk
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, WriteNagSuppressionsToCloudFormationAspect
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog_access import published_guardrail_policies, published_invocation_policies
from genai_foundation.evaluation.functions import Datasets, Layers, Models, Tracking
from genai_foundation.evaluation.pipeline import EvaluationPipeline
from genai_foundation.evaluation.tracking import app_parameter_arn, writer_role_arn
from genai_foundation.function import Operations, Placement
from genai_foundation.network.access import EndpointAccess
from genai_foundation.storage import SecureBucket

# A workload account of the platform, and its shared account, where experiments are logged.
ACCOUNT, SHARED, REGION = "222222222222", "111111111111", "eu-west-1"
ZONES = 3
SUITES = f"repair-orders-suites-{ACCOUNT}-{REGION}"


class RepairEvaluation(cdk.Stack):
    """EvaluationPipeline over the suites of one team; keys, network, guardrails and layers are the platform's."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=cdk.Environment(account=ACCOUNT, region=REGION))
        value = partial(contract.parameter, self)
        data_key, access_logs = value(contract.DATA_KEY), value(contract.ACCESS_LOG_BUCKET)
        gateways = (value(contract.S3_PREFIX_LIST), value(contract.DYNAMODB_PREFIX_LIST))
        endpoints = EndpointAccess(
            self,
            "Network",
            vpc_id=value(contract.VPC_ID),
            endpoint_group_id=value(contract.ENDPOINT_SECURITY_GROUP),
            prefix_list_ids=gateways,
        )
        suites = SecureBucket(
            self, "Suites", bucket_name=SUITES, key_arn=data_key, access_log_bucket=access_logs, noncurrent_days=90
        )
        pipeline = EvaluationPipeline(
            self,
            "Pipeline",
            environment_name="dev",
            operations=Operations(data_key, value(contract.LOGS_KEY), value(contract.DEAD_LETTER_QUEUE), 365),
            placement=Placement(
                [value(contract.subnet_id(zone)) for zone in range(1, ZONES + 1)], [endpoints.group_id]
            ),
            datasets=Datasets(bucket_name=SUITES, key_arn=data_key),
            models=Models(published_invocation_policies(guardrails=1), published_guardrail_policies(guardrails=1)),
            layers=Layers(*(value(contract.evaluation_layer(name)) for name in contract.EVALUATION_LAYERS)),
            tracking=Tracking(writer_role_arn(SHARED), app_parameter_arn(SHARED, REGION)),
            access_log_bucket=access_logs,
            alarm_topic_arn=value(contract.ALARM_TOPIC),
            retention_days=90,
            max_concurrency=1,
        )
        cdk.CfnOutput(self, "SuitesBucket", value=suites.name)
        cdk.CfnOutput(self, "RunsBucket", value=pipeline.bucket.name)
        cdk.CfnOutput(self, "StateMachineArn", value=pipeline.state_machine.arn)


app = cdk.App()
RepairEvaluation(app, "RepairEvaluation")
# The reasons of the constructs' acknowledgements stay in the template, where a reviewer finds them.
cdk.Aspects.of(app).add(WriteNagSuppressionsToCloudFormationAspect())
Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app))
app.synth()
