"""Online: candidates in production are counted, compared and rolled back; in workload accounts, in the primary Region (ACC-4)."""

from functools import partial

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.catalog_access import published_policies
from genai_foundation.layers import layer_version
from genai_foundation.live.configuration import live_access
from genai_foundation.live.online import Audited, OnlineFunctions
from genai_foundation.live.permissions import LiveState
from stacks.live import live_setting
from stacks.site import Site


class OnlineStack(cdk.Stack):
    """The functions behind model access: they read its audit records, its shadow's queue and its users' ratings."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(
            scope, site.construct_id("Online"), env=site.env, description="Canaries, A/B tests, shadows, feedback"
        )
        settings, value = site.settings, partial(contract.parameter, self)
        access = live_access(self)
        OnlineFunctions(
            self,
            "Functions",
            setting=live_setting(self, site),
            state=LiveState(
                table_name=value(contract.LIVE_TABLE_NAME),
                table_arn=value(contract.LIVE_TABLE),
                application_id=access.application_id,
                environment_id=access.environment_id,
                strategy_id=value(contract.LIVE_STRATEGY),
            ),
            audited=Audited(
                table_name=value(contract.MODEL_ACCESS_AUDIT_TABLE),
                stream_arn=value(contract.MODEL_ACCESS_AUDIT_STREAM),
                retention_days=settings.retention.audit_days,
            ),
            access=access,
            statistics_layer_arn=layer_version(self, "Statistics", "statistics", site.runtime).ref,
            policy_arns=published_policies(
                guardrails=len(settings.catalog.guardrails), prompts=len(settings.prompts_for(site.environment))
            ),
            alarm_topic_arn=value(contract.ALARM_TOPIC),
        ).publish()
