"""What the datasets are made from: operations, parameters and errors of pinned service models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader

from foundation.evaluation.generate.html_text import first_sentence

API_VERSIONS = {
    "bedrock": "2023-04-20",
    "bedrock-agent": "2023-06-05",
    "bedrock-agent-runtime": "2023-07-26",
    "bedrock-runtime": "2023-09-30",
    "dynamodb": "2012-08-10",
    "events": "2015-10-07",
    "iam": "2010-05-08",
    "kms": "2014-11-01",
    "lambda": "2015-03-31",
    "s3": "2006-03-01",
    "secretsmanager": "2017-10-17",
    "stepfunctions": "2016-11-23",
}
LABELS = {
    "bedrock": "Amazon Bedrock",
    "bedrock-agent": "Bedrock Agents",
    "bedrock-agent-runtime": "Bedrock Agents Runtime",
    "bedrock-runtime": "Bedrock Runtime",
    "dynamodb": "Amazon DynamoDB",
    "events": "Amazon EventBridge",
    "iam": "AWS IAM",
    "kms": "AWS KMS",
    "lambda": "AWS Lambda",
    "s3": "Amazon S3",
    "secretsmanager": "AWS Secrets Manager",
    "stepfunctions": "AWS Step Functions",
}
SHORTEST, LONGEST = 25, 320
"""Characters of a description that is worth a question and short enough for a passage."""
_SIZED = {"string": ("length", "characters"), "list": ("number of items", "items"), "blob": ("size", "bytes")}


@dataclass(frozen=True)
class Parameter:
    """A top-level parameter of an operation's request."""

    service: str
    operation: str
    name: str
    kind: str
    summary: str
    required: bool
    minimum: int | None
    maximum: int | None
    values: tuple[str, ...]

    @property
    def id(self) -> str:
        """Id of its passage."""
        return f"{self.service}.{self.operation}.{self.name}"

    @property
    def document(self) -> str:
        """Where it stands in botocore."""
        return document(self.service, f"{self.operation}.{self.name}")

    @property
    def measured(self) -> tuple[str, str] | None:
        """What its limits limit, and their unit: `("length", "characters")`; None for a type without limits."""
        return ("value", "") if self.kind in ("integer", "long") else _SIZED.get(self.kind)


@dataclass(frozen=True)
class Operation:
    """An operation of an API."""

    service: str
    name: str
    summary: str
    parameters: tuple[Parameter, ...]

    @property
    def id(self) -> str:
        """Id of its passage."""
        return f"{self.service}.{self.name}"

    @property
    def document(self) -> str:
        """Where it stands in botocore."""
        return document(self.service, self.name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the parameters that a call must have."""
        return tuple(each.name for each in self.parameters if each.required)


@dataclass(frozen=True)
class ServiceError:
    """An error that a service returns."""

    service: str
    name: str
    summary: str

    @property
    def id(self) -> str:
        """Id of its passage."""
        return f"{self.service}.errors.{self.name}"

    @property
    def document(self) -> str:
        """Where it stands in botocore."""
        return document(self.service, f"errors.{self.name}")


@dataclass(frozen=True)
class Api:
    """One API, its members by name."""

    name: str
    operations: tuple[Operation, ...]
    errors: tuple[ServiceError, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of all operations."""
        return tuple(each for operation in self.operations for each in operation.parameters)


def document(service: str, place: str) -> str:
    """Id of a document: `botocore/SERVICE/API VERSION/PLACE`."""
    return f"botocore/{service}/{API_VERSIONS[service]}/{place}"


@cache
def model(service: str) -> Mapping[str, Any]:
    """The service model inside botocore itself; files that a user keeps in ~/.aws/models don't count."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    found: Mapping[str, Any] = loader.load_service_model(service, "service-2", API_VERSIONS[service])
    return found


@cache
def api(name: str) -> Api:
    """An API's operations and errors with a usable description; deprecated ones are left out."""
    raw = model(name)
    shapes = raw["shapes"]
    operations = [_operation(name, each, shapes) for each in raw["operations"].values() if not each.get("deprecated")]
    errors = [
        ServiceError(name, shape, first_sentence(body.get("documentation", "")))
        for shape, body in shapes.items()
        if body.get("exception")
    ]
    return Api(
        name,
        tuple(sorted((each for each in operations if usable(each.summary)), key=lambda each: each.name)),
        tuple(sorted((each for each in errors if usable(each.summary)), key=lambda each: each.name)),
    )


def usable(summary: str) -> bool:
    """A whole sentence of a sensible length."""
    return SHORTEST <= len(summary) <= LONGEST and summary.endswith(".") and " " in summary


def _operation(service_name: str, raw: Mapping[str, Any], shapes: Mapping[str, Any]) -> Operation:
    request = shapes.get(raw.get("input", {}).get("shape", ""), {})
    required = set(request.get("required", ()))
    parameters = [
        _parameter(service_name, raw["name"], name, member, shapes[member["shape"]], name in required)
        for name, member in sorted(request.get("members", {}).items())
        if not member.get("deprecated")
    ]
    return Operation(service_name, raw["name"], first_sentence(raw.get("documentation", "")), tuple(parameters))


def _parameter(
    service_name: str, operation: str, name: str, member: Mapping[str, Any], shape: Mapping[str, Any], required: bool
) -> Parameter:
    summary = first_sentence(member.get("documentation") or shape.get("documentation", ""))
    minimum, maximum = shape.get("min"), shape.get("max")
    return Parameter(
        service_name, operation, name, shape["type"], summary, required,
        int(minimum) if minimum is not None else None, int(maximum) if maximum is not None else None,
        tuple(shape.get("enum", ())),
    )  # fmt: skip
