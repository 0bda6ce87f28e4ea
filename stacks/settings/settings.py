"""What the stacks read: one frozen object, valid as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

from genai_foundation.catalog.guardrail import GuardrailSpec
from genai_foundation.catalog.model import InferenceProfile, ModelSpec
from genai_foundation.catalog.prompt import PromptSpec
from stacks.settings.platform import (
    ENVIRONMENTS,
    Environment,
    Evaluation,
    ModelQuota,
    Notifications,
    Organization,
    Platform,
    Regions,
    Release,
    Removal,
    ResilienceTier,
    Retention,
    Runtime,
)
from stacks.settings.use_case import CatalogReference, UseCase

Role = Literal["shared", "dev", "pre-prod", "prod", "data-governance", "data-producer"]
RegionRole = Literal["primary", "recovery"]


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account. `stage` is the role, or data-producer-NAME; `name` is empty but for data producers."""

    stage: str
    role: Role
    name: str
    id: str

    @property
    def environment(self) -> Environment | None:
        """The workload environment that the account is, if it is one."""
        return next((environment for environment in ENVIRONMENTS if environment == self.stage), None)


@dataclass(frozen=True, slots=True)
class ApprovedModel:
    """A model that an environment may use, with the inference profiles that were chosen for it."""

    spec: ModelSpec
    profiles: tuple[InferenceProfile, ...]

    @property
    def id(self) -> str:
        """Bedrock model id."""
        return self.spec.id

    def profile_in(self, region: str) -> InferenceProfile | None:
        """The profile that calls from `region` go through; None when they use the model's own id."""
        return next((profile for profile in self.profiles if region in profile.source_regions), None)

    def invocation_id(self, region: str) -> str:
        """What to pass to Converse as modelId in `region`: profile id or model id."""
        profile = self.profile_in(region)
        return profile.id if profile else self.spec.id

    def processing_regions(self, region: str) -> tuple[str, ...]:
        """Regions in which a call from `region` may be processed; IAM needs the model's ARN in each."""
        profile = self.profile_in(region)
        return tuple(sorted({region, *profile.destination_regions})) if profile else (region,)


@dataclass(frozen=True, slots=True)
class Network:
    """CIDR blocks by stage and Region."""

    blocks: Mapping[tuple[str, RegionRole], IPv4Network]

    def cidr(self, stage: str, region: RegionRole) -> str:
        """The VPC's CIDR block; KeyError for a stage without a network."""
        return str(self.blocks[stage, region])

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that have a network."""
        return tuple(dict.fromkeys(stage for stage, _ in self.blocks))


@dataclass(frozen=True, slots=True)
class Catalog:
    """Released versions by reference (`NAME-vN`), and every model by id, each in a stable order."""

    guardrails: Mapping[str, GuardrailSpec]
    prompts: Mapping[str, PromptSpec]
    models: Mapping[str, ModelSpec]

    def guardrail(self, reference: CatalogReference) -> GuardrailSpec:
        """The guardrail that a use case names."""
        return self.guardrails[reference.reference]

    def prompt(self, reference: CatalogReference) -> PromptSpec:
        """The prompt that a use case names."""
        return self.prompts[reference.reference]


@dataclass(frozen=True)
class Settings:
    """Configuration and catalog after every check. `load_settings` is the only way to get one."""

    config: Path
    catalog: Catalog
    platform: Platform
    use_cases: tuple[UseCase, ...]

    @property
    def organization(self) -> Organization:
        return self.platform.organization

    @property
    def regions(self) -> Regions:
        """`.primary`, `.recovery` (each `.name`, `.availability_zones`) and `.inference`."""
        return self.platform.regions

    @property
    def retention(self) -> Retention:
        return self.platform.retention

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every resource."""
        return dict(self.platform.tags)

    @property
    def notifications(self) -> Notifications:
        return self.platform.notifications

    @property
    def runtime(self) -> Runtime:
        return self.platform.runtime

    @property
    def removal(self) -> Removal:
        return self.platform.removal

    @property
    def evaluation(self) -> Evaluation:
        return self.platform.evaluation

    @property
    def release(self) -> Release | None:
        """The release pipeline, where the organisation has one."""
        return self.platform.release

    @property
    def resilience_tier(self) -> ResilienceTier:
        return self.platform.resilience_tier

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """Every account: shared, dev, pre-prod, prod, data-governance, then the data producers by name."""
        ids = self.platform.accounts
        fixed: tuple[tuple[Role, str], ...] = (
            ("shared", ids.shared),
            ("dev", ids.dev),
            ("pre-prod", ids.pre_prod),
            ("prod", ids.prod),
            ("data-governance", ids.data_governance),
        )
        producers = sorted(ids.data_producers, key=lambda producer: producer.name)
        return (
            *(Account(role, role, "", number) for role, number in fixed),
            *(Account(f"data-producer-{each.name}", "data-producer", each.name, each.id) for each in producers),
        )

    def account(self, stage: str) -> Account:
        """The account of a stage; KeyError names the known stages."""
        for account in self.accounts:
            if account.stage == stage:
                return account
        raise KeyError(f"no account {stage!r}: known are {', '.join(each.stage for each in self.accounts)}")

    @cached_property
    def network(self) -> Network:
        """CIDR blocks."""
        blocks: dict[tuple[str, RegionRole], IPv4Network] = {}
        for stage, network in self.platform.network.items():
            blocks[stage, "primary"] = network.primary
            blocks[stage, "recovery"] = network.recovery
        return Network(blocks)

    def models_for(self, environment: Environment) -> tuple[ApprovedModel, ...]:
        """Models that the environment may use, in the order of platform.yaml."""
        return tuple(
            ApprovedModel(spec, tuple(p for p in spec.inference_profiles if p.id in choice.inference_profiles))
            for choice in self.platform.models[environment]
            for spec in (self.catalog.models[choice.id],)
        )

    def quota(self, environment: Environment, model: str) -> ModelQuota:
        """What runs may ask of a model per minute; unlimited where the configuration says nothing."""
        return self.evaluation.quotas.get(environment, {}).get(model, ModelQuota())

    def prompts_for(self, environment: Environment) -> tuple[PromptSpec, ...]:
        """Released prompts whose model the environment may use."""
        approved = {choice.id for choice in self.platform.models[environment]}
        return tuple(prompt for prompt in self.catalog.prompts.values() if prompt.model in approved)

    def use_cases_in(self, environment: Environment) -> tuple[UseCase, ...]:
        """Use cases that are built in the environment, by name."""
        return tuple(case for case in self.use_cases if environment in case.environments)

    def tags_for(self, use_case: UseCase) -> dict[str, str]:
        """Tags of a use case's resources: the platform's, with owner, cost and data class of the use case."""
        own = {
            "owner": use_case.owner,
            "cost-centre": use_case.cost_centre,
            "data-classification": use_case.data_classification,
            "lob": use_case.lob,
            "use-case": use_case.name,
        }
        return {**self.platform.tags, **own}
