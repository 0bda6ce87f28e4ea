"""A finished run as objects of a bucket. The bucket answers S3's client calls from memory."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import yaml
from botocore.exceptions import ClientError
from pydantic import BaseModel

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import Batch, ScoredBatch, ScoredCase
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

START = datetime(2026, 9, 1, 9, 12, 4, tzinfo=UTC)
JUDGED = "token-f1"
"""A metric whose scores are stored as the judge's, so that steps have to be merged."""


class MemoryS3:
    """The operations that Store uses. Each write is a second after the one before."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: dict[str, datetime] = {}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803 boto3's names
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> dict[str, Any]:  # noqa: ARG002, N803
        self.objects[Key] = Body
        self.written[Key] = START + timedelta(seconds=len(self.written))
        return {}

    def get_paginator(self, _operation: str) -> "MemoryS3":
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: ARG002, N803
        found = sorted(key for key in self.objects if key.startswith(Prefix))
        for start in range(0, max(len(found), 1), 1000):
            page = found[start : start + 1000]
            yield {"Contents": [{"Key": key, "LastModified": self.written[key]} for key in page]} if page else {}


def stored(data: RunData, *, batch: int = 50) -> tuple[Store, MemoryS3]:
    """The run's objects, and those of its baseline's run."""
    s3 = MemoryS3()
    store = Store(cast("S3Client", s3), "evaluation")
    _put(store, data, data.candidates, batch)
    if data.baseline is not None:
        baseline = data.request.model_copy(
            update={
                "run": data.request.baseline,
                "candidates": (data.baseline.candidate,),
                "baseline": None,
                "baseline_candidate": None,
            }
        )
        candidate = data.gate.candidates[0].model_copy(update={"candidate": data.baseline.name, "decision": "PROMOTE"})
        gate = data.gate.model_copy(update={"run": data.request.baseline, "candidates": (candidate,)})
        released = RunData(baseline, data.suite, (gate,), (data.baseline,), data.dataset_cases, "", "")
        _put(store, released, released.candidates, batch)
    return store, s3


def _put(store: Store, data: RunData, candidates: tuple[CandidateData, ...], size: int) -> None:
    run = data.request.run
    _write(store, layout.request(run), data.request)
    suite = yaml.safe_dump(data.suite.model_dump(mode="json")).encode()
    _write(store, layout.suite(run, layout.SUITE_FILE), suite)
    cases = [outcome.case for outcome in candidates[0].outcomes]
    dataset = "".join(f"{case.model_dump_json()}\n" for case in cases)
    _write(store, layout.suite(run, layout.DATASET_FILE), dataset.encode())
    batches = [
        Batch(run=run, look=1, batch=number, candidate=each.name, cases=tuple(c.id for c in cases[at : at + size]))
        for each in candidates
        for number, at in enumerate(range(0, len(cases), size))
    ]
    _write(store, layout.batches(run, 1), "".join(f"{batch.model_dump_json()}\n" for batch in batches).encode())
    for each in candidates:
        for response in each.responses:
            _write(store, layout.response(run, each.name, response.case), response)
    for batch in batches:
        data_of = next(each for each in candidates if each.name == batch.candidate)
        _put_scores(store, batch, data_of)
    for gate in data.gates:
        _write(store, layout.gate(run, gate.look), gate)


def _put_scores(store: Store, batch: Batch, data: CandidateData) -> None:
    for step, judged in (("scores", False), ("judgements", True)):
        scored = [
            ScoredCase(
                case=case,
                candidate=batch.candidate,
                scores=tuple(s for s in data.by_case[case].scores if (s.metric == JUDGED) == judged),
                pattern=None if judged else data.by_case[case].pattern,
            )
            for case in batch.cases
            if data.by_case[case].scored
        ]
        key = layout.scores(batch.run, step, batch.candidate, batch.look, batch.batch)
        _write(store, key, ScoredBatch(run=batch.run, candidate=batch.candidate, cases=tuple(scored)))


def _write(store: Store, key: str, body: bytes | BaseModel) -> None:
    store.write(key, body)
