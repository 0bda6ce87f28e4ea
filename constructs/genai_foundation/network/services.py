"""The AWS services that workloads reach through PrivateLink, with the actions each endpoint lets through (NET-2).

An endpoint's policy is the network's own limit: whatever a workload's role allows, nothing else passes. Names of endpoint
services: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink".
"""

from collections.abc import Mapping
from typing import Final

BEDROCK_RUNTIME: Final = "bedrock-runtime"

INTERFACE_SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    # Bedrock: control plane, runtime, agents (prompts, knowledge bases), agents' runtime
    "bedrock": ("bedrock:CreateEvaluationJob", "bedrock:GetEvaluationJob", "bedrock:GetFoundationModel",
                "bedrock:GetGuardrail", "bedrock:GetInferenceProfile", "bedrock:ListEvaluationJobs",
                "bedrock:ListFoundationModels", "bedrock:ListGuardrails", "bedrock:ListInferenceProfiles"),
    BEDROCK_RUNTIME: ("bedrock:ApplyGuardrail", "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"),
    "bedrock-agent": ("bedrock:GetDataSource", "bedrock:GetIngestionJob", "bedrock:GetKnowledgeBase", "bedrock:GetPrompt",
                      "bedrock:ListIngestionJobs", "bedrock:ListPrompts", "bedrock:StartIngestionJob"),
    "bedrock-agent-runtime": ("bedrock:InvokeAgent", "bedrock:InvokeFlow", "bedrock:Rerank", "bedrock:Retrieve",
                              "bedrock:RetrieveAndGenerate"),
    # Vector stores
    # (of OpenSearch Serverless the control plane; a collection brings its data plane's endpoint)
    "aoss": ("aoss:BatchGetCollection", "aoss:BatchGetVpcEndpoint", "aoss:ListCollections"),
    "rds-data": ("rds-data:BatchExecuteStatement", "rds-data:BeginTransaction", "rds-data:CommitTransaction",
                 "rds-data:ExecuteStatement", "rds-data:RollbackTransaction"),
    "s3vectors": ("s3vectors:DeleteVectors", "s3vectors:GetVectors", "s3vectors:ListVectors", "s3vectors:PutVectors",
                  "s3vectors:QueryVectors"),
    # Security and operations
    "kms": ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
            "kms:GenerateMac", "kms:VerifyMac"),
    "sts": ("sts:AssumeRole", "sts:GetCallerIdentity"),
    "secretsmanager": ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
    "ssm": ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
    "logs": ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "monitoring": ("cloudwatch:GetMetricData", "cloudwatch:PutMetricData"),
    "xray": ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
    # What is live: its control plane (functions that activate and roll back) and its data plane (functions that answer).
    # Two more endpoints instead of two functions outside of the VPC: whoever changes what is live has no other way out.
    "appconfig": ("appconfig:CreateHostedConfigurationVersion", "appconfig:GetConfigurationProfile",
                  "appconfig:GetHostedConfigurationVersion", "appconfig:ListConfigurationProfiles",
                  "appconfig:ListDeployments", "appconfig:ListHostedConfigurationVersions", "appconfig:StartDeployment",
                  "appconfig:StopDeployment"),
    "appconfigdata": ("appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"),
    # Inference on own capacity
    "sagemaker.api": ("sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"),
    "sagemaker.runtime": ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"),
    # Work past one function
    "states": ("states:DescribeExecution", "states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess",
               "states:StartExecution", "states:StopExecution"),
    "lambda": ("lambda:InvokeFunction",),
    "sqs": ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
            "sqs:SendMessage"),
    "sns": ("sns:Publish",),
    "events": ("events:PutEvents",),
    # Container images
    "ecr.api": ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken",
                "ecr:GetDownloadUrlForLayer"),
    "ecr.dkr": ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
}  # fmt: skip

GATEWAY_SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "s3": ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion",
           "s3:ListBucket", "s3:ListMultipartUploadParts", "s3:PutObject"),
    "dynamodb": ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem",
                 "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan",
                 "dynamodb:UpdateItem"),
}  # fmt: skip
