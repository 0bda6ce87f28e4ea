"""What a gate meets in its accounts, in memory: objects with their times, executions, the ledger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import ClientError
from pydantic import BaseModel

from genai_runtime.release import entries
from genai_runtime.release.records import Entry, Promoted, Refused
from tests.unit.evaluation.planning.memory_store import MemoryStore


class StampedStore(MemoryStore):
    """Knows when each object was written."""

    def __init__(self, bucket: str, now: Callable[[], datetime]) -> None:
        super().__init__(bucket)
        self._now = now
        self.written: dict[str, datetime] = {}

    def write(self, key: str, body: bytes | BaseModel) -> None:
        super().write(key, body)
        self.written[key] = self._now()

    def write_once(self, key: str, body: bytes | BaseModel) -> bool:
        wrote = super().write_once(key, body)
        if wrote:
            self.written[key] = self._now()
        return wrote

    def stamped(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for key in self.keys(prefix):
            yield key, self.written[key]


@dataclass
class StepFunctions:
    """Executions by ARN."""

    status: dict[str, str] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    down: int = 0
    """Starts that fail."""

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803 boto3's names
        if executionArn not in self.status:
            raise ClientError(
                {"Error": {"Code": "ExecutionDoesNotExist", "Message": executionArn}}, "DescribeExecution"
            )
        cause = self.causes.get(executionArn)
        return {"status": self.status[executionArn], **({"error": "States.Timeout", "cause": cause} if cause else {})}

    def start_execution(self, *, stateMachineArn: str, name: str, **_: str) -> dict[str, str]:  # noqa: N803
        if self.down:
            self.down -= 1
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "down"}}, "StartExecution")
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        self.status[arn] = "RUNNING"
        self.starts.append(name)
        return {"executionArn": arn}


@dataclass
class MemoryLedger:
    """Entries by key; what is written never changes."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def append(self, statement: Promoted | Refused) -> Entry:
        key = entries.key_of(statement)
        made = Entry(manifest=statement.manifest, entry=key, statement=statement)
        stored = self.entries.setdefault(key, made)
        assert stored.statement.model_dump(exclude={"at"}) == statement.model_dump(exclude={"at"})
        return stored

    def find(self, manifest: str, entry: str) -> Entry | None:
        found = self.entries.get(entry)
        return found if found is not None and found.manifest == manifest else None
