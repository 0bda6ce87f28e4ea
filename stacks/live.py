"""Live: what each use case is answered with, released apart from code; in workload accounts, in the primary Region (ACC-4)."""

from functools import partial

import aws_cdk as cdk
from constructs import Construct

from genai_foundation import contract
from genai_foundation.alarms import Alarms
from genai_foundation.function import Placement
from genai_foundation.layers import base_layer_version
from genai_foundation.live.configuration import LiveConfiguration
from genai_foundation.live.functions import LiveFunctions, Setting
from genai_foundation.live.log import LiveLog
from genai_foundation.live.permissions import LiveState
from genai_foundation.live.shadow import ShadowQueue
from genai_foundation.network.access import EndpointAccess
from stacks.site import Site

APPLICATION = "genai-foundation"
# A candidate is asked a hundred questions at once before somebody should look.
SHADOW_BACKLOG = 100


class LiveStack(cdk.Stack):
    """The log, the AppConfig application that shows it, the functions that change it, and the shadow's queue."""

    def __init__(self, scope: Construct, site: Site) -> None:
        super().__init__(scope, site.construct_id("Live"), env=site.env, description="What is live for each use case")
        value = partial(contract.parameter, self)
        key, topic = value(contract.DATA_KEY), value(contract.ALARM_TOPIC)
        log = LiveLog(self, "Log", key_arn=key)
        configuration = LiveConfiguration(self, "Configuration", name=APPLICATION)
        functions = LiveFunctions(
            self,
            "Functions",
            setting=live_setting(self, site),
            state=LiveState(
                table_name=log.name,
                table_arn=log.arn,
                application_id=configuration.application_id,
                environment_id=configuration.environment_id,
                strategy_id=configuration.strategy_id,
            ),
            alarm_topic_arn=topic,
        )
        functions.publish()
        shadow = ShadowQueue(self, "Shadow", key_arn=key)
        alarms = Alarms(self, "Alarms", topic_arn=topic)
        alarms.add_backlog("ShadowBacklog", shadow.name, messages=SHADOW_BACKLOG)
        alarms.add_dead_letters("ShadowFailures", shadow.failures_name)
        for name, contract_key, published in (
            ("TableArn", contract.LIVE_TABLE, log.arn),
            ("TableName", contract.LIVE_TABLE_NAME, log.name),
            ("Application", contract.LIVE_APPLICATION, configuration.application_id),
            ("Environment", contract.LIVE_ENVIRONMENT, configuration.environment_id),
            ("Strategy", contract.LIVE_STRATEGY, configuration.strategy_id),
            ("ShadowQueueArn", contract.LIVE_SHADOW_QUEUE, shadow.arn),
            ("ShadowQueueUrl", contract.LIVE_SHADOW_QUEUE_URL, shadow.url),
        ):
            contract.publish(self, name, contract_key, published)


def live_setting(stack: cdk.Stack, site: Site) -> Setting:
    """What the functions of the stacks Live and Online share: a layer of the stack's own, and a group in the VPC."""
    value = partial(contract.parameter, stack)
    access = EndpointAccess(
        stack,
        "Network",
        vpc_id=value(contract.VPC_ID),
        endpoint_group_id=value(contract.ENDPOINT_SECURITY_GROUP),
        prefix_list_ids=(value(contract.DYNAMODB_PREFIX_LIST),),
    )
    zones = range(1, len(site.region.availability_zones) + 1)
    return Setting(
        environment_name=site.environment,
        operations=site.operations(value),
        placement=Placement(
            subnet_ids=[value(contract.subnet_id(index)) for index in zones],
            security_group_ids=[access.group_id],
        ),
        runtime=site.runtime,
        layer_arn=base_layer_version(stack, "Layer", site.runtime).ref,
    )
