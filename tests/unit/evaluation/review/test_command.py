"""`foundation eval review` against a bucket in memory and an invocation at the wire."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.review import list_forms, save_form, submit_answers
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.plan import review_run
from genai_runtime.evaluation.review.records import Submission
from genai_runtime.evaluation.review.tokens import keep_token
from tests.unit.evaluation.review.reviewed_run import NOW, RUN, filled, form_of, plan, reviewed, submit

ANSWERS = {"one": {"a": "x", "b": "y"}}


def handed_in(path: Path, result: object, error: str | None = None) -> dict[str, Any]:
    """What submit_answers makes of the function's result; the payload must be the file's own."""
    client = boto3.client("lambda", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    body = json.dumps(result).encode()
    response: dict[str, Any] = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    if error:
        response["FunctionError"] = error
    payload = Submission.model_validate_json(path.read_bytes()).model_dump_json().encode()
    with Stubber(client) as stub:
        stub.add_response("invoke", response, {"FunctionName": "submit", "Payload": payload})
        return submit_answers(client, "submit", path)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    store = reviewed(ANSWERS)
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(filled(form_of(store, plan(store)[0].form), 3, "so – gut"), indent=2))
    return path


def test_forms_are_listed_by_what_they_wait_for() -> None:
    store = reviewed(ANSWERS, reviewers=("ann", "bob", "cyd", "dee"))
    assert list_forms(store, RUN) == []
    forms = [form.form for form in plan(store)]
    spec = review_run(store, RUN).spec
    keep_token(store, RUN, forms[0], "t", 0, spec, NOW)
    keep_token(store, RUN, forms[1], "t", 0, spec, NOW - timedelta(hours=100))
    submit(store, filled(form_of(store, forms[2]), 1))
    listed = list_forms(store, RUN, NOW)
    assert [(form.reviewer, form.state, form.answers) for form in listed] == [
        ("ann", "waiting", 2), ("bob", "expired", 2), ("cyd", "answered", 2), ("dee", "planned", 2),
    ]  # fmt: skip
    assert listed[0].expires_at == "2026-09-04T12:00:00.000000+00:00"


def test_forms_that_are_just_being_made_are_not_listed_yet() -> None:
    store = reviewed(ANSWERS)
    plan(store)
    del store.objects[layout.form(RUN, "1-0-1", "form.json")]
    assert [form.form for form in list_forms(store, RUN)] == ["1-0-0"]


def test_a_form_is_saved_as_it_is(tmp_path: Path) -> None:
    store = reviewed(ANSWERS)
    plan(store)
    page = store.objects[layout.form(RUN, "1-0-0", "form.html")]
    assert save_form(store, RUN, "1-0-0", tmp_path) == tmp_path / "review-r1-1-0-0.html"
    assert save_form(store, RUN, "1-0-0", tmp_path / "mine.html").read_bytes() == page


def test_answers_are_handed_in(answers: Path) -> None:
    result = {"outcome": "accepted", "form": "1-0-0", "resumed": True}
    assert handed_in(answers, result) == result


def test_fails_with_the_functions_own_reason(answers: Path) -> None:
    refusal = {"code": "GF-EVAL-218", "message": "form 1-0-0 expired"}
    with pytest.raises(EvaluationError, match=r"GF-EVAL-232.*was refused, GF-EVAL-218: form 1-0-0 expired"):
        handed_in(answers, {"outcome": "rejected", "error": refusal})
    with pytest.raises(EvaluationError, match=r"GF-EVAL-233.*could not take the answers \(Task timed out\)"):
        handed_in(answers, {"errorMessage": "Task timed out"}, "Unhandled")


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[1]", b'{"form": 1}'])
def test_fails_for_another_file_before_it_is_sent(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(body)
    with pytest.raises(EvaluationError, match="GF-EVAL-231"):
        handed_in_unsent(path)


def handed_in_unsent(path: Path) -> None:
    client = boto3.client("lambda", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client):
        submit_answers(client, "submit", path)


def test_fails_for_a_file_that_is_missing_or_far_too_large(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"GF-EVAL-231.*can't be read"):
        handed_in_unsent(tmp_path / "missing.json")
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 5_000_001)
    with pytest.raises(EvaluationError, match=r"GF-EVAL-231.*over 5000000 bytes"):
        handed_in_unsent(large)
