"""What the picture shows, read from the synthesized assembly and the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foundation.checks.assembly import Assembly, load_assembly
from foundation.checks.errors import GateError
from stacks.settings import ENVIRONMENTS, Settings

RECOVERY = "Recovery"


@dataclass(frozen=True)
class AccountFacts:
    """One account: its stacks in each Region in the order of the assembly, names without the recovery prefix."""

    stage: str
    id: str
    environment: bool
    primary: tuple[str, ...]
    recovery: tuple[str, ...]
    buckets: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Everything that the picture says."""

    organization: str
    primary: str
    recovery: str
    accounts: tuple[AccountFacts, ...]
    interface_endpoints: tuple[str, ...]
    gateway_endpoints: tuple[str, ...]
    guardrails: tuple[str, ...]
    prompts: tuple[str, ...]
    models: Mapping[str, int]
    use_cases: Mapping[str, tuple[str, ...]]
    archives: frozenset[str]

    def account(self, stage: str) -> AccountFacts:
        """The account of a stage."""
        return next(account for account in self.accounts if account.stage == stage)

    def others(self) -> tuple[AccountFacts, ...]:
        """Accounts that are neither shared nor a workload environment."""
        return tuple(each for each in self.accounts if each.stage != "shared" and not each.environment)


def read_facts(folder: Path, settings: Settings) -> Facts:
    """Raises GateError: no assembly (GF-ASSEMBLY-001), or not every account is in it (GF-DOC-002)."""
    assembly = load_assembly(folder)
    absent = [account.stage for account in settings.accounts if account.stage not in assembly.stages]
    if absent:
        raise GateError("GF-DOC-002", f"{folder} lacks {', '.join(absent)}: run `make synth` without ENV")
    primary, recovery = settings.regions.primary.name, settings.regions.recovery.name
    return Facts(
        organization=settings.organization.name,
        primary=primary,
        recovery=recovery,
        accounts=tuple(
            AccountFacts(
                stage=account.stage,
                id=account.id,
                environment=account.environment is not None,
                primary=_stacks(assembly, account.stage, primary),
                recovery=_stacks(assembly, account.stage, recovery),
                buckets=_buckets(assembly, account.stage),
            )
            for account in settings.accounts
        ),
        interface_endpoints=_endpoints(assembly, "Interface", primary),
        gateway_endpoints=_endpoints(assembly, "Gateway", primary),
        guardrails=tuple(settings.catalog.guardrails),
        prompts=tuple(settings.catalog.prompts),
        models={environment: len(settings.models_for(environment)) for environment in ENVIRONMENTS},
        use_cases={
            environment: tuple(case.name for case in settings.use_cases_in(environment)) for environment in ENVIRONMENTS
        },
        archives=_archives(assembly),
    )


def _stacks(assembly: Assembly, stage: str, region: str) -> tuple[str, ...]:
    return tuple(
        stack.path.split("/", 1)[1].removeprefix(RECOVERY)
        for stack in assembly.stacks
        if stack.stage == stage and stack.region == region
    )


def _buckets(assembly: Assembly, stage: str) -> tuple[str, ...]:
    """Ids of the constructs that the Data stack's buckets belong to."""
    return tuple(
        resource.path.split("/Data/")[1].split("/")[0]
        for stack in assembly.stacks
        if stack.path == f"{stage}/Data"
        for resource in stack.of_type("AWS::S3::Bucket")
    )


def _endpoints(assembly: Assembly, kind: str, region: str) -> tuple[str, ...]:
    """Endpoint services of every workload network; they are the same in each."""
    return tuple(
        dict.fromkeys(
            str(endpoint.properties["ServiceName"]).removeprefix(f"com.amazonaws.{region}.")
            for stack in assembly.stacks
            if stack.region == region
            for endpoint in stack.of_type("AWS::EC2::VPCEndpoint")
            if endpoint.properties["VpcEndpointType"] == kind
        )
    )


def _archives(assembly: Assembly) -> frozenset[str]:
    """Regions in which the shared account has a bucket under object lock."""
    return frozenset(
        stack.region
        for stack in assembly.stacks
        if stack.stage == "shared"
        for bucket in stack.of_type("AWS::S3::Bucket")
        if bucket.properties.get("ObjectLockEnabled")
    )
