"""Policies of VPC endpoints: one each, for the organisation's principals, and approved models only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from foundation.checks.assembly import Resource, StackTemplate
from foundation.checks.findings import Finding
from foundation.checks.intrinsics import text, texts
from foundation.checks.policies import conditions

_EQUALS = frozenset({"stringequals", "stringequalsignorecase"})


@dataclass(frozen=True)
class EndpointProof:
    """What the template says about one endpoint. `organisations` is empty when a statement lets others in."""

    endpoint: Resource
    service: str
    kind: str
    organisations: tuple[str, ...]
    actions: tuple[str, ...]
    models: tuple[str, ...]


def check_endpoints(stack: StackTemplate, approved: frozenset[str] | None = None) -> Iterator[Finding]:
    """Findings of every endpoint's policy.

    approved: ids of the models and inference profiles that the stage may use; None checks for wildcards only.
    """
    for endpoint in stack.of_type("AWS::EC2::VPCEndpoint"):
        allowed = _allow_statements(endpoint)
        if allowed is None:
            message = f"the endpoint of {service_of(endpoint)} has no PolicyDocument; give it one"
            yield Finding("GF-ENDPOINT-001", endpoint, message)
            continue
        for number, body in enumerate(allowed, 1):
            name = text(body.get("Sid", f"statement {number}"))
            if not _organisations(body):
                message = f"{name} lets in anybody who reaches the endpoint; add StringEquals aws:PrincipalOrgID"
                yield Finding("GF-ENDPOINT-002", endpoint, message, name)
            if service_of(endpoint).endswith(".bedrock-runtime"):
                yield from _model_findings(endpoint, body, approved)


def prove_endpoints(stack: StackTemplate) -> Iterator[EndpointProof]:
    """Every endpoint with what its policy allows."""
    for endpoint in stack.of_type("AWS::EC2::VPCEndpoint"):
        allowed = _allow_statements(endpoint) or []
        each = [_organisations(body) for body in allowed]
        yield EndpointProof(
            endpoint,
            service_of(endpoint),
            text(endpoint.properties.get("VpcEndpointType", "Gateway")),
            tuple(dict.fromkeys(name for names in each for name in names)) if all(each) else (),
            tuple(dict.fromkeys(action for body in allowed for action in _actions(body))),
            tuple(dict.fromkeys(model for body in allowed for model in _resources(body) if ":bedrock:" in model)),
        )


def service_of(endpoint: Resource) -> str:
    """Service name of the endpoint, such as com.amazonaws.eu-west-1.bedrock-runtime."""
    return text(endpoint.properties.get("ServiceName", ""))


def _allow_statements(endpoint: Resource) -> list[Mapping[str, Any]] | None:
    document = endpoint.properties.get("PolicyDocument")
    if not isinstance(document, dict) or not document.get("Statement"):
        return None
    items = document["Statement"]
    return [body for body in (items if isinstance(items, list) else [items]) if body.get("Effect") == "Allow"]


def _organisations(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Organisation ids that the statement is limited to; a wildcard limits nothing."""
    for operator, key, values in conditions(body):
        if operator in _EQUALS and key in ("aws:principalorgid", "aws:sourceorgid") and values and "*" not in values:
            return tuple(values)
    return ()


def _actions(body: Mapping[str, Any]) -> list[str]:
    return ["*"] if "NotAction" in body else texts(body.get("Action"))


def _resources(body: Mapping[str, Any]) -> list[str]:
    return ["*"] if "NotResource" in body else texts(body.get("Resource"))


def _model_findings(endpoint: Resource, body: Mapping[str, Any], approved: frozenset[str] | None) -> Iterator[Finding]:
    if not any(_may_invoke(action) for action in _actions(body)):
        return
    for resource in _resources(body):
        if ":guardrail/" in resource:
            continue  # ApplyGuardrail's resource, which no model can match
        if "*" in resource or "?" in resource:
            yield Finding("GF-ENDPOINT-003", endpoint, f"{resource} has a wildcard; name approved models", resource)
        elif approved is not None and _model_id(resource) not in approved:
            message = f"{_model_id(resource)} isn't approved for {endpoint.stack.stage}; approve it in platform.yaml"
            yield Finding("GF-ENDPOINT-003", endpoint, message, resource)


def _may_invoke(action: str) -> bool:
    lower = action.lower()
    return "*" in lower or "?" in lower or lower.startswith("bedrock:invokemodel")


def _model_id(arn: str) -> str:
    """`amazon.nova-lite-v1:0` of `arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0`."""
    return arn.rpartition("/")[2]
