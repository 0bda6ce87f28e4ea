"""What jobs are made from: the run's request, suite, cases, and the answers of a look."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.jobs.errors import OBJECT_INVALID, RUN_UNKNOWN, JobFailed
from genai_runtime.evaluation.jobs.names import Managed, managed
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Batch, Response
from genai_runtime.evaluation.run import Candidate, RunRequest
from genai_runtime.evaluation.store import Store

PARALLEL_READS: Final = 32
"""Also the pool of connections that the S3 client should have."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Inputs:
    """One look of a run."""

    request: RunRequest
    metrics: tuple[Managed, ...]
    cases: Mapping[str, Case]
    planned: Mapping[str, tuple[str, ...]]
    """Cases of the look by candidate."""

    def candidate(self, name: str) -> Candidate:
        """A candidate of the request."""
        return next(each for each in self.request.candidates if each.name == name)


def load(store: Store, run: str, look: int) -> Inputs:
    """Read what the plan step left. Raises JobFailed (GF-EVAL-370, GF-EVAL-371, GF-EVAL-372)."""
    request = record(store, layout.request(run), RunRequest)
    suite = parse_suite(body(store, layout.suite(run, layout.SUITE_FILE)))
    cases = parse_cases(body(store, layout.suite(run, layout.DATASET_FILE)))
    planned: dict[str, dict[str, None]] = {each.name: {} for each in request.candidates}
    for line in body(store, layout.batches(run, look)).splitlines():
        if line.strip():
            batch = Batch.model_validate_json(line)
            planned[batch.candidate].update(dict.fromkeys(batch.cases))
    return Inputs(
        request, managed(suite), {case.id: case for case in cases}, {name: tuple(ids) for name, ids in planned.items()}
    )


def answers(store: Store, run: str, candidate: str, cases: tuple[str, ...]) -> dict[str, Response]:
    """The responses that there are, by case."""
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        bodies = list(pool.map(lambda case: store.read(layout.response(run, candidate, case)), cases))
    found = zip(cases, bodies, strict=True)
    return {case: Response.model_validate_json(given) for case, given in found if given is not None}


def record(store: Store, key: str, model: type[M]) -> M:
    """An object. Raises JobFailed when it isn't there (GF-EVAL-370) or is something else (GF-EVAL-371)."""
    try:
        return model.model_validate_json(body(store, key))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the record"
        raise JobFailed(
            OBJECT_INVALID,
            f"s3://{store.bucket}/{key} is not a {model.__name__} ({where}: {first['msg']}): "
            "start the run again under a new name",
        ) from error


def body(store: Store, key: str) -> bytes:
    """An object's bytes. Raises JobFailed (GF-EVAL-370) when it isn't there."""
    found = store.read(key)
    if found is None:
        raise JobFailed(
            RUN_UNKNOWN, f"s3://{store.bucket}/{key} is not there: check the run's name, and that it was planned"
        )
    return found
