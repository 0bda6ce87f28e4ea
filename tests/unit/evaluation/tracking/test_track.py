"""Runs in a real MLflow store: complete, never twice, completed after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.tracking.errors import TrackingFailed
from genai_runtime.evaluation.tracking.experiments import CANDIDATE_TAG, RUN_TAG, WHOLE, Experiments
from genai_runtime.evaluation.tracking.track import Tracker
from tests.unit.evaluation.tracking.finished_run import RUN, MemoryStore, finished


class Killed(BaseException):
    """The function's process ends here."""


@dataclass
class Mortal:
    """Delegates to `inner`, and dies before its call number `lives`."""

    inner: Any
    lives: int
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def call(*given: Any, **named: Any) -> Any:
            if len(self.calls) == self.lives:
                raise Killed
            self.calls.append(name)
            return method(*given, **named)

        return call


def entries(client: MlflowClient, experiment: str) -> dict[str, Run]:
    """Active entries by their candidate's name."""
    found = client.search_runs([experiment])
    by_name = {run.data.tags[CANDIDATE_TAG]: run for run in found}
    assert len(by_name) == len(found), "an entry is there twice"
    return by_name


def content(runs: Mapping[str, Run]) -> dict[str, Any]:
    """What is logged, without ids."""
    return {
        name: (
            run.data.params,
            run.data.metrics,
            {key: value for key, value in run.data.tags.items() if key != "mlflow.parentRunId"},
            run.info.status,
            run.info.start_time,
            run.info.end_time,
        )
        for name, run in runs.items()
    }


def test_a_run_has_an_entry_and_one_below_for_each_candidate(client: MlflowClient, experiments: Experiments) -> None:
    tracked = Tracker(finished(), experiments, "dev").track(RUN)
    assert client.get_experiment(tracked["experiment"]).name == "service-docs"
    runs = entries(client, tracked["experiment"])
    assert set(runs) == {WHOLE, "good", "weak"}
    assert runs[WHOLE].info.run_id == tracked["tracking_run"]
    assert all(run.data.tags[RUN_TAG] == RUN and run.info.status == "FINISHED" for run in runs.values())
    for name in ("good", "weak"):
        assert runs[name].data.tags["mlflow.parentRunId"] == tracked["tracking_run"]
    assert "mlflow.parentRunId" not in runs[WHOLE].data.tags
    assert runs["good"].info.end_time - runs["good"].info.start_time == 300_000


def test_every_variable_is_a_parameter(client: MlflowClient, experiments: Experiments) -> None:
    tracked = Tracker(finished(), experiments, "dev").track(RUN)
    runs = entries(client, tracked["experiment"])
    params = runs["good"].data.params
    assert params["environment"] == "dev"
    assert params["request.version"] == "a" * 64
    assert params["suite.seed"] == "4711"
    assert params["suite.sampling.mode"] == "sequential"
    assert params["suite.metrics.token-f1.threshold"] == "0.6"
    assert params["suite.metrics.token-f1.strata"] == '["language"]'
    assert params["suite.metrics.refusal.gating"] == "false"
    assert params["candidate.model_id"] == "eu.amazon.nova-lite-v1:0"
    assert params["candidate.guardrail.version"] == "1"
    assert params["candidate.quota.requests_per_minute"] == "200.0"
    assert params["candidate.quota.tokens_per_minute"] == "none"
    assert params["candidate.price.as_of"] == "2026-09-01"
    assert params["candidate.prompt.max_tokens"] == "200"
    other = runs["weak"].data.params
    assert params["candidate.prompt.text_sha256"] != other["candidate.prompt.text_sha256"]
    assert runs[WHOLE].data.params.items() <= params.items()


def test_figures_are_metrics(client: MlflowClient, experiments: Experiments) -> None:
    tracked = Tracker(finished(), experiments, "dev").track(RUN)
    runs = entries(client, tracked["experiment"])
    metrics = runs["good"].data.metrics
    assert metrics["token-f1/estimate"] == 0.8
    assert metrics["token-f1/low"] == 0.75
    assert metrics["token-f1/baseline-difference/high"] == 0.05
    assert metrics["limit/last-token-p95-ms/limit"] == 3000
    assert metrics["last_token_ms/p50"] == 1000
    assert metrics["first_token_ms/p99"] == 900
    assert metrics["tokens/input"] == 900
    assert metrics["cost/usd"] == pytest.approx(0.009)
    assert metrics["calls/throttled"] == 14
    assert metrics["calls/errors/throttled"] == 1
    (stratum,) = [name for name in metrics if "/language/" in name and name.endswith("/estimate")]
    assert metrics[stratum] == 0.7
    assert runs[WHOLE].data.metrics["judge_kappa"] == 0.71
    assert runs[WHOLE].data.metrics["candidates_promoted"] == 1


def test_decisions_labels_and_commit_are_tags(client: MlflowClient, experiments: Experiments) -> None:
    tracked = Tracker(finished(), experiments, "dev").track(RUN)
    runs = entries(client, tracked["experiment"])
    assert {name: run.data.tags["decision"] for name, run in runs.items()} == {
        WHOLE: "REJECT",
        "good": "PROMOTE",
        "weak": "REJECT",
    }
    tags = runs[WHOLE].data.tags
    assert tags["label.pull-request"] == "42"
    assert tags["mlflow.source.git.commit"] == "0f0f0f"
    assert tags["mlflow.user"] == "ana"


