"""Permissions to use the catalog, made beside the versions that they name.

A consumer attaches the published policies; a new version changes them here and leaves the consumer alone. In the consumer's
template each version would cost dynamic references, of which CloudFormation takes 60 (CloudFormation User Guide, "Get values
stored in other services using dynamic references").
"""

from collections.abc import Sequence
from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.errors import FoundationError
from genai_foundation.guardrails import Guardrail
from genai_foundation.iam import Statement, allow, document
from genai_foundation.prompts import Prompt

T = TypeVar("T")

# Versions in one policy: a managed policy holds 6,144 characters, a version costs about 250 (IAM User Guide, "IAM and AWS STS
# quotas"). A role takes ten policies; more on request.
BATCH = 20
MODEL_CHARACTERS = 4_000


class GuardrailPolicies(Construct):
    """Lets a role apply the catalog's guardrails, and invoke models with one of them only.

    :param guardrails: released versions
    :param model_arns: approved foundation models and inference profiles, without wildcards
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, guardrails: Sequence[Guardrail], model_arns: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        size = sum(len(arn) + 3 for arn in model_arns)
        if size > MODEL_CHARACTERS or not model_arns or any("*" in arn for arn in model_arns):
            raise FoundationError(
                "GF-IAM-010",
                f"model_arns are {len(model_arns)} ARNs of {size} characters: name at least one, each without wildcard, "
                f"in at most {MODEL_CHARACTERS} characters; approve fewer models or profiles with fewer Regions",
            )
        for index, batch in enumerate(batches(guardrails), start=1):
            invoke = allow(
                "InvokeGuarded",
                ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
                model_arns,
                {"StringEquals": {"bedrock:GuardrailIdentifier": [each.version_arn for each in batch]}},
            )
            apply = allow(
                "ApplyGuardrails", ["bedrock:ApplyGuardrail"], [arn for each in batch for arn in each.apply_arns]
            )
            read = [contract.guardrail(each.spec.name, each.spec.version) for each in batch]
            _publish(self, f"Invoke{index}", contract.invocation_policy(index), [invoke])
            _publish(self, f"Apply{index}", contract.guardrail_policy(index), [apply, _read(self, read)])


class PromptPolicies(Construct):
    """Lets a role read the catalog's prompts.

    :param prompts: released versions
    """

    def __init__(self, scope: Construct, construct_id: str, *, prompts: Sequence[Prompt]) -> None:
        super().__init__(scope, construct_id)
        for index, batch in enumerate(batches(prompts), start=1):
            # IAM's documents don't say which form of the ARN a request for a version is checked against: both.
            arns = [arn for each in batch for arn in (each.arn, each.version_arn)]
            keys = [contract.prompt(each.spec.name, each.spec.version) for each in batch]
            statements = [allow("ReadPrompts", ["bedrock:GetPrompt"], arns), _read(self, keys)]
            _publish(self, f"Read{index}", contract.prompt_policy(index), statements)


def published_policies(*, guardrails: int, prompts: int) -> list[str]:
    """References to the policies of a catalog with so many versions, for a role of the same account and Region."""
    keys = [
        key(index) for index in _numbers(guardrails) for key in (contract.invocation_policy, contract.guardrail_policy)
    ]
    return [contract.reference(key) for key in (*keys, *map(contract.prompt_policy, _numbers(prompts)))]


def published_invocation_policies(*, guardrails: int) -> list[str]:
    """References to the policies to invoke models behind one of so many guardrail versions."""
    return [contract.reference(contract.invocation_policy(index)) for index in _numbers(guardrails)]


def published_guardrail_policies(*, guardrails: int) -> list[str]:
    """References to the policies to apply so many guardrail versions."""
    return [contract.reference(contract.guardrail_policy(index)) for index in _numbers(guardrails)]


def _numbers(versions: int) -> range:
    """Numbers of the policies that hold so many versions."""
    return range(1, len(batches(range(versions))) + 1)


def batches(items: Sequence[T]) -> list[Sequence[T]]:
    """The items in groups of at most `BATCH`, in order."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def _read(scope: Construct, keys: Sequence[str]) -> Statement:
    stack = cdk.Stack.of(scope)
    prefix = f"arn:aws:ssm:{stack.region}:{stack.account}:parameter"
    return allow("ReadContracts", ["ssm:GetParameter"], [f"{prefix}{contract.parameter_name(key)}" for key in keys])


def _publish(scope: Construct, construct_id: str, key: str, statements: Sequence[Statement]) -> None:
    policy = iam.CfnManagedPolicy(
        scope, construct_id, description="Use of the catalog", policy_document=document(statements)
    )
    contract.publish(scope, f"{construct_id}Arn", key, policy.ref)
