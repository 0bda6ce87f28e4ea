"""The evaluation gate: a machine of the shared account over the evaluations of a workload account (EVAL-2, ACC-2)."""

import math
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation.errors import FoundationError
from genai_foundation.evaluation.machine import StateMachine
from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.release.functions import GATE_STEPS, Context, release_function
from genai_foundation.release.gate_states import DECIDE, definition
from genai_foundation.release.names import Purpose
from genai_foundation.release.signing import ReleaseSigningKey

# A Step Functions action of CodePipeline waits for seven days (CodePipeline User Guide, "Quotas").
LONGEST_ACTION = cdk.Duration.days(7)
# An execution's history takes 25,000 events (Step Functions Developer Guide, "Service quotas"); a look is Wait, Poll and Done?,
# nine events, and a thousand are left for all else and for repetitions.
LOOKS = (25_000 - 1_000) // 9


class ReleaseGate(Construct):
    """Starts the evaluations that a release needs in an environment, waits, decides, signs, tells the repository host.

    :param context: what the functions share
    :param keys: signing keys by purpose; the deciding function may sign promotions
    :param dataset_bucket: bucket of published suites
    :param poll_seconds: most seconds between two looks at running evaluations. Default 300, so that the history
        suffices for the whole time; the first looks come sooner
    :param timeout: longest execution, people who review answers included. Default 6 days and 22 hours, a little less than
        CodePipeline waits
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        keys: Mapping[Purpose, ReleaseSigningKey],
        dataset_bucket: str,
        poll_seconds: int = 300,
        timeout: cdk.Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        timeout = timeout or cdk.Duration.hours(6 * 24 + 22)
        if timeout.to_seconds() >= LONGEST_ACTION.to_seconds():
            raise FoundationError(
                "GF-REL-502",
                f"timeout is {timeout.to_human_string()}: CodePipeline waits for 7 days, give less, so that the gate ends first",
            )
        least = math.ceil(timeout.to_seconds() / LOOKS)
        if poll_seconds < least:
            raise FoundationError(
                "GF-REL-503",
                f"poll_seconds is {poll_seconds}: give at least {least}, or the execution's history is full before its end",
            )
        verifies = [key.arn for key in keys.values()]
        environment = {"DATASET_BUCKET": dataset_bucket, "POLL_SECONDS": str(poll_seconds)}
        self.functions: dict[str, Function] = {
            name: release_function(
                self,
                name,
                context,
                verifies=verifies,
                environment=environment,
                statements=[keys["promotion"].sign_statement()] if name == DECIDE else (),
            )
            for name in GATE_STEPS
        }
        keys["promotion"].let_sign(self.functions[DECIDE].role.arn)
        self.machine = StateMachine(
            self,
            "Machine",
            definition=definition(timeout_seconds=int(timeout.to_seconds())),
            functions=self.functions,
            operations=context.operations,
        )
        self.arn = self.machine.arn

    def start_statements(self) -> list[Statement]:
        """What CodePipeline needs to run the machine (CodePipeline User Guide, "AWS Step Functions")."""
        return [
            allow("StartGate", ["states:DescribeStateMachine", "states:StartExecution"], [self.arn]),
            allow("FollowGate", ["states:DescribeExecution"], [f"{self.machine.executions}:*"]),
        ]

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal start, follow and stop gates; the key of their history needs its own grant."""
        return self.machine.grant_start(grantee)
