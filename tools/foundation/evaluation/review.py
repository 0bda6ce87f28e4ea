"""`foundation eval review`: which forms wait, a form as a file to open, answers handed in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from foundation.evaluation.errors import EvaluationError
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.records import Form, Submission
from genai_runtime.evaluation.review.scores import groups
from genai_runtime.evaluation.review.tokens import is_expired, latest_token
from genai_runtime.evaluation.store import Store

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_MAX_BYTES = 5_000_000  # a synchronous invocation takes 6 MB (AWS Lambda Developer Guide, Quotas)


@dataclass(frozen=True)
class ListedForm:
    """A form of a run. `state` is `planned`, `waiting`, `answered` or `expired`."""

    form: str
    reviewer: str
    answers: int
    state: str
    expires_at: str | None


def list_forms(store: Store, run: str, now: datetime | None = None) -> list[ListedForm]:
    """All forms of a run, in the order of looks. Empty where the run has none (yet)."""
    now = now or datetime.now(UTC)
    listed = (_listed(store, run, name, now) for group in groups(store, run) for name in group.forms)
    return [each for each in listed if each]


def save_form(store: Store, run: str, form: str, path: Path) -> Path:
    """Write a form's page to `path`, or into that folder. Raises EvaluationError (GF-EVAL-230)."""
    page = store.read(layout.form(run, form, "form.html"))
    if page is None:
        known = ", ".join(each.form for each in list_forms(store, run))
        raise EvaluationError(
            "GF-EVAL-230", f"run {run} has no form {form}, it has {known or 'none yet'}: take a form of that run"
        )
    if path.is_dir():
        path = path / f"review-{run}-{form}.html"
    path.write_bytes(page)
    return path


def submit_answers(client: "LambdaClient", function: str, path: Path) -> dict[str, Any]:
    """Hand in an answers file: what review_submit says (`review.submit.Submitted`).

    Raises EvaluationError: GF-EVAL-231 a file that no form has saved, GF-EVAL-232 refused, GF-EVAL-233 not taken.
    """
    submission = _read(path)
    answer = client.invoke(FunctionName=function, Payload=submission.model_dump_json().encode())
    body = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise EvaluationError(
            "GF-EVAL-233", f"{function} could not take the answers ({_why(body)}): hand {path} in again in a minute"
        )
    if body["outcome"] == "rejected":
        refusal: Mapping[str, str] = body["error"]
        raise EvaluationError("GF-EVAL-232", f"{path} was refused, {refusal['code']}: {refusal['message']}")
    return dict(body)


def _listed(store: Store, run: str, name: str, now: datetime) -> ListedForm | None:
    body = store.read(layout.form(run, name, "form.json"))
    if body is None:  # a group names its forms before they are made
        return None
    form = Form.model_validate_json(body)
    token = latest_token(store, run, name)
    state = "planned" if token is None else "expired" if is_expired(token, now) else "waiting"
    if store.read(layout.form(run, name, "answers.json")) is not None:
        state = "answered"
    return ListedForm(
        form=name,
        reviewer=form.content.reviewer,
        answers=len(form.content.items),
        state=state,
        expires_at=token.expires_at if token else None,
    )


def _read(path: Path) -> Submission:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise EvaluationError(
                "GF-EVAL-231", f"{path} is over {_MAX_BYTES} bytes: hand in the file that the form saved"
            )
        return Submission.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EvaluationError(
            "GF-EVAL-231", f"{path} can't be read ({error.strerror}): give the file that the form saved"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise EvaluationError(
            "GF-EVAL-231",
            f"{path} is no answers file ({where}: {first['msg']}): give the file that the form saved, as it is",
        ) from error


def _why(body: object) -> str:
    """The function's error, short."""
    return str(body.get("errorMessage", body) if isinstance(body, dict) else body)[:200]
