"""Forms, answers and tokens of human review."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from genai_runtime.evaluation.base import CaseId, Name, Record, RunId, Sha256, Text
from genai_runtime.evaluation.suite import Rubric

ItemId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}$")]
FormId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}-[0-9]{1,4}-[0-9]{1,3}$")]
"""LOOK-GROUP-REVIEWER, by their numbers."""
Signature = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""HMAC-SHA-256 of 32 bytes, base64url without padding."""
Comment = Annotated[str, StringConstraints(max_length=1_000)]


class Item(Record):
    """What a reviewer sees of one answer: nothing tells whose it is."""

    item: ItemId
    """Its number on this form."""
    question: str
    context: str
    reference: str
    answer: str


class FormContent(Record):
    """What is signed: everything on the form."""

    run: RunId
    look: Annotated[int, Field(ge=1)]
    form: FormId
    reviewer: Text
    rubric: Rubric
    items: Annotated[tuple[Item, ...], Field(min_length=1)]

    def digest(self) -> str:
        """SHA-256 of the content as JSON with sorted keys."""
        body = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()


class Source(Record):
    """Whose answer an item is. Not on the form."""

    item: ItemId
    case: CaseId
    candidate: Name


class Form(Record):
    """`forms/FORM/form.json`."""

    content: FormContent
    group: Annotated[int, Field(ge=0)]
    """Forms of one group show the same answers to several reviewers."""
    sources: tuple[Source, ...]
    digest: Sha256
    signature: Signature


class Group(Record):
    """`forms/groups/LOOK-GROUP.json`: answers that are reviewed together, and by which forms."""

    look: Annotated[int, Field(ge=1)]
    group: Annotated[int, Field(ge=0)]
    forms: tuple[FormId, ...]
    failed: tuple[tuple[Name, CaseId], ...]
    """(candidate, case) without an answer for the candidate's own reasons: 0, and nobody is asked."""
    undecided: tuple[tuple[Name, CaseId], ...]
    """(candidate, case) without an answer for reasons of the infrastructure."""


class Answer(Record):
    """A reviewer's level for one item."""

    item: ItemId
    level: Annotated[int, Field(strict=True)]
    comment: Comment = ""


class FormName(Record):
    """Which form answers belong to."""

    run: RunId
    form: FormId
    reviewer: Text
    digest: Sha256


class Submission(Record):
    """The file that a form makes, and the event of review_submit."""

    form: FormName
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=1_000)]
    signature: Signature
    checksum: Sha256

    def expected_checksum(self) -> str:
        """SHA-256 over form, signature and answers, as the form's script computes it: finds files that were damaged or
        edited on their way. It proves nothing about who filled the form in."""
        lines = [self.form.digest, self.signature]
        for answer in self.answers:
            lines += [answer.item, str(answer.level), str(len(answer.comment.encode())), answer.comment]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Token(Record):
    """The task token of a form's latest request. Whoever has it can answer in the reviewer's place: don't log it."""

    token: Text
    reminder: Annotated[int, Field(ge=0)]
    requested_at: str
    expires_at: str
    """ISO 8601, UTC; the end of the wait after the last reminder."""


Outcome = Literal["accepted", "already-accepted", "rejected"]


class Sampled(Record):
    """`forms/samples/LOOK.json`: the cases that a look has reviewed, drawn once."""

    look: Annotated[int, Field(ge=1)]
    groups: tuple[tuple[CaseId, ...], ...]
