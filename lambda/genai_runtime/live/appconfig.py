"""AppConfig's control plane: profiles, hosted versions, deployments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from genai_runtime.live import errors
from genai_runtime.live.errors import LiveError
from genai_runtime.live.records import Document

State = Literal["BAKING", "VALIDATING", "DEPLOYING", "COMPLETE", "ROLLING_BACK", "ROLLED_BACK", "REVERTED"]
_LABEL = "record-"
UNDER_WAY: frozenset[State] = frozenset({"BAKING", "VALIDATING", "DEPLOYING", "ROLLING_BACK"})


@dataclass(frozen=True)
class Deployment:
    """A deployment to the environment, of any profile."""

    number: int
    profile: str  # name
    label: str  # of the hosted version; empty where it has none
    state: State

    @property
    def sequence(self) -> int:
        """The record that it shows; 0 when it isn't one of the log's."""
        number = self.label.removeprefix(_LABEL)
        return int(number) if self.label.startswith(_LABEL) and number.isdigit() else 0


def label(sequence: int) -> str:
    """Label of the hosted version that shows a record; AppConfig takes none of digits alone."""
    return f"{_LABEL}{sequence}"


def content(document: Document) -> bytes:
    """A document as AppConfig stores it: the same bytes for the same document."""
    return document.model_dump_json().encode()


class AppConfig:
    """One application and environment. Raises botocore's errors where AppConfig can't be used.

    :param client: boto3's appconfig
    :param application: id
    :param environment: id
    :param strategy: id of the deployment strategy
    """

    def __init__(self, client: Any, *, application: str, environment: str, strategy: str) -> None:
        self._client = client
        self._application = application
        self._environment = environment
        self._strategy = strategy

    def profiles(self) -> dict[str, str]:
        """Ids of the configuration profiles by name, which is the use case."""
        pages = self._client.get_paginator("list_configuration_profiles").paginate(ApplicationId=self._application)
        return {item["Name"]: item["Id"] for page in pages for item in page["Items"]}

    def version(self, profile: str, document: Document) -> int:
        """Number of the hosted version that holds the document; made when there is none.

        Raises LiveError when its label is on something else, or AppConfig's validators refuse the document.
        """
        for _ in range(2):  # a second time when another process has just made one
            versions = self._versions(profile)
            found = [number for number, name in versions.items() if name == label(document.sequence)]
            if found:
                return self._checked(profile, min(found), document)
            try:
                return self._made(profile, document, max(versions, default=None))
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConflictException":
                    raise _refusal(error, document) from error
        raise not_shown(document.use_case)

    def deployments(self) -> Iterator[Deployment]:
        """Deployments to the environment, newest first."""
        # botocore has a paginator; the order inside and between pages is AppConfig's: descending numbers.
        pages = self._client.get_paginator("list_deployments").paginate(
            ApplicationId=self._application, EnvironmentId=self._environment
        )
        for page in pages:
            for item in sorted(page["Items"], key=lambda each: -each["DeploymentNumber"]):
                yield Deployment(
                    item["DeploymentNumber"], item["ConfigurationName"], item.get("VersionLabel", ""), item["State"]
                )

    def start(self, profile: str, version: int, document: Document) -> bool:
        """Start a deployment; False while another one is under way. Raises LiveError when a validator refuses it."""
        try:
            self._client.start_deployment(
                ApplicationId=self._application,
                EnvironmentId=self._environment,
                DeploymentStrategyId=self._strategy,
                ConfigurationProfileId=profile,
                ConfigurationVersion=str(version),
                Description=f"{document.use_case} {label(document.sequence)}",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConflictException":
                return False
            raise _refusal(error, document) from error
        return True

    def stop(self, number: int) -> None:
        """Stop a deployment; one that has ended in the meantime stays as it is."""
        try:
            self._client.stop_deployment(
                ApplicationId=self._application, EnvironmentId=self._environment, DeploymentNumber=number
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "BadRequestException":
                raise

    def _versions(self, profile: str) -> dict[int, str]:
        pages = self._client.get_paginator("list_hosted_configuration_versions").paginate(
            ApplicationId=self._application, ConfigurationProfileId=profile
        )
        return {item["VersionNumber"]: item.get("VersionLabel", "") for page in pages for item in page["Items"]}

    def _made(self, profile: str, document: Document, latest: int | None) -> int:
        lock = {} if latest is None else {"LatestVersionNumber": latest}
        made = self._client.create_hosted_configuration_version(
            ApplicationId=self._application,
            ConfigurationProfileId=profile,
            Content=content(document),
            ContentType="application/json",
            VersionLabel=label(document.sequence),
            **lock,
        )
        return int(made["VersionNumber"])

    def _checked(self, profile: str, version: int, document: Document) -> int:
        found = self._client.get_hosted_configuration_version(
            ApplicationId=self._application, ConfigurationProfileId=profile, VersionNumber=version
        )["Content"].read()
        if found != content(document):
            raise LiveError(
                errors.CONTENT_CHANGED,
                f"hosted version {version} of {document.use_case!r} is labelled {label(document.sequence)} and holds "
                "something else than that record: delete the version; who made it is in the trail",
            )
        return version


def _refusal(error: ClientError, document: Document) -> Exception:
    if error.response["Error"]["Code"] != "BadRequestException":
        return error
    said = error.response["Error"].get("Message", "")[:300]
    return LiveError(
        errors.APPCONFIG_REFUSED,
        f"appconfig refuses record {document.sequence} of {document.use_case!r} ({said}): roll back to an earlier record; "
        "the log of the validating function says more",
    )


def not_shown(use_case: str) -> LiveError:
    """The newest record could not be shown in time; the schedule goes on with it."""
    return LiveError(
        errors.NOT_SHOWN,
        f"the newest record of {use_case!r} is not shown yet, because other changes are under way: look again in a minute",
    )
