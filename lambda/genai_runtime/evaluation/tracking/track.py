"""Logs a finished run: one MLflow run for it, one below for each candidate. Logging again completes what is there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict, TypeVar

from mlflow.entities import Run
from pydantic import BaseModel, ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.planning.suite_files import parse_suite
from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.run import Candidate, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite
from genai_runtime.evaluation.tracking import errors, figures, variables
from genai_runtime.evaluation.tracking.errors import TrackingFailed
from genai_runtime.evaluation.tracking.experiments import Experiments
from genai_runtime.evaluation.verdict import CandidateResult, RunResult

PARALLEL_READS: Final = 32
"""Also the pool of connections that the S3 client should have."""
PAGES: Final = ("result.json", "result.html", "comment.md", "junit.xml")
"""What the publish step wrote; becomes artifacts, as far as it is there."""

M = TypeVar("M", bound=BaseModel)


class Tracked(TypedDict):
    """Result of the track step: ids of MLflow."""

    run: str
    experiment: str
    tracking_run: str


@dataclass(frozen=True)
class Tracker:
    """Reads a run from its bucket, writes to `experiments`."""

    store: Store
    experiments: Experiments
    environment: str

    def track(self, run: str) -> Tracked:
        """Log a run that has its result. The experiment is named after the suite.

        The entry of the run ends last, so that an entry with an end is complete. Raises TrackingFailed for a run that
        isn't there or has no result yet, and what `Experiments` raises.
        """
        request = self._record(layout.request(run), RunRequest, errors.RUN_UNKNOWN)
        result = self._record(layout.result(run), RunResult, errors.RUN_UNFINISHED)
        suite = parse_suite(self._bytes(layout.suite(run, layout.SUITE_FILE), errors.RUN_UNKNOWN))
        shared = variables.of_run(request, suite, self.environment)
        tags = self._tags(request, suite)
        experiment = self.experiments.experiment(request.suite)
        whole = self.experiments.run(experiment, run, start_ms=_ms(result.started_at))
        verdicts = {each.candidate: each for each in result.gate.candidates}
        for candidate in request.candidates:
            entry = self.experiments.run(
                experiment, run, candidate=candidate.name, start_ms=_ms(result.started_at), parent=whole
            )
            self._candidate(entry, candidate, verdicts.get(candidate.name), result, shared, tags)
        self.experiments.log(
            whole,
            params=shared,
            metrics=figures.of_run(result),
            tags={**tags, "decision": result.decision},
            at_ms=_ms(result.ended_at),
        )
        self._pages(whole, request)
        self.experiments.finish(whole, _ms(result.ended_at))
        return Tracked(run=run, experiment=experiment, tracking_run=whole.info.run_id)

    def _candidate(
        self,
        entry: Run,
        candidate: Candidate,
        verdict: CandidateResult | None,
        result: RunResult,
        shared: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> None:
        responses = self._responses(result.run, candidate.name)
        self.experiments.log(
            entry,
            params={**shared, **variables.of_candidate(candidate)},
            metrics=figures.of_candidate(verdict, responses) if verdict else {},
            tags={
                **tags,
                "decision": verdict.decision if verdict else "HOLD",
                "model": candidate.model,
                "prompt": f"{candidate.prompt.name}-v{candidate.prompt.version}",
                "mlflow.note.content": "\n\n".join(verdict.reasons) if verdict else "the gate did not judge it",
            },
            at_ms=_ms(result.ended_at),
        )
        self.experiments.put(entry, "candidate.json", candidate.model_dump_json(indent=2).encode())
        if verdict:
            self.experiments.put(entry, "verdict.json", verdict.model_dump_json(indent=2).encode())
        self.experiments.finish(entry, _ms(result.ended_at))

    def _tags(self, request: RunRequest, suite: Suite) -> dict[str, str]:
        """Labels keep their names, unless these are MLflow's own."""
        labels = {f"label.{name}": value for name, value in request.labels.items()}
        commit = request.labels.get("commit")
        return {
            **labels,
            **({"mlflow.source.git.commit": commit} if commit else {}),
            "environment": self.environment,
            "suite_version": request.version,
            "engine": suite.engine,
            "mlflow.user": request.requested_by,
            "mlflow.source.type": "JOB",
        }

    def _pages(self, whole: Run, request: RunRequest) -> None:
        for file in PAGES:
            body = self.store.read(layout.result(request.run, file))
            if body is not None:
                self.experiments.put(whole, file, body)
        self.experiments.put(whole, "request.json", request.model_dump_json(indent=2).encode())
        self.experiments.put(
            whole, layout.SUITE_FILE, self._bytes(layout.suite(request.run, layout.SUITE_FILE), errors.RUN_UNKNOWN)
        )

    def _responses(self, run: str, candidate: str) -> list[Response]:
        keys = list(self.store.keys(layout.responses(run, candidate)))
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            return list(pool.map(lambda key: self._record(key, Response, errors.OBJECT_INVALID), keys))

    def _record(self, key: str, model: type[M], missing: str) -> M:
        try:
            return model.model_validate_json(self._bytes(key, missing))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the record"
            raise TrackingFailed(
                errors.OBJECT_INVALID,
                f"s3://{self.store.bucket}/{key} is not a {model.__name__} ({where}: {first['msg']}): "
                "run the evaluation again under a new name",
            ) from error

    def _bytes(self, key: str, missing: str) -> bytes:
        body = self.store.read(key)
        if body is None:
            raise TrackingFailed(missing, f"s3://{self.store.bucket}/{key} {_MISSING[missing]}")
        return body


_MISSING: Final[Mapping[str, str]] = {
    errors.RUN_UNKNOWN: "is not there: check the run's name and the environment",
    errors.RUN_UNFINISHED: "is not there: the publish step writes it, so track the run after it was published",
    errors.OBJECT_INVALID: "was there a moment ago: track the run again",
}


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
