"""Plans a run: from its request to the batches of every look. Planning again writes the same bytes."""

from dataclasses import dataclass
from typing import TypedDict

from pydantic import ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.calls.own_responses import parse_responses, read_responses
from genai_runtime.evaluation.planning.batches import batches_of, json_lines, looks_of
from genai_runtime.evaluation.planning.errors import (
    JUDGE_MISSING,
    OTHER_RUN,
    OTHER_SUITE,
    RUN_INVALID,
    RUN_UNKNOWN,
    SUITE_CHANGED,
    SUITE_FILE_MISSING,
    PlanFailed,
)
from genai_runtime.evaluation.planning.fit import check_fit
from genai_runtime.evaluation.planning.sampling import sample_of
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.run import OwnResponses, RunRequest
from genai_runtime.evaluation.store import Store
from genai_runtime.evaluation.suite import Suite


class Planned(TypedDict):
    """Result of the plan step, and the state of the loop over looks."""

    run: str
    look: int
    looks: int
    bucket: str
    batches: str
    judge: bool
    review: bool
    managed: bool
    """Managed evaluation jobs score too."""


@dataclass(frozen=True)
class Planner:
    """Reads golden datasets of a stage (`golden` or `redacted`), writes to the bucket of runs."""

    runs: Store
    datasets: Store
    stage: str

    def plan(self, run: str) -> Planned:
        """Copy the suite's bytes into the run, sample it, write all looks' batches. Raises PlanFailed; CallsFailed for own
        responses that can't be read."""
        request = self._request(run)
        files = self._files(request)
        suite = parse_suite(files[layout.SUITE_FILE])
        cases = parse_cases(files[layout.DATASET_FILE])
        judge = _judged(request, suite)
        sample = sample_of(suite, cases, request.cases)
        asked_ids = set(sample.asked)
        check_fit(request.candidates, [case for case in cases if case.id in asked_ids])
        for candidate in request.candidates:
            if isinstance(candidate.target, OwnResponses):
                parse_responses(read_responses(self.runs, candidate.target.key), candidate.target.key)
        for name, body in files.items():
            self.runs.write(layout.suite(run, name), body)
        looks = looks_of(sample, suite.sampling)
        for look, asked in enumerate(looks, start=1):
            batches = batches_of(run, look, asked, request.candidates, judge=judge)
            self.runs.write(layout.batches(run, look), json_lines(batches))
        return Planned(
            run=run,
            look=1,
            looks=len(looks),
            bucket=self.runs.bucket,
            batches=layout.batches(run, 1),
            judge=judge,
            review=suite.review is not None,
            managed=suite.engine == "bedrock-job",
        )

    def _request(self, run: str) -> RunRequest:
        key = layout.request(run)
        try:
            request = self.runs.load(key, RunRequest)
        except FileNotFoundError:
            raise PlanFailed(
                RUN_UNKNOWN,
                f"run {run!r} has no request at s3://{self.runs.bucket}/{key}: start runs with `foundation eval run`, "
                "which writes it",
            ) from None
        except ValidationError as error:
            where = "; ".join(
                f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()
            )
            raise PlanFailed(
                RUN_INVALID,
                f"s3://{self.runs.bucket}/{key} is not a run request ({where}): write it with the `foundation eval` of "
                "this release",
            ) from None
        if request.run != run:
            raise PlanFailed(
                OTHER_RUN, f"s3://{self.runs.bucket}/{key} is the request of run {request.run!r}: write {run}'s own"
            )
        return request

    def _version(self, request: RunRequest) -> str:
        """Version of the files that this stage reads: redaction gives a suite another content, so another hash."""
        if self.stage == "golden":
            return request.version
        body = self.datasets.read(layout.golden(self.stage, request.suite, request.version, FILE))
        if body is None:
            return request.version
        return RedactionReport.model_validate_json(body).redacted_version or request.version

    def _files(self, request: RunRequest) -> dict[str, bytes]:
        version = self._version(request)
        keys = {name: layout.golden(self.stage, request.suite, version, name) for name in layout.SUITE_FILES}
        read = {name: self.datasets.read(key) for name, key in keys.items()}
        files = {name: body for name, body in read.items() if body is not None}
        for name in (layout.SUITE_FILE, layout.DATASET_FILE):
            if name not in files:
                raise PlanFailed(
                    SUITE_FILE_MISSING,
                    f"s3://{self.datasets.bucket}/{keys[name]} does not exist: publish {request.suite} with "
                    "`foundation eval publish`, or correct the run's version",
                )
        actual = layout.content_hash(files)
        if actual != version:
            raise PlanFailed(
                SUITE_CHANGED,
                f"the files of {request.suite} below s3://{self.datasets.bucket}/{keys[layout.SUITE_FILE]} have the "
                f"content hash {actual}, not {version}: they were changed or are incomplete, publish the suite "
                "again",
            )
        return files


def _judged(request: RunRequest, suite: Suite) -> bool:
    """Whether a judge model votes. Raises PlanFailed when the request doesn't fit the suite."""
    if suite.name != request.suite:
        raise PlanFailed(
            OTHER_SUITE,
            f"run {request.run} asks for the suite {request.suite!r}, but the files of that version are of "
            f"{suite.name!r}: correct the run's suite or version",
        )
    if suite.judge is None or suite.engine != "pipeline":
        return False
    if request.judge is None:
        raise PlanFailed(
            JUDGE_MISSING,
            f"suite {suite.name} has a judge ({suite.judge.model}), run {request.run} names no judge model: add `judge` "
            "to its request",
        )
    return True
