"""What the gate may do with an environment's evaluations: request, follow, read."""

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.evaluation.functions import Datasets, read_datasets
from genai_foundation.iam import Statement, allow

# What a request names by what is deployed; a release may bring new guardrails.
CONTRACT = (
    contract.EVALUATION_STATE_MACHINE,
    contract.EVALUATION_BUCKET,
    contract.MODEL_ACCESS_ARN,
    "guardrails/*",
)
BASELINES = "baselines/*"
"""Which run is released for a suite: what candidates are compared with."""
LATER = "guardrail versions that a release brings must not need a change of this role"
NAMED_LATER = "runs, their executions and baselines are named after suites and requests"


@dataclass(frozen=True)
class EvaluationAccess:
    """The evaluation pipeline of an environment, as the gate uses it.

    :param state_machine_arn: its state machine
    :param bucket_name: its bucket of runs
    :param data_key_arn: key of bucket and history
    :param datasets: published suites
    """

    state_machine_arn: str
    bucket_name: str
    data_key_arn: str
    datasets: Datasets

    def statements(self, scope: Construct) -> list[Statement]:
        """Requests runs, follows them and reads what they leave; resolves versions that the contract publishes."""
        runs = f"arn:aws:s3:::{self.bucket_name}"
        return [
            allow("Contract", ["ssm:GetParameter"], _parameters(scope)),
            allow("ListRuns", ["s3:ListBucket"], [runs]),
            allow("ReadRuns", ["s3:GetObject"], [f"{runs}/{BASELINES}", f"{runs}/runs/*"]),
            allow("RequestRuns", ["s3:PutObject"], [f"{runs}/runs/*/run.json"]),
            allow("Start", ["states:StartExecution"], [self.state_machine_arn]),
            allow("Follow", ["states:DescribeExecution"], [self._executions(scope)]),
            allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [self.data_key_arn]),
            *read_datasets(self.datasets, cdk.Stack.of(scope).region),
        ]

    def reading(self, scope: Construct) -> list[Statement]:
        """Reads what runs left, and nothing else."""
        runs = f"arn:aws:s3:::{self.bucket_name}"
        return [
            allow("FindBucket", ["ssm:GetParameter"], [_parameter(scope, contract.EVALUATION_BUCKET)]),
            allow("ListRuns", ["s3:ListBucket"], [runs]),
            allow("ReadRuns", ["s3:GetObject"], [f"{runs}/runs/*"]),
            allow("Key", ["kms:Decrypt"], [self.data_key_arn]),
        ]

    def patterns(self, scope: Construct) -> dict[str, str]:
        """The patterns among their resources, and why each is one."""
        runs = f"arn:aws:s3:::{self.bucket_name}"
        named_later = (f"{runs}/runs/*", f"{runs}/runs/*/run.json", f"{runs}/{BASELINES}", self._executions(scope))
        datasets = self.datasets
        found = {
            **dict.fromkeys((each for each in _parameters(scope) if each.endswith("*")), LATER),
            **dict.fromkeys(named_later, NAMED_LATER),
            f"arn:aws:s3:::{datasets.bucket_name}/{datasets.stage}/*": "published suites of one stage; their versions are "
            "content hashes",
        }
        if "*" in datasets.key_arn:
            found[datasets.key_arn] = (
                "the key's id is known in its own account only, whose key policy decides; S3 alone may use it"
            )
        return found

    def _executions(self, scope: Construct) -> str:
        stack = cdk.Stack.of(scope)
        name = cdk.Fn.select(6, cdk.Fn.split(":", self.state_machine_arn))
        return f"arn:aws:states:{stack.region}:{stack.account}:execution:{name}:*"


def _parameters(scope: Construct) -> list[str]:
    return [_parameter(scope, key) for key in CONTRACT]


def _parameter(scope: Construct, key: str) -> str:
    stack = cdk.Stack.of(scope)
    return f"arn:aws:ssm:{stack.region}:{stack.account}:parameter{contract.parameter_name(key)}"
