"""The publish step and its handler; what two runs of a request must have in common; the commands' functions."""

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from foundation.evaluation.compare import compare, show_comparison
from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.report import report, show_report
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.reporting.data import CandidateData, RunData
from genai_runtime.evaluation.reporting.equality import essence, essence_of_response
from genai_runtime.evaluation.reporting.publish import Publisher
from genai_runtime.evaluation.reporting.result import run_result
from genai_runtime.evaluation.verdict import RunResult
from tests.unit.evaluation.reporting.bucket import stored
from tests.unit.evaluation.reporting.builder import World, build

CHECKOUT = Path(__file__).parents[4]
FILES = ("result.json", "result.html", "junit.xml", "comment.md", "failed-cases.jsonl")


def test_publishing_writes_every_file_and_says_where_the_page_is(one: RunData) -> None:
    store, s3 = stored(one)
    run = one.request.run
    published = Publisher(store).publish(run)
    assert published == {"run": run, "decision": one.gate.decision, "report": f"runs/{run}/result.html"}
    assert all(layout.result(run, name) in s3.objects for name in FILES)
    result = RunResult.model_validate_json(s3.objects[layout.result(run)])
    assert result.gate == one.gate
    assert result.calls == one.candidates[0].calls
    assert result.cost_usd == pytest.approx(sum(each.cost_usd or 0 for each in one.candidates[0].responses))


def test_publishing_again_writes_the_same_bytes(one: RunData) -> None:
    store, s3 = stored(one)
    run = one.request.run
    Publisher(store).publish(run)
    before = {name: s3.objects[layout.result(run, name)] for name in FILES}
    Publisher(store).publish(run)
    assert before == {name: s3.objects[layout.result(run, name)] for name in FILES}


def test_the_result_is_written_last(one: RunData) -> None:
    """So that a result that is there means that all of them are."""
    store, s3 = stored(one)
    Publisher(store).publish(one.request.run)
    written = {name: s3.written[layout.result(one.request.run, name)] for name in FILES}
    assert max(written, key=lambda name: written[name]) == "result.json"


def test_failed_cases_are_there_in_full_one_on_each_line(five: RunData) -> None:
    store, s3 = stored(five)
    Publisher(store).publish(five.request.run)
    body = s3.objects[layout.result(five.request.run, "failed-cases.jsonl")]
    rows = [json.loads(line) for line in body.splitlines()]
    for result, candidate in zip(
        five.gate.candidates, sorted(five.candidates, key=lambda each: each.name), strict=True
    ):
        mine = {row["case"]["id"]: row for row in rows if row["candidate"] == result.candidate}
        undecided = {each.case.id for each in candidate.outcomes if candidate.undecided(each)}
        assert mine.keys() == {*result.failed_cases, *undecided}
        for case, row in mine.items():
            outcome = candidate.by_case[case]
            assert row["response"] == (outcome.response.model_dump(mode="json") if outcome.response else None)


def disturbed(data: RunData) -> RunData:
    """The same answers, after retries and in other times; the gate saw those times."""
    candidates = []
    for each in data.candidates:
        outcomes = tuple(
            dataclasses.replace(
                outcome,
                response=outcome.response.model_copy(
                    update={
                        "attempts": 4, "throttled": 2, "trace_id": "other",
                        "first_token_ms": (outcome.response.first_token_ms or 1) * 1.01,
                    }
                ),
            )
            if outcome.response
            else outcome
            for outcome in each.outcomes
        )  # fmt: skip
        candidates.append(CandidateData(each.candidate, outcomes, each.gating))
    results = []
    for result in data.gate.candidates:
        limits = tuple(
            limit.model_copy(update={"estimate": (limit.estimate or 0) * 1.01, "reason": f"{limit.reason} later"})
            if limit.name.endswith("-ms")
            else limit
            for limit in result.limits
        )
        results.append(result.model_copy(update={"limits": limits}))
    gate = data.gate.model_copy(update={"candidates": tuple(results)})
    return dataclasses.replace(
        data,
        candidates=tuple(candidates),
        gates=(gate,),
        started_at="2027-01-01T00:00:00Z",
        ended_at="2027-01-02T00:00:00Z",
    )


