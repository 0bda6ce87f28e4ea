"""AppConfig: the application whose configurations say what is live, and a use case's configuration."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.function import Function
from genai_foundation.iam import Statement, allow
from genai_foundation.live.patterns import acknowledge_patterns

ENVIRONMENT: Final = "live"
SCHEMA: Final = Path(__file__).with_name("document.schema.json")
"""Of `genai_runtime.live.records.Document`, in the draft that AppConfig takes; `foundation schema` writes it."""
DATA_ACTIONS: Final = ("appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession")


@dataclass(frozen=True)
class LiveAccess:
    """What a function needs to read what is live, and to have a candidate asked beside it.

    :param application_id: of AppConfig
    :param environment_id: of AppConfig
    :param shadow_queue_url: takes the requests that a shadow is asked too
    :param shadow_queue_arn: the same
    :param max_age_seconds: age of a configuration at which it is asked for again; AppConfig allows 15 and more
    """

    application_id: str
    environment_id: str
    shadow_queue_url: str
    shadow_queue_arn: str
    max_age_seconds: int = 15

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of functions that read what is live."""
        return {
            "LIVE_APPLICATION": self.application_id,
            "LIVE_ENVIRONMENT": self.environment_id,
            "LIVE_MAX_AGE_SECONDS": str(self.max_age_seconds),
        }


class LiveConfiguration(Construct):
    """Application, environment and deployment strategy: everything at once, without a bake time.

    A canary's share is part of a document, so that routing is the same in every process; a rollback must not wait. Without
    a bake time AppConfig looks at no alarms: `observe` does, request by request.

    :param name: name of the application
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        super().__init__(scope, construct_id)
        application = appconfig.CfnApplication(self, "Default", name=name, description="What is live for each use case")
        environment = appconfig.CfnEnvironment(
            self,
            "Environment",
            application_id=application.ref,
            name=ENVIRONMENT,
            description="What requests are answered with",
        )
        strategy = appconfig.CfnDeploymentStrategy(
            self,
            "Strategy",
            name=f"{name}-at-once",
            description="All at once, without a bake time",
            deployment_duration_in_minutes=0,
            growth_factor=100,
            growth_type="LINEAR",
            final_bake_time_in_minutes=0,
            replicate_to="NONE",
        )
        self.application_id = application.ref
        self.environment_id = environment.ref
        self.strategy_id = strategy.ref
        self.arn = application_arn(self, application.ref)

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets a principal read what is live; the key needs its own grant."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(DATA_ACTIONS),
            resource_arns=[configurations_arn(self, self.application_id, self.environment_id)],
        )


class LiveProfile(Construct):
    """A use case's configuration, checked by a JSON schema and by a function before it is deployed.

    :param application_id: the application
    :param use_case: name of the use case, and of the profile
    :param validate_function_arn: refuses what isn't deployed or isn't in the use case's contract
    :param key_arn: customer key of the stored versions
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        application_id: str,
        use_case: str,
        validate_function_arn: str,
        key_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        schema = json.dumps(json.loads(SCHEMA.read_text(encoding="utf-8")), separators=(",", ":"))
        self.profile = appconfig.CfnConfigurationProfile(
            self,
            "Default",
            application_id=application_id,
            name=use_case,
            description=f"What {use_case} is answered with",
            location_uri="hosted",
            kms_key_identifier=key_arn,
            validators=[
                {"type": "JSON_SCHEMA", "content": schema},
                {"type": "LAMBDA", "content": validate_function_arn},
            ],
        )
        self.profile_id = self.profile.ref

    def grant_read(self, grantee: iam.IGrantable, *, application_id: str, environment_id: str) -> iam.Grant:
        """Lets a principal read this configuration; the key needs its own grant."""
        parent = application_arn(self, application_id)
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(DATA_ACTIONS),
            resource_arns=[f"{parent}/environment/{environment_id}/configuration/{self.profile_id}"],
        )


def application_arn(scope: Construct, application_id: str) -> str:
    """ARN of an application of this account and Region."""
    stack = cdk.Stack.of(scope)
    return f"arn:aws:appconfig:{stack.region}:{stack.account}:application/{application_id}"


def configurations_arn(scope: Construct, application_id: str, environment_id: str) -> str:
    """Pattern of an environment's configurations: use cases come and go without a change of their readers."""
    return f"{application_arn(scope, application_id)}/environment/{environment_id}/configuration/*"


def read_configurations(scope: Construct, access: LiveAccess) -> Statement:
    """Reads what is live."""
    return allow("Live", DATA_ACTIONS, [configurations_arn(scope, access.application_id, access.environment_id)])


def acknowledge_configurations(function: Function, access: LiveAccess) -> None:
    """Acknowledge the pattern of `read_configurations`."""
    pattern = configurations_arn(function, access.application_id, access.environment_id)
    reason = "what is live for each use case, to read; a new use case must not need a change of this function"
    acknowledge_patterns(function, {pattern: reason})


def live_access(scope: Construct) -> LiveAccess:
    """What the stack Live published in this account and Region."""
    return LiveAccess(
        application_id=contract.parameter(scope, contract.LIVE_APPLICATION),
        environment_id=contract.parameter(scope, contract.LIVE_ENVIRONMENT),
        shadow_queue_url=contract.reference(contract.LIVE_SHADOW_QUEUE_URL),
        shadow_queue_arn=contract.reference(contract.LIVE_SHADOW_QUEUE),
    )
