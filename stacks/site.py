"""One account in one Region, as its stacks see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk

from genai_foundation import contract
from genai_foundation.catalog import ModelSpec
from genai_foundation.function import Operations, Runtime
from genai_foundation.models import invocation_arns
from genai_foundation.removal import DestructionKeys
from stacks.settings import Account, Environment, Region, Settings


@dataclass(frozen=True)
class Site:
    """Where a stack lives and what the configuration says about it.

    :param recovery: True in the recovery Region
    """

    settings: Settings
    account: Account
    recovery: bool

    @property
    def region(self) -> Region:
        """The Region with its Availability Zones."""
        regions = self.settings.regions
        return regions.recovery if self.recovery else regions.primary

    @property
    def region_role(self) -> Literal["primary", "recovery"]:
        """Key of this Region in the configuration."""
        return "recovery" if self.recovery else "primary"

    @property
    def env(self) -> cdk.Environment:
        """Account and Region for CDK: always explicit, so that templates hold plain ARNs."""
        return cdk.Environment(account=self.account.id, region=self.region.name)

    @property
    def environment(self) -> Environment:
        """The workload environment; only workload accounts have one."""
        environment = self.account.environment
        if environment is None:
            raise ValueError(f"{self.account.stage} is no workload environment")
        return environment

    @property
    def runtime(self) -> Runtime:
        """Lambda runtime of the platform."""
        return Runtime(python=self.settings.runtime.python, architecture=self.settings.runtime.architecture)

    @property
    def destruction(self) -> DestructionKeys:
        """The configuration's key for destroying state."""
        return DestructionKeys(allow_destroy=self.settings.removal.allow_destroy)

    def construct_id(self, name: str) -> str:
        """Stack id: `Security` in the primary Region, `RecoverySecurity` in the recovery Region."""
        return f"Recovery{name}" if self.recovery else name

    def model_arns(self, chosen: Callable[[ModelSpec], bool] = lambda _: True) -> list[str]:
        """ARNs of the models that the environment approved, each once; of all, unless `chosen` says which."""
        arns = (
            arn
            for model in self.settings.models_for(self.environment)
            if chosen(model.spec)
            for arn in invocation_arns(
                model.spec, model.profile_in(self.region.name), account=self.account.id, region=self.region.name
            )
        )
        return list(dict.fromkeys(arns))

    def model_ids(self) -> list[str]:
        """Ids that callers pass for the approved models in this Region."""
        return [model.invocation_id(self.region.name) for model in self.settings.models_for(self.environment)]

    def operations(self, value: Callable[[str], str] = contract.reference) -> Operations:
        """What the Security stack published for functions; `value` says how it is read."""
        return Operations(
            data_key_arn=value(contract.DATA_KEY),
            logs_key_arn=value(contract.LOGS_KEY),
            dead_letter_queue_arn=value(contract.DEAD_LETTER_QUEUE),
            log_retention_days=self.settings.retention.log_days,
        )
