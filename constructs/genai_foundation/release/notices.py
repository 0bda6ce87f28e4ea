"""People are told what a pipeline can't go on without: a failure, an approval that is asked for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import aws_events as events
from constructs import Construct

from genai_foundation.messaging import NotificationTopic
from genai_foundation.security.findings import EVENTS

STAGE, ACTION, PIPELINE = (f"CodePipeline {each} Execution State Change" for each in ("Stage", "Action", "Pipeline"))
PATHS: Final = {
    "pipeline": "$.detail.pipeline",
    "stage": "$.detail.stage",
    "action": "$.detail.action",
    "state": "$.detail.state",
    "execution": "$.detail.execution-id",
}


class PipelineNotices(Construct):
    """Failed stages are told to operations, approvals that are asked for to the approvers; each topic is encrypted.

    :param pipeline_name: the pipeline
    :param key_arn: customer key of the topics; its policy must let EventBridge use it, see `finding_key_statement`
    :param operations: e-mail addresses
    :param approvers: e-mail addresses
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str,
        key_arn: str,
        operations: Sequence[str],
        approvers: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._pipeline, self._key_arn = pipeline_name, key_arn
        self._add(
            "Failures",
            operations,
            "Release pipeline failures",
            [PIPELINE, STAGE],
            {"state": ["FAILED"]},
            "Release: stage <stage> of <pipeline> is <state>, execution <execution>.",
        )
        self._add(
            "Approvals",
            approvers,
            "Releases to approve",
            [ACTION],
            {"state": ["STARTED"], "type": {"category": ["Approval"]}},
            "Release: <pipeline> waits for your approval, action <action> of stage <stage>, execution <execution>.",
        )

    def _add(
        self,
        name: str,
        subscribers: Sequence[str],
        title: str,
        kinds: Sequence[str],
        detail: Mapping[str, Any],
        text: str,
    ) -> None:
        topic = NotificationTopic(
            self,
            f"{name}Topic",
            key_arn=self._key_arn,
            subscribers=subscribers,
            display_name=title,
            publishers=(EVENTS,),
        )
        paths = {key: path for key, path in PATHS.items() if f"<{key}>" in text}
        events.CfnRule(
            self,
            name,
            description=title,
            event_pattern={
                "source": ["aws.codepipeline"],
                "detail-type": list(kinds),
                "detail": {"pipeline": [self._pipeline], **detail},
            },
            targets=[
                {
                    "id": "People",
                    "arn": topic.arn,
                    "inputTransformer": {"inputPathsMap": paths, "inputTemplate": json.dumps(text)},
                }
            ],
        )
