"""The constructs behind what is live, with arguments as a line of business would give them."""

from collections.abc import Callable, Mapping

from constructs import Construct

from genai_foundation.function import Runtime
from genai_foundation.live.configuration import LiveConfiguration, LiveProfile
from genai_foundation.live.functions import LiveFunctions, Setting
from genai_foundation.live.log import LiveLog
from genai_foundation.live.online import Audited, OnlineFunctions
from genai_foundation.live.permissions import LiveState
from genai_foundation.live.shadow import ShadowQueue
from tests.synth.constructs.values import ACCESS, ACCOUNT, KEY, LAYER, OPERATIONS, PLACEMENT, REGION, TABLE, TOPIC

SETTING = Setting("dev", OPERATIONS, PLACEMENT, Runtime(), LAYER)
LIVE = LiveState("log", f"{TABLE}/log", "abc1234", "def5678", "ghi9012")


def online(scope: Construct, construct_id: str) -> OnlineFunctions:
    """The functions that watch candidates."""
    return OnlineFunctions(
        scope,
        construct_id,
        setting=SETTING,
        state=LIVE,
        audited=Audited("audit", f"{TABLE}/audit/stream/2026-01-01T00:00:00.000", 365),
        access=ACCESS,
        statistics_layer_arn=LAYER,
        policy_arns=[f"arn:aws:iam::{ACCOUNT}:policy/invoke-guarded"],
        alarm_topic_arn=TOPIC,
    )


SAMPLES: Mapping[type[Construct], Callable[[Construct, str], Construct]] = {
    LiveConfiguration: lambda s, i: LiveConfiguration(s, i, name="lob"),
    LiveFunctions: lambda s, i: LiveFunctions(s, i, setting=SETTING, state=LIVE, alarm_topic_arn=TOPIC),
    LiveLog: lambda s, i: LiveLog(s, i, key_arn=KEY),
    LiveProfile: lambda s, i: LiveProfile(
        s,
        i,
        application_id="abc1234",
        use_case="claims",
        validate_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:validate",
        key_arn=KEY,
    ),
    OnlineFunctions: online,
    ShadowQueue: lambda s, i: ShadowQueue(s, i, key_arn=KEY),
}
