"""One CDK stage per account: which stacks it has, in which Region, and in which order they deploy."""

from collections.abc import Iterable

import aws_cdk as cdk
from cdk_nag import WriteNagSuppressionsToCloudFormationAspect
from constructs import Construct

from genai_foundation.errors import FoundationError
from stacks.catalogs import GuardrailsStack, PromptsStack
from stacks.data import DataStack, RedactionStack
from stacks.evaluation import EvaluationStack
from stacks.experiments import ExperimentsStack
from stacks.live import LiveStack
from stacks.model_access import ModelAccessStack, UseCaseStack
from stacks.network import NetworkStack
from stacks.online import OnlineStack
from stacks.pipeline import PipelineStack
from stacks.release_access import DatasetAccessStack, ReleaseAccessStack
from stacks.security import SecurityStack
from stacks.settings import Account, Settings
from stacks.site import Site

# Use cases whose contract asks for less than this are rebuilt in the recovery Region when they are needed there.
RECOVERED_TIERS = ("pilot-light", "warm-standby", "active-active")


class AccountStage(cdk.Stage):
    """All stacks of one account, in the primary and the recovery Region."""

    def __init__(self, scope: Construct, *, settings: Settings, account: Account) -> None:
        super().__init__(scope, account.stage)
        primary = Site(settings, account, recovery=False)
        recovery = Site(settings, account, recovery=True)
        security = SecurityStack(self, primary)
        recovery_security = SecurityStack(self, recovery)
        # Reads the primary Region's key through the contract.
        recovery_security.add_stack_dependency(security)
        self._add_region(primary, security)
        self._add_region(recovery, recovery_security)
        for key, value in {**settings.tags, "environment": account.stage}.items():
            cdk.Tags.of(self).add(key, value)
        # An aspect on the app doesn't reach into stages (docs/cursed-knowledge.md).
        cdk.Aspects.of(self).add(WriteNagSuppressionsToCloudFormationAspect())

    def _add_region(self, site: Site, security: SecurityStack) -> None:
        settings, account = site.settings, site.account
        data = None
        if account.role in ("data-governance", "data-producer") and not site.recovery:
            data = DataStack(self, site)
            data.add_stack_dependency(security)
        if account.role == "shared" and not site.recovery:
            ExperimentsStack(self, site).add_stack_dependency(security)
            if settings.release is not None:
                PipelineStack(self, site, settings.release).add_stack_dependency(security)
        if account.stage not in settings.network.stages:
            return
        network = NetworkStack(self, site)
        network.add_stack_dependency(security)
        if data is not None:
            redaction = RedactionStack(self, site)
            redaction.add_stack_dependency(data)
            redaction.add_stack_dependency(network)
            if settings.release is not None:
                DatasetAccessStack(self, site).add_stack_dependency(redaction)
        if account.environment is None:
            return
        guardrails, prompts = GuardrailsStack(self, site), PromptsStack(self, site)
        guardrails.add_stack_dependency(security)
        prompts.add_stack_dependency(security)
        access = ModelAccessStack(self, site)
        for needed in (network, guardrails, prompts):
            access.add_stack_dependency(needed)
        last: cdk.Stack = access if site.recovery else self._add_live(site, network, access)
        for use_case in settings.use_cases_in(account.environment):
            if not site.recovery or use_case.resilience_tier in RECOVERED_TIERS:
                UseCaseStack(self, site, use_case).add_stack_dependency(last)

    def _add_live(self, site: Site, network: NetworkStack, access: ModelAccessStack) -> OnlineStack:
        """What only the primary Region has around model access; use cases come after it."""
        live, online = LiveStack(self, site), OnlineStack(self, site)
        live.add_stack_dependency(network)
        access.add_stack_dependency(live)
        evaluation = EvaluationStack(self, site)
        for later in (online, evaluation):
            later.add_stack_dependency(access)
        if site.settings.release is not None:
            ReleaseAccessStack(self, site).add_stack_dependency(evaluation)
        return online


def build_stages(app: cdk.App, settings: Settings, *, only: str | None = None) -> list[AccountStage]:
    """The stage of every account, or of the one that is asked for.

    :param only: stage name; raises GF-CFG-090, naming the known ones, when there is no such account
    """
    stages = {account.stage: account for account in settings.accounts}
    if only is not None and only not in stages:
        raise FoundationError("GF-CFG-090", f"there is no account {only!r}: use one of {', '.join(stages)}")
    chosen: Iterable[Account] = settings.accounts if only is None else [stages[only]]
    return [AccountStage(app, settings=settings, account=account) for account in chosen]
