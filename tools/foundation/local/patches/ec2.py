"""EC2: what a VPC endpoint and a flow log were created with is described again."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import ec2

from foundation.local.patches.base import Patch

# What AWS attaches to an endpoint that names no policy.
FULL_ACCESS = {"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}


def policy_text(endpoint: dict[str, Any]) -> str:
    """An endpoint's policy as JSON, the default one if it has none."""
    policy = endpoint.get("PolicyDocument") or FULL_ACCESS
    return policy if isinstance(policy, str) else json.dumps(policy)


def _endpoint_fields() -> None:
    upstream = ec2._vpce_fields_xml

    def vpce_fields_xml(endpoint: dict[str, Any], tag: str = "item") -> str:
        groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("SecurityGroupIds", []))
        private = str(str(endpoint.get("PrivateDnsEnabled", False)).lower() == "true").lower()
        more = (
            f"<policyDocument>{escape(policy_text(endpoint))}</policyDocument>"
            f"<privateDnsEnabled>{private}</privateDnsEnabled><groupSet>{groups}</groupSet>"
        )
        made: str = upstream(endpoint, tag)
        head, end, _ = made.rpartition(f"</{tag}>")
        return f"{head}{more}{end}"

    ec2._vpce_fields_xml = vpce_fields_xml


def _flow_log_fields() -> None:
    upstream = ec2._describe_flow_logs

    def describe_flow_logs(params: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = upstream(params)
        text = body.decode() if isinstance(body, bytes) else str(body)
        for flow_log in ec2._flow_logs.values():
            marker = f"<flowLogId>{flow_log['FlowLogId']}</flowLogId>"
            text = text.replace(marker, marker + _flow_log_xml(flow_log))
        return status, headers, text.encode()

    ec2._describe_flow_logs = describe_flow_logs
    ec2._ACTION_MAP["DescribeFlowLogs"] = describe_flow_logs


def _flow_log_xml(flow_log: dict[str, Any]) -> str:
    members = {
        "logGroupName": flow_log.get("LogGroupName"),
        "deliverLogsPermissionArn": flow_log.get("DeliverLogsPermissionArn"),
        "logFormat": flow_log.get("LogFormat"),
        "maxAggregationInterval": flow_log.get("MaxAggregationInterval"),
    }
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items() if value is not None)


PATCHES = (
    Patch(
        "ec2-endpoint-fields",
        "services.ec2._vpce_fields_xml leaves out an endpoint's policy, security groups and private DNS",
        "DescribeVpcEndpoints must tell which policy stands in front of a service",
        _endpoint_fields,
    ),
    Patch(
        "ec2-flow-log-fields",
        "services.ec2._describe_flow_logs leaves out the log group, role, format and interval",
        "a flow log must be read back as it was made",
        _flow_log_fields,
    ),
)
