"""The functions beside the gate: those that are actions of the pipeline, and those that hand out sessions."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from constructs import Construct

from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.release import functions as steps
from genai_foundation.release.approvers import APPROVAL_STAGE
from genai_foundation.release.functions import Context, release_function
from genai_foundation.release.names import PUBLISHER, RELEASE, Purpose, action_name, role_arn
from genai_foundation.release.pipeline import pipeline_arn
from genai_foundation.release.rules import Rules
from genai_foundation.release.signing import ReleaseSigningKey


class ReleaseFunctions(Construct):
    """Seal, Branch, Datasets, Authorize, Activate, Approve, and a Redeem for each environment, with a role of its own.

    `actions` has them by step, `redeem` by environment, `all` by construct id.

    :param context: what the functions share
    :param keys: signing keys by purpose; each gets its one signer here, but for promotions, which the gate signs
    :param rules: who decides
    :param dataset_bucket: bucket of published suites
    :param governance: id of the account that it is in
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        keys: Mapping[Purpose, ReleaseSigningKey],
        rules: Rules,
        dataset_bucket: str,
        governance: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._context, self._keys = context, keys
        stack = cdk.Stack.of(self)
        datasets = {"DATASET_BUCKET": dataset_bucket}
        authorize = {**datasets, "WARRANT_MINUTES": str(rules.warrant_minutes)}
        approve = {
            "PIPELINE_NAME": RELEASE,
            "APPROVERS": stack.to_json_string({role: list(people) for role, people in rules.approvers.items()}),
            "APPROVAL_STAGE": APPROVAL_STAGE,
            "APPROVAL_ACTIONS": stack.to_json_string({role: action_name(role) for role in rules.approvers}),
        }
        state = allow("ReadApprovals", ["codepipeline:GetPipelineState"], [pipeline_arn(self, RELEASE)])
        self.actions: dict[str, Function] = {
            steps.SEAL: self._function(steps.SEAL),
            steps.BRANCH: self._function(steps.BRANCH),
            steps.DATASETS: self._function(
                steps.DATASETS,
                environment={**datasets, "GOVERNANCE_ACCOUNT": governance},
                statements=[allow("Become", ["sts:AssumeRole"], [role_arn(governance, PUBLISHER)])],
            ),
            steps.AUTHORIZE: self._function(steps.AUTHORIZE, environment=authorize),
            steps.ACTIVATE: self._function(steps.ACTIVATE),
            steps.APPROVE: self._function(steps.APPROVE, environment=approve, statements=[state]),
        }
        self.redeem: dict[str, Function] = {
            place: self._function(steps.REDEEM, environment={**datasets, "ENVIRONMENT": place}, only_in=place)
            for place in context.accounts
        }
        redeem = {f"{steps.REDEEM}{steps.pascal(place)}": each for place, each in self.redeem.items()}
        self.all: dict[str, Function] = {**self.actions, **redeem}

    def _function(
        self,
        step: str,
        *,
        environment: Mapping[str, str] | None = None,
        statements: Sequence[Statement] = (),
        only_in: str | None = None,
    ) -> Function:
        purpose = steps.STEPS[step].signs
        function = release_function(
            self,
            step,
            self._context,
            verifies=[key.arn for key in self._keys.values()],
            statements=[*statements, *([self._keys[purpose].sign_statement()] if purpose else [])],
            environment=environment,
            only_in=only_in,
        )
        if purpose:
            self._keys[purpose].let_sign(function.role.arn)
        return function
