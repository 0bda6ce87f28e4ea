"""A run in memory that people review, signed with a key of the test."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import Batch, CallError, Response, ReviewForm, Score, ScoredBatch, ScoredCase
from genai_runtime.evaluation.review.plan import ReviewPlanner, review_run
from genai_runtime.evaluation.review.records import Answer, Form, FormName, Submission
from genai_runtime.evaluation.review.submit import Submitted, Submitter
from tests.unit.evaluation.planning.memory_store import MemoryStore

RUN = "r1"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
RUBRIC = {"question": "Is it helpful?", "levels": {1: "no", 2: "partly", 3: "yes"}}
Text = str | CallError


class KeySigner:
    """HMAC-SHA-256 with a key in memory, as KMS computes it with one that it keeps."""

    def sign(self, digest: str) -> str:
        mac = hmac.new(b"key", digest.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def verify(self, digest: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(digest), signature)


@dataclass
class Waiting:
    """Executions that wait for tokens; `resumed` holds those that went on."""

    tokens: set[str] = field(default_factory=set)
    resumed: list[str] = field(default_factory=list)

    def resume(self, token: str, _form: str) -> bool:
        if token not in self.tokens:
            return False
        self.tokens.discard(token)
        self.resumed.append(token)
        return True


def reviewed(
    answers: Mapping[str, Mapping[str, Text]], *, failed: tuple[str, ...] = (), cases: int = 50, per_form: int = 25,
    reviewers: tuple[str, ...] = ("ann", "bob"), tags: Mapping[str, Mapping[str, str]] | None = None, looks: int = 1,
    metrics: list[dict[str, Any]] | None = None,
) -> MemoryStore:  # fmt: skip
    """A run whose candidates gave these answers (candidate -> case -> answer), in one batch each, or one for each look."""
    store = MemoryStore()
    prompt = {"name": "p", "version": 1, "template": "t", "max_tokens": 9}
    candidates = [{"name": name, "prompt": prompt, "model": "m", "model_id": "m"} for name in answers]
    request = {"run": RUN, "suite": "suite", "version": "0" * 64, "candidates": candidates}
    ids = list(next(iter(answers.values())))
    suite: dict[str, Any] = {
        "name": "suite", "description": "d", "prompt": {"name": "p", "version": 1}, "models": ["m"],
        "metrics": metrics or [
            {"name": "exact", "gating": True, "threshold": 0.5, "strata": ["topic"]},
            {"name": "human-review", "gating": True, "threshold": 0.5, "pass_at": 0.5},
        ],
        "review": {"rubric": RUBRIC, "reviewers": list(reviewers), "cases": cases, "per_form": per_form},
    }  # fmt: skip
    if looks > 1:
        suite["sampling"] = {"mode": "sequential", "looks": looks}
    store.write(layout.request(RUN), json.dumps(request).encode())
    store.write(layout.suite(RUN, layout.SUITE_FILE), yaml.safe_dump(suite).encode())
    lines = [
        {"id": case, "kind": "quality", "prompt": f"question {case}?", "reference": f"reference {case}",
         "context": [{"id": "p", "text": f"context {case}"}], "tags": (tags or {}).get(case, {}), "origin": "hand-written"}
        for case in ids
    ]  # fmt: skip
    store.write(layout.suite(RUN, layout.DATASET_FILE), "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    for name, given in answers.items():
        for case, text in given.items():
            said = {"error": text} if isinstance(text, CallError) else {"answer": text}
            response = Response(case=case, candidate=name, **said)
            store.write(layout.response(RUN, name, case), response)
    size = -(-len(ids) // looks)
    for look in range(1, looks + 1):
        part = tuple(ids[(look - 1) * size : look * size])
        batches = [Batch(run=RUN, look=look, batch=0, candidate=name, cases=part) for name in answers]
        store.write(layout.batches(RUN, look), "".join(f"{b.model_dump_json()}\n" for b in batches).encode())
        for name in answers:
            scored = tuple(
                ScoredCase(
                    case=case, candidate=name, scores=(Score(metric="exact", value=0.5, passed=case not in failed),)
                )
                for case in part
            )
            store.write(layout.scores(RUN, "scores", name, look, 0), ScoredBatch(run=RUN, candidate=name, cases=scored))
    return store


def plan(store: MemoryStore, look: int = 1) -> list[ReviewForm]:
    return ReviewPlanner(review_run(store, RUN), KeySigner()).plan(look)


def form_of(store: MemoryStore, form: str) -> Form:
    return store.load(layout.form(RUN, form, "form.json"), Form)


def filled(form: Form, levels: Mapping[tuple[str, str], int] | int, comment: str = "") -> dict[str, Any]:
    """The answers file of a reviewer who gives these levels ((candidate, case) -> level, or one for all)."""
    answers = tuple(
        Answer(
            item=source.item,
            level=levels if isinstance(levels, int) else levels[source.candidate, source.case],
            comment=comment,
        )
        for source in form.sources
    )
    content = form.content
    name = FormName(run=content.run, form=content.form, reviewer=content.reviewer, digest=form.digest)
    return sealed(Submission(form=name, answers=answers, signature=form.signature, checksum="0" * 64))


def sealed(submission: Submission) -> dict[str, Any]:
    """With the checksum that fits."""
    return submission.model_copy(update={"checksum": submission.expected_checksum()}).model_dump(mode="json")


def submit(
    store: MemoryStore, event: object, waiting: Waiting | None = None, after: timedelta = timedelta()
) -> Submitted:
    return Submitter(store, KeySigner(), (waiting or Waiting()).resume, lambda: NOW + after).submit(event)


def reviews(store: MemoryStore, candidate: str, look: int = 1, group: int = 0) -> dict[str, float | None]:
    """Scores of the metric by case."""
    batch = store.load(layout.scores(RUN, "reviews", candidate, look, group), ScoredBatch)
    return {case.case: case.scores[0].value for case in batch.cases}
