"""An MLflow server, as evaluation uses it: what is logged again changes nothing.

Runs are found by the tags that they were created with, in one request, so that there is no moment in which a killed
function leaves a run that its repetition can't find. Parameters can't change in MLflow; metrics carry the time of the
verdict, so that a repeated figure is the same entry.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from mlflow.entities import Experiment, Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
from mlflow.tracking import MlflowClient

from genai_runtime.evaluation.tracking import limits

RUN_TAG: Final = "evaluation_run"
CANDIDATE_TAG: Final = "evaluation_candidate"
WHOLE: Final = "-"
"""Instead of a candidate on the run's own entry; no candidate has this name."""
_PARENT_TAG: Final = "mlflow.parentRunId"


class Artifacts(Protocol):
    """Writes objects below a run's artifact location."""

    def put(self, root: str, name: str, body: bytes) -> None:
        """Write one object, replacing what is there. `root` is the run's artifact URI."""


class Experiments:
    """One server. Raises mlflow.exceptions.MlflowException, and what `artifacts` raises."""

    def __init__(self, client: MlflowClient, artifacts: Artifacts) -> None:
        self._client = client
        self._artifacts = artifacts

    def experiment(self, name: str) -> str:
        """Id of the experiment of this name: made, or brought back when somebody deleted it."""
        found: Experiment | None = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self._client.create_experiment(name))
            except MlflowException as error:
                # Another run of the suite was faster.
                if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                    raise
                found = self._client.get_experiment_by_name(name)
                if found is None:
                    raise
        if found.lifecycle_stage == "deleted":
            self._client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def run(
        self, experiment: str, run: str, *, start_ms: int, candidate: str | None = None, parent: Run | None = None
    ) -> Run:
        """The entry of an evaluation run, or of a candidate below its `parent`; made when there is none."""
        tags = {RUN_TAG: run, CANDIDATE_TAG: candidate or WHOLE}
        # Names and run ids are of [a-z0-9-] (evaluation.base), so that nothing in them ends the quotation.
        wanted = f"tags.{RUN_TAG} = '{run}' and tags.{CANDIDATE_TAG} = '{candidate or WHOLE}'"
        found = self._client.search_runs(
            [experiment], wanted, max_results=1, order_by=["attributes.start_time ASC", "attributes.run_id ASC"]
        )
        if found:
            return found[0]
        if parent is not None:
            tags[_PARENT_TAG] = parent.info.run_id
        return self._client.create_run(experiment, start_time=start_ms, tags=tags, run_name=candidate or run)

    def log(
        self,
        run: Run,
        *,
        params: Mapping[str, str],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        at_ms: int,
    ) -> None:
        """Add parameters, figures and tags, in as many requests as they need."""
        identifier = run.info.run_id
        known = run.data.params
        new = [Param(name, value) for name, value in params.items() if known.get(name) != value]
        for some_params in limits.portions(new, limits.PARAMS_PER_BATCH):
            self._client.log_batch(identifier, params=some_params)
        figures = [Metric(name, value, at_ms, 0) for name, value in metrics.items()]
        for some_metrics in limits.portions(figures, limits.METRICS_PER_BATCH):
            self._client.log_batch(identifier, metrics=some_metrics)
        labels = [RunTag(limits.key(name), limits.tag(value)) for name, value in tags.items()]
        for some_tags in limits.portions(labels, limits.TAGS_PER_BATCH):
            self._client.log_batch(identifier, tags=some_tags)

    def put(self, run: Run, name: str, body: bytes) -> None:
        """Write an artifact of a run."""
        self._artifacts.put(str(run.info.artifact_uri), name, body)

    def finish(self, run: Run, end_ms: int) -> None:
        """End an entry, which is the last that happens to it."""
        self._client.set_terminated(run.info.run_id, "FINISHED", end_ms)
