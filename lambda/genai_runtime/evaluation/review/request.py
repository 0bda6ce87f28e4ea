"""Asks a reviewer to fill a form in, and reminds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypedDict

from pydantic import Field

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.base import Record, RunId, Text
from genai_runtime.evaluation.review.plan import ReviewRun
from genai_runtime.evaluation.review.records import FormId, Token
from genai_runtime.evaluation.review.tokens import keep_token

_SUBJECT_CHARACTERS = 100
"""Limit of SNS (API reference, Publish)."""


class Request(Record):
    """Event of review_request."""

    run: RunId
    look: Annotated[int, Field(ge=1)]
    form: FormId
    reviewer: Text
    token: Text
    reminder: Annotated[int, Field(ge=0)]


class Requested(TypedDict):
    """Result of review_request; the state machine waits for the token and doesn't read it."""

    form: str
    answered: bool


@dataclass(frozen=True)
class Requester:
    """Stores the token, then tells the reviewer; or goes on at once where the answers are there already.

    `notify` takes subject, message and attributes; `resume` a token and a form's id.
    """

    notify: Callable[[str, str, Mapping[str, str]], None]
    resume: Callable[[str, str], bool]
    now: Callable[[], datetime]

    def request(self, of: ReviewRun, request: Request) -> Requested:
        """One request or reminder. Raises botocore's errors.

        The token is stored before the answers are looked for, and a submission stores its answers before it looks for the
        token: one of the two always finds what it needs.
        """
        store, form = of.store, request.form
        token = keep_token(store, of.run, form, request.token, request.reminder, of.spec, self.now())
        answered = store.read(layout.form(of.run, form, "answers.json")) is not None
        if answered:
            self.resume(request.token, form)
        else:
            subject, message = notice(request, token, store.bucket)
            attributes = {"run": of.run, "form": form, "reviewer": request.reviewer}
            self.notify(subject, message, attributes)
        return Requested(form=form, answered=answered)


def notice(request: Request, token: Token, bucket: str) -> tuple[str, str]:
    """Subject and text of a notification. It never holds the token."""
    reminder = f"Reminder {request.reminder}: " if request.reminder else ""
    page = layout.form(request.run, request.form, "form.html")
    subject = f"{reminder}review form {request.form} of run {request.run}"
    message = (
        f"{reminder}answers of evaluation run {request.run} wait for your review, {request.reviewer}.\n\n"
        f"Form: {request.form}\n"
        f"Answers are taken until {token.expires_at}\n\n"
        f"Open the form: foundation eval review open {request.run} {request.form}\n"
        f"(or s3://{bucket}/{page} in a browser, it works offline)\n"
        "Hand it in: foundation eval review submit FILE\n"
    )
    return subject[:_SUBJECT_CHARACTERS], message