def test_pages_and_texts_are_artifacts(
    client: MlflowClient, experiments: Experiments, read_artifact: Callable[[str, str], bytes]
) -> None:
    store = finished()
    tracked = Tracker(store, experiments, "dev").track(RUN)
    runs = entries(client, tracked["experiment"])
    root = runs[WHOLE].info.artifact_uri
    assert read_artifact(root, "result.json") == store.objects[layout.result(RUN)]
    assert read_artifact(root, "result.html") == b"<html></html>"
    assert read_artifact(root, "comment.md") == b"REJECT"
    assert read_artifact(root, "suite.yaml") == store.objects[layout.suite(RUN, "suite.yaml")]
    asked = json.loads(read_artifact(runs["weak"].info.artifact_uri, "candidate.json"))
    assert asked["prompt"]["template"] == "Guess: {{question}}"


def test_tracking_twice_changes_nothing(client: MlflowClient, experiments: Experiments) -> None:
    tracker = Tracker(finished(), experiments, "dev")
    first = tracker.track(RUN)
    before = content(entries(client, first["experiment"]))
    history = [(m.timestamp, m.value) for m in client.get_metric_history(first["tracking_run"], "calls")]
    assert tracker.track(RUN) == first
    assert content(entries(client, first["experiment"])) == before
    assert {(m.timestamp, m.value) for m in client.get_metric_history(first["tracking_run"], "calls")} == set(history)


# Each request to the server that tracking the run below makes.
@pytest.mark.parametrize("lives", range(19))
def test_a_killed_run_is_completed_by_its_repetition(
    client: MlflowClient, experiments: Experiments, lives: int
) -> None:
    """Dies before any request to the server; the repetition ends as an undisturbed run does."""
    undisturbed = Tracker(finished(run="quality-0002"), experiments, "dev").track("quality-0002")
    mortal = Experiments(cast(MlflowClient, Mortal(client, lives)), experiments._artifacts)
    with pytest.raises(Killed):
        Tracker(finished(), mortal, "dev").track(RUN)
    tracked = Tracker(finished(), experiments, "dev").track(RUN)
    assert tracked["experiment"] == undisturbed["experiment"]
    by_run: dict[str, dict[str, Run]] = {RUN: {}, "quality-0002": {}}
    for run in client.search_runs([tracked["experiment"]]):
        by_run[run.data.tags[RUN_TAG]][run.data.tags[CANDIDATE_TAG]] = run
    assert len(client.search_runs([tracked["experiment"]])) == 6
    assert _without_run(content(by_run[RUN])) == _without_run(content(by_run["quality-0002"]))


def _without_run(found: dict[str, Any]) -> str:
    return repr(sorted(found.items())).replace("quality-0002", RUN)


def test_two_runs_of_a_suite_share_its_experiment(client: MlflowClient, experiments: Experiments) -> None:
    first = Tracker(finished(), experiments, "dev").track(RUN)
    second = Tracker(finished("other-run"), experiments, "prod").track("other-run")
    assert first["experiment"] == second["experiment"]
    assert first["tracking_run"] != second["tracking_run"]


def test_a_deleted_experiment_comes_back(client: MlflowClient, experiments: Experiments) -> None:
    tracker = Tracker(finished(), experiments, "dev")
    first = tracker.track(RUN)
    client.delete_experiment(first["experiment"])
    assert tracker.track(RUN)["experiment"] == first["experiment"]
    assert client.get_experiment(first["experiment"]).lifecycle_stage == "active"


def test_a_label_of_any_kind_becomes_a_tag(client: MlflowClient, experiments: Experiments) -> None:
    labels = {"équipe": "Ops", "../x": "1", "long": "y" * 9000, "k" * 400: "z"}
    tracked = Tracker(finished(labels=labels), experiments, "dev").track(RUN)
    tags = entries(client, tracked["experiment"])[WHOLE].data.tags
    assert len([name for name in tags if name.startswith("label.")]) == 4
    assert max(len(value) for value in tags.values()) == 5000


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (layout.request(RUN), "GF-EVAL-360"),
        (layout.suite(RUN, "suite.yaml"), "GF-EVAL-360"),
        (layout.result(RUN), "GF-EVAL-361"),
    ],
)
def test_fails_for_a_run_that_is_not_finished(experiments: Experiments, missing: str, code: str) -> None:
    store = finished()
    del store.objects[missing]
    with pytest.raises(TrackingFailed, match=rf"^{code}: s3://evaluation/{missing} is not there: ") as failed:
        Tracker(store, experiments, "dev").track(RUN)
    assert failed.value.code == code


def test_fails_for_an_object_of_another_kind(experiments: Experiments) -> None:
    store: MemoryStore = finished()
    store.objects[layout.result(RUN)] = b"{}"
    with pytest.raises(
        TrackingFailed, match=r"^GF-EVAL-362: .*result\.json is not a RunResult \(run: Field required\)"
    ):
        Tracker(store, experiments, "dev").track(RUN)
