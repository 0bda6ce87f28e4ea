"""What functions of what is live may do: read the log's application and catalog, make versions, deploy them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.live.configuration import application_arn
from genai_foundation.live.log import read_log
from genai_foundation.live.patterns import acknowledge_patterns

CONTRACTS: Final = ("guardrails", "prompts", "use-cases")


@dataclass(frozen=True)
class LiveState:
    """The log and the AppConfig application that shows it.

    :param table_name: the log
    :param table_arn: the same
    :param application_id: of AppConfig
    :param environment_id: of AppConfig
    :param strategy_id: deployment strategy
    """

    table_name: str
    table_arn: str
    application_id: str
    environment_id: str
    strategy_id: str

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of functions that append or show."""
        return {
            "LIVE_TABLE_NAME": self.table_name,
            "LIVE_APPLICATION": self.application_id,
            "LIVE_ENVIRONMENT": self.environment_id,
            "LIVE_STRATEGY": self.strategy_id,
        }


def show_live(scope: Construct, state: LiveState) -> list[Statement]:
    """Reads the log, makes versions of configurations and deploys them."""
    stack = cdk.Stack.of(scope)
    own = application_arn(scope, state.application_id)
    profiles, environment = f"{own}/configurationprofile/*", f"{own}/environment/{state.environment_id}"
    strategy = f"arn:aws:appconfig:{stack.region}:{stack.account}:deploymentstrategy/{state.strategy_id}"
    versions = (
        "CreateHostedConfigurationVersion",
        "GetHostedConfigurationVersion",
        "ListConfigurationProfiles",
        "ListHostedConfigurationVersions",
    )
    deployments = ("ListDeployments", "StartDeployment", "StopDeployment")
    return [
        read_log(state.table_arn),
        allow("Versions", [f"appconfig:{action}" for action in versions], [own, profiles]),
        allow(
            "Deploy",
            [f"appconfig:{action}" for action in deployments],
            [own, environment, f"{environment}/deployment/*", profiles, strategy],
        ),
    ]


def identify_profiles(scope: Construct, state: LiveState) -> list[Statement]:
    """Reads whose configuration a profile is."""
    own = application_arn(scope, state.application_id)
    return [allow("Profiles", ["appconfig:GetConfigurationProfile"], [own, f"{own}/configurationprofile/*"])]


def read_parameters(scope: Construct, kinds: Sequence[str] = CONTRACTS) -> Statement:
    """Reads what use cases may use and what of the catalog is deployed."""
    return allow("ReadContracts", ["ssm:GetParameter"], _parameters(scope, kinds))


def read_catalog(scope: Construct) -> list[Statement]:
    """Looks whether a prompt and a guardrail exist."""
    prompts, guardrails = _catalog(scope)
    return [
        allow("FindPrompts", ["bedrock:GetPrompt"], [prompts]),
        allow("FindGuardrails", ["bedrock:GetGuardrail"], [guardrails]),
    ]


def acknowledge_profiles(function: Function, state: LiveState) -> None:
    """Acknowledge the pattern of an application's profiles."""
    own = application_arn(function, state.application_id)
    acknowledge_patterns(
        function, {f"{own}/configurationprofile/*": "configurations of one application; use cases come and go"}
    )


def acknowledge_deployments(function: Function, state: LiveState) -> None:
    """Acknowledge the pattern of an environment's deployments."""
    environment = f"{application_arn(function, state.application_id)}/environment/{state.environment_id}"
    acknowledge_patterns(
        function, {f"{environment}/deployment/*": "deployments to one environment; AppConfig numbers them"}
    )


def acknowledge_parameters(function: Function, kinds: Sequence[str] = CONTRACTS) -> None:
    """Acknowledge the patterns of `read_parameters`."""
    reason = "contracts of use cases and of the catalog, to read; a new one must not need a change of this function"
    acknowledge_patterns(function, dict.fromkeys(_parameters(function, kinds), reason))


def acknowledge_catalog(function: Function) -> None:
    """Acknowledge the patterns of `read_catalog`."""
    reason = "looks whether a version exists; a new one must not need a change of this function"
    acknowledge_patterns(function, dict.fromkeys(_catalog(function), reason))


def _parameters(scope: Construct, kinds: Sequence[str]) -> list[str]:
    stack = cdk.Stack.of(scope)
    parameters = f"arn:aws:ssm:{stack.region}:{stack.account}:parameter{contract.PREFIX}"
    return [f"{parameters}/{kind}/*" for kind in kinds]


def _catalog(scope: Construct) -> tuple[str, str]:
    stack = cdk.Stack.of(scope)
    own = f"arn:aws:bedrock:{stack.region}:{stack.account}"
    return f"{own}:prompt/*", f"{own}:guardrail/*"
