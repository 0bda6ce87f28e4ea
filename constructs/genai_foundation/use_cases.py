"""A use case of a line of business in one environment: its contract, its alias, the role of its callers (ACC-5, FND-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from genai_foundation import contract
from genai_foundation.iam import allow, document


@dataclass(frozen=True)
class Allowance:
    """What a use case may use.

    :param lob: line of business that owns it
    :param guardrail: catalog name and version
    :param prompts: catalog names with versions
    :param model_ids: model or inference profile ids
    """

    lob: str
    guardrail: tuple[str, int]
    prompts: Mapping[str, int]
    model_ids: Sequence[str]


class UseCase(Construct):
    """Registers a use case with the model access function.

    The alias is the identity: IAM lets the caller role invoke this alias only, and the function reads the use case from
    the alias it was called by, never from what the caller says.

    :param name: the use case, in kebab case
    :param allowance: what it may use
    :param function_name: the model access function
    :param organization_id: only principals of this organisation may become the caller
    :param feedback_function_name: takes ratings of answers. Default None: none are taken here
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        allowance: Allowance,
        function_name: str,
        organization_id: str,
        feedback_function_name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        guardrail, version = allowance.guardrail
        record = {
            "name": name,
            "lob": allowance.lob,
            "guardrail": {"name": guardrail, "version": version},
            "prompts": dict(allowance.prompts),
            "models": list(allowance.model_ids),
        }
        contract.publish(self, "Contract", contract.use_case(name), cdk.Stack.of(self).to_json_string(record))
        # $LATEST, so that a deployment of the function never leaves a use case behind on old code.
        self.alias = lambda_.CfnAlias(
            self, "Alias", name=name, function_name=function_name, function_version="$LATEST", description=allowance.lob
        )
        self.alias_arn = self.alias.ref
        callable_arns = [self.alias_arn]
        if feedback_function_name:
            feedback = lambda_.CfnAlias(
                self,
                "Feedback",
                name=name,
                function_name=feedback_function_name,
                function_version="$LATEST",
                description=allowance.lob,
            )
            callable_arns.append(feedback.ref)
        self._callable_arns = callable_arns
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization_id}},
        }
        self.caller = iam.CfnRole(
            self,
            "Caller",
            description=f"Calls models on behalf of {name}",
            assume_role_policy_document=document([trust]),
        )
        iam.CfnManagedPolicy(
            self,
            "Calls",
            description=f"Calls models on behalf of {name}",
            policy_document=document([allow("OwnAlias", ["lambda:InvokeFunction"], callable_arns)]),
            roles=[self.caller.ref],
        )
        contract.publish(self, "CallerArn", contract.use_case_caller(name), self.caller.attr_arn)

    def grant_call(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal of this account call models, and rate answers, on behalf of the use case."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["lambda:InvokeFunction"], resource_arns=self._callable_arns
        )