def test_a_disturbed_run_has_the_same_essence(one: RunData) -> None:
    undisturbed, other = run_result(one), run_result(disturbed(one))
    assert undisturbed != other
    assert essence(undisturbed) == essence(other)
    first = one.candidates[0].responses[0]
    assert essence_of_response(first) == essence_of_response(disturbed(one).candidates[0].responses[0])


@pytest.mark.parametrize("change", ["metric", "failed", "cost", "decision", "answer"])
def test_fails_to_be_equal_when_anything_else_differs(one: RunData, change: str) -> None:
    result = run_result(one)
    candidate = result.gate.candidates[0]
    if change == "answer":
        first = one.candidates[0].responses[0]
        assert essence_of_response(first) != essence_of_response(first.model_copy(update={"answer": "other"}))
        return
    if change == "cost":
        assert essence(result) != essence(result.model_copy(update={"cost_usd": 99.0}))
        return
    metric = candidate.metrics[0].model_copy(update={"estimate": 0.123})
    changes: dict[str, dict[str, object]] = {
        "metric": {"metrics": (metric, *candidate.metrics[1:])},
        "failed": {"failed_cases": candidate.failed_cases[1:]},
        "decision": {"decision": "PROMOTE"},
    }
    gate = result.gate.model_copy(update={"candidates": (candidate.model_copy(update=changes[change]),)})
    assert essence(result) != essence(result.model_copy(update={"gate": gate}))


def test_the_report_command_writes_the_same_files(one: RunData, tmp_path: Path) -> None:
    store, s3 = stored(one)
    Publisher(store).publish(one.request.run)
    data = report(store, one.request.run, tmp_path / "report")
    for name in FILES:
        assert (tmp_path / "report" / name).read_bytes() == s3.objects[layout.result(one.request.run, name)]
    out = io.StringIO()
    show_report(Console(file=out, width=200), data, tmp_path)
    assert "Wrong answer" in out.getvalue()
    assert f"{one.gate.candidates[0].candidate}: {one.gate.decision}" in out.getvalue()


def test_the_compare_command_writes_page_markdown_and_json(tmp_path: Path) -> None:
    before, after = build(World(cases=60, run="before")), build(World(cases=60, run="after", seed=8))
    store, s3 = stored(before)
    _, others = stored(after)
    for key, body in others.objects.items():
        s3.put_object("evaluation", key, body)
    compared = compare(store, ["before", "after"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["comparison.html", "comparison.json", "comparison.md"]
    out = io.StringIO()
    show_comparison(Console(file=out, width=200), compared, tmp_path)
    assert "correctness" in out.getvalue()
    assert "60 common cases" in out.getvalue()


def test_fails_with_the_code_of_the_shared_error(one: RunData, tmp_path: Path) -> None:
    store, _ = stored(one)
    with pytest.raises(EvaluationError, match="GF-EVAL-330: run nobody lacks") as caught:
        report(store, "nobody", tmp_path)
    assert caught.value.code == "GF-EVAL-330"
    with pytest.raises(EvaluationError, match="GF-EVAL-334"):
        compare(store, [one.request.run], tmp_path)


def test_the_handler_imports_without_the_gates_libraries(tmp_path: Path) -> None:
    """Its layer has no scipy; matplotlib's cache is where Lambda allows writing."""
    code = (
        "import sys, os; import genai_runtime.evaluation.handlers.publish as handler; assert callable(handler.handler); "
        "assert not {'scipy', 'statsmodels', 'aws_cdk'} & sys.modules.keys(); "
        "import tempfile; assert os.environ['MPLCONFIGDIR'] == tempfile.gettempdir()"
    )
    variables = {
        "ENVIRONMENT": "dev", "BUCKET_NAME": "evaluation", "POWERTOOLS_SERVICE_NAME": "evaluation",
        "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation", "LOG_LEVEL": "INFO", "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONPATH": str(CHECKOUT / "lambda"), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
