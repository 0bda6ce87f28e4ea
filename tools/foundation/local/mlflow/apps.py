"""AWS::SageMaker::MlflowApp, and what its server needs to know of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudcontrol

from foundation.local.types.base import Provider, Resource
from foundation.local.types.generic import GenericProvider
from foundation.local.types.identifiers import generate
from foundation.local.types.schemas import Schema

TYPE = "AWS::SageMaker::MlflowApp"
# The App's, as AWS names it, and the server's behind it.
VERSION = "3.17.2"
# Told the ARN of each App that is deleted.
deleted: list[Callable[[str], None]] = []


@dataclass(frozen=True)
class App:
    """A deployed App."""

    arn: str
    artifact_store: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


class MlflowAppProvider(GenericProvider):
    """Keeps the App as its schema says; Ref is the ARN, whose last part the service makes."""

    def __init__(self) -> None:
        super().__init__(TYPE)

    def _read_only(self, schema: Schema, resource: Resource) -> dict[str, Any]:  # noqa: ARG002 - its values are known
        identifier = f"app-{str(generate(TYPE, 'MlflowAppId', resource)).upper()}"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return {
            "Arn": f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:mlflow-app/{identifier}",
            "MlflowAppId": identifier,
            "Status": "Created",
            "MlflowVersion": VERSION,
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    def delete(self, resource: Resource) -> None:
        super().delete(resource)
        for tell in deleted:
            tell(resource.physical_id)


def find(arn: str) -> App | None:
    """The App of an ARN, None when there is none."""
    return next((app for app in every() if app.arn == arn), None)


def every() -> Iterator[App]:
    """Apps of all accounts and Regions."""
    for _, record in cloudcontrol._resources.all_items():
        if record["TypeName"] == TYPE:
            model = json.loads(record["Properties"])
            yield App(str(model["Arn"]), str(model["ArtifactStoreUri"]))


PROVIDERS: dict[str, Provider] = {TYPE: MlflowAppProvider()}
