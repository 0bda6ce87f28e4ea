"""What a checker gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from foundation.local.readback.values import Partly, Unknown


class Clients(Protocol):
    """boto3 clients in the resource's account."""

    def __call__(self, service: str, region: str | None = None, /) -> Any:
        """A client in the resource's Region, or another."""
        ...


@dataclass(frozen=True)
class Resource:
    """A resource of a stack: its template's properties with the intrinsics resolved, and its physical id."""

    logical_id: str
    type: str
    physical_id: str
    account: str
    region: str
    properties: Mapping[str, Any]
    account_resources: Sequence[Resource] = ()
    """Every deployed resource of the assembly's stacks in the same account, this one included."""

    def get(self, *path: str, default: Any = None) -> Any:
        """A property at a path; the default where it isn't set. An unknown object makes what is in it unknown."""
        found: Any = self.properties
        for key in path:
            if isinstance(found, (Unknown, Partly)):
                return found
            if not isinstance(found, Mapping) or key not in found:
                return default
            found = found[key]
        return found

    def siblings(self, resource_type: str, *, every_region: bool = False) -> list[Resource]:
        """The account's deployed resources of a type, in the same Region unless `every_region`.

        Another stack may add to a resource: a policy to a role, a rule to a security group.
        """
        return [
            other
            for other in self.account_resources
            if other.type == resource_type and other.physical_id and (every_region or other.region == self.region)
        ]


@dataclass(frozen=True)
class Check:
    """One property: what the template says and what the target holds."""

    property: str
    expected: Any
    actual: Any
    unordered: bool = False
    """Compare lists as sets (policies, ids)."""


@dataclass(frozen=True)
class NotChecked:
    """A property that isn't compared, with the reason."""

    property: str
    reason: str


Result = Check | NotChecked
Checker = Callable[[Resource, Clients], Iterable[Result]]


def missing_is(call: Callable[[], Any], *codes: str) -> Any:
    """The answer of a call, or None where AWS answers with one of the codes for something that isn't configured."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def key_id(key: Any) -> Any:
    """A KMS key's id from an ARN or id; aliases and unknown values as they are."""
    if isinstance(key, str) and ":key/" in key:
        return key.rpartition("/")[2]
    return key


def tail(arn: Any) -> Any:
    """What follows the last `/` or `:` of an ARN; other values as they are."""
    if isinstance(arn, str) and arn.startswith("arn:"):
        return arn.rpartition("/")[2] if "/" in arn else arn.rpartition(":")[2]
    return arn


def as_list(value: Any) -> list[Any]:
    """A list of one or many; nothing for None."""
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
