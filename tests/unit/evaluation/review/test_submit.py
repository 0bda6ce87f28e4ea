"""Answers: taken once, and nothing but what a signed form has saved."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.review.plan import review_run
from genai_runtime.evaluation.review.records import Form, Submission
from genai_runtime.evaluation.review.request import Request, Requester
from genai_runtime.evaluation.review.scores import ratings
from tests.unit.evaluation.planning.memory_store import MemoryStore
from tests.unit.evaluation.review.reviewed_run import (
    NOW,
    RUN,
    Waiting,
    filled,
    form_of,
    plan,
    reviewed,
    reviews,
    sealed,
    submit,
)

ANSWERS = {"one": {"a": "x", "b": "y"}, "two": {"a": "z", "b": "w"}}


def ready(**options: Any) -> tuple[MemoryStore, list[Form]]:
    store = reviewed(ANSWERS, **options)
    return store, [form_of(store, form.form) for form in plan(store)]


def request(
    store: MemoryStore,
    form: Form,
    waiting: Waiting,
    token: str = "t1",  # noqa: S107
    reminder: int = 0,
    after: timedelta = timedelta(),
) -> list[tuple[str, str, Any]]:
    """One call of review_request by an execution that waits; what reviewers were told."""
    told: list[tuple[str, str, Any]] = []
    requester = Requester(lambda *notice: told.append(notice), waiting.resume, lambda: NOW + after)
    waiting.tokens.add(token)
    content = form.content
    event = Request(
        run=RUN, look=1, form=content.form, reviewer=content.reviewer, token=token, reminder=reminder
    )  # fmt: skip
    requester.request(review_run(store, RUN), event)
    return told


def code(result: Any) -> str:
    assert result["outcome"] == "rejected"
    return str(result["error"]["code"])


def test_answers_become_scores_and_the_execution_goes_on() -> None:
    store, forms = ready()
    waiting = Waiting()
    request(store, forms[0], waiting, "t1")
    request(store, forms[1], waiting, "t2")
    levels = {("one", "a"): 3, ("one", "b"): 1, ("two", "a"): 2, ("two", "b"): 2}
    assert submit(store, filled(forms[0], levels), waiting) == {"outcome": "accepted", "form": "1-0-0", "resumed": True}
    assert reviews(store, "one") == {"a": 1.0, "b": 0.0}
    assert submit(store, filled(forms[1], 2), waiting)["outcome"] == "accepted"
    assert reviews(store, "one") == {"a": 0.75, "b": 0.25}
    assert reviews(store, "two") == {"a": 0.5, "b": 0.5}
    assert waiting.resumed == ["t1", "t2"]
    assert ratings(store, RUN) == [[3, 2], [1, 2], [2, 2], [2, 2]]


def test_comments_are_kept_with_the_scores() -> None:
    store, forms = ready()
    submit(store, filled(forms[0], 1, "not <b>helpful</b>"))
    body = json.loads(store.objects[layout.scores(RUN, "reviews", "one", 1, 0)])
    assert body["cases"][0]["scores"][0] == {
        "metric": "human-review", "value": 0.0, "passed": False, "detail": "level 1: not <b>helpful</b>",
    }  # fmt: skip


def test_the_same_answers_again_are_harmless_and_other_ones_refused() -> None:
    store, forms = ready()
    event = filled(forms[0], 3)
    submit(store, event)
    before = dict(store.objects)
    assert submit(store, event)["outcome"] == "already-accepted"
    turned = copy.deepcopy(event)
    turned["answers"].reverse()
    assert submit(store, sealed(Submission.model_validate(turned)))["outcome"] == "already-accepted"
    assert code(submit(store, filled(forms[0], 2))) == "GF-EVAL-219"
    assert store.objects == before


def test_a_submission_that_broke_off_is_completed_by_the_next() -> None:
    store, forms = ready()
    waiting = Waiting()
    request(store, forms[0], waiting)
    event = filled(forms[0], 3)
    store.write(layout.form(RUN, "1-0-0", "answers.json"), Submission.model_validate(event))
    assert submit(store, event, waiting) == {"outcome": "already-accepted", "form": "1-0-0", "resumed": True}
    assert reviews(store, "one") == {"a": 1.0, "b": 1.0}


def test_reviewers_who_answer_at_once_are_both_counted() -> None:
    store, forms = ready()
    written = store.write

    def while_writing(key: str, body: Any) -> None:
        """The other reviewer's answers arrive, and are scored, between the first one's reading and writing."""
        if "/reviews/" in key and store.write is while_writing:
            store.write = written  # type: ignore[method-assign]
            submit(store, filled(forms[1], 3))
        written(key, body)

    store.write = while_writing  # type: ignore[method-assign]
    submit(store, filled(forms[0], 1))
    assert reviews(store, "one") == {"a": 0.5, "b": 0.5}


def test_fails_after_the_form_has_expired() -> None:
    store, forms = ready()
    waiting = Waiting()
    request(store, forms[0], waiting)
    event = filled(forms[0], 3)
    late = timedelta(hours=72, seconds=1)
    assert code(submit(store, event, waiting, after=late)) == "GF-EVAL-218"
    assert layout.scores(RUN, "reviews", "one", 1, 0) not in store.objects
    assert not waiting.resumed
    assert submit(store, event, waiting, after=timedelta(hours=71))["outcome"] == "accepted"
    assert submit(store, event, waiting, after=late)["outcome"] == "already-accepted"


def test_a_resumed_run_opens_its_forms_again() -> None:
    store, forms = ready()
    waiting = Waiting()
    request(store, forms[0], waiting, "t1")
    request(store, forms[0], waiting, "t2", after=timedelta(hours=100))
    assert submit(store, filled(forms[0], 3), waiting, after=timedelta(hours=101))["resumed"] is True
    assert waiting.resumed == ["t2"]


def test_the_latest_token_counts() -> None:
    store, forms = ready()
    waiting = Waiting()
    request(store, forms[0], waiting, "t1")
    request(store, forms[0], waiting, "t2", reminder=1, after=timedelta(hours=24))
    request(store, forms[0], waiting, "t3", reminder=2, after=timedelta(hours=48))
    submit(store, filled(forms[0], 3), waiting, after=timedelta(hours=49))
    assert waiting.resumed == ["t3"]


def test_an_execution_that_asks_for_answers_that_are_there_goes_on_at_once() -> None:
    store, forms = ready()
    waiting = Waiting()
    assert submit(store, filled(forms[0], 3), waiting) == {"outcome": "accepted", "form": "1-0-0", "resumed": False}
    assert request(store, forms[0], waiting) == []
    assert waiting.resumed == ["t1"]


def test_reviewers_are_told_and_reminded_without_the_token() -> None:
    store, forms = ready()
    waiting = Waiting()
    (first,) = request(store, forms[0], waiting, "the-token")
    assert first[0] == "review form 1-0-0 of run r1"
    assert "foundation eval review open r1 1-0-0" in first[1]
    assert "until 2026-09-04T12:00:00" in first[1]
    assert first[2] == {"run": RUN, "form": "1-0-0", "reviewer": "ann"}
    (second,) = request(store, forms[0], waiting, "other", reminder=2, after=timedelta(hours=48))
    assert second[0] == "Reminder 2: review form 1-0-0 of run r1"
    assert "until 2026-09-04T12:00:00" in second[1]
    assert "token" not in str((first, second))


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        (("form", "run"), "r2", "GF-EVAL-211"),
        (("form", "form"), "1-0-7", "GF-EVAL-211"),
        (("form", "form"), "1-0-1", "GF-EVAL-212"),
        (("form", "form"), "../../r2", "GF-EVAL-214"),
        (("form", "reviewer"), "bob", "GF-EVAL-212"),
        (("form", "digest"), "0" * 64, "GF-EVAL-212"),
        (("signature",), "A" * 43, "GF-EVAL-213"),
        (("signature",), "short", "GF-EVAL-214"),
        (("answers", 0, "level"), 4, "GF-EVAL-217"),
        (("answers", 0, "level"), "3", "GF-EVAL-214"),
        (("answers", 0, "level"), True, "GF-EVAL-214"),
        (("answers", 0, "item"), "9", "GF-EVAL-216"),
        (("answers", 0, "item"), "2", "GF-EVAL-216"),
        (("answers",), [], "GF-EVAL-214"),
        (("answers", 0, "comment"), "x" * 1001, "GF-EVAL-214"),
        (("answers", 0, "comment"), "\ud800", "GF-EVAL-214"),
        (("more",), 1, "GF-EVAL-214"),
    ],
)
def test_fails_for_answers_that_no_form_has_saved(path: tuple[Any, ...], value: object, wanted: str) -> None:
    store, forms = ready()
    event = filled(forms[0], 3)
    inner: Any = event
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    if wanted != "GF-EVAL-214":
        event = sealed(Submission.model_validate(event))
    before = dict(store.objects)
    assert code(submit(store, event)) == wanted
    assert store.objects == before


def test_fails_for_missing_answers_and_names_them() -> None:
    store, forms = ready()
    event = filled(forms[0], 3)
    event["answers"] = event["answers"][:2]
    result = submit(store, sealed(Submission.model_validate(event)))
    assert code(result) == "GF-EVAL-216"
    assert "missing: 3, 4; unknown: none" in result["error"]["message"]


def test_fails_for_a_form_that_was_changed_where_it_lies() -> None:
    store, forms = ready()
    event = filled(forms[0], 3)
    key = layout.form(RUN, "1-0-0", "form.json")
    store.objects[key] = store.objects[key].replace(b"Is it helpful?", b"Is it harmful?")
    assert code(submit(store, event)) == "GF-EVAL-212"
    forged = json.loads(store.objects[key])
    event["form"]["digest"] = forged["digest"] = Form.model_validate(forged).content.digest()
    store.objects[key] = json.dumps(forged).encode()
    assert code(submit(store, sealed(Submission.model_validate(event)))) == "GF-EVAL-213"


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all leaves."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in places(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for key, inner in enumerate(value) for leaf in places(inner, (*path, key))]
    return [path]


STORE, FORMS = ready()
EVENT = filled(FORMS[0], 2, "a comment")
JSON = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=70), st.lists(st.integers(), max_size=2))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(path=st.sampled_from(places(EVENT)), value=JSON)
def test_fails_for_any_change_to_a_saved_file(path: tuple[Any, ...], value: object) -> None:
    event = copy.deepcopy(EVENT)
    inner: Any = event
    for step in path[:-1]:
        inner = inner[step]
    if type(inner[path[-1]]) is type(value) and inner[path[-1]] == value:
        return
    inner[path[-1]] = value
    before = dict(STORE.objects)
    assert code(submit(STORE, event)).startswith("GF-EVAL-21")
    assert STORE.objects == before


@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_fails_for_any_changed_byte_of_the_file(at: int, flip: int) -> None:
    body = bytearray(json.dumps(EVENT).encode())
    body[at % len(body)] ^= flip
    try:
        event = json.loads(body)
    except ValueError:
        return
    if event != EVENT:
        assert code(submit(STORE, event)).startswith("GF-EVAL-21")


@given(
    event=st.recursive(JSON, lambda inner: st.dictionaries(st.sampled_from(["form", "answers", "signature"]), inner))
)
def test_fails_for_anything_else_with_a_code(event: object) -> None:
    assert code(submit(STORE, event)) == "GF-EVAL-214"
