"""Forms: who gets which answers, in which order, and what a second plan keeps."""

import re

import pytest
import yaml

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.records import CallError
from genai_runtime.evaluation.review.errors import ReviewFailed
from genai_runtime.evaluation.review.plan import review_run
from genai_runtime.evaluation.review.sample import groups_of, wanted_until
from tests.unit.evaluation.review.reviewed_run import RUN, KeySigner, form_of, plan, reviewed, reviews

IDS = [f"c{number:02}" for number in range(30)]


def same_answer(ids: list[str]) -> dict[str, str | CallError]:
    return {case: f"answer to {case}" for case in ids}


def cases_on(store: object, forms: list[str]) -> list[set[str]]:
    return [{source.case for source in form_of(store, form).sources} for form in forms]  # type: ignore[arg-type]


def test_each_reviewer_gets_every_group() -> None:
    store = reviewed({"one": same_answer(IDS), "two": same_answer(IDS)}, per_form=10)
    forms = plan(store)
    assert [(form.form, form.reviewer) for form in forms] == [
        (f"1-{group}-{place}", name) for group in range(3) for place, name in enumerate(("ann", "bob"))
    ]
    assert {(form.remind_after_seconds, form.reminders) for form in forms} == {(24 * 3600, 2)}
    shown = cases_on(store, [form.form for form in forms])
    assert shown[0] == shown[1]
    assert set.union(*shown) == set(IDS)
    assert [len(form_of(store, form.form).content.items) for form in forms] == [20] * 6


def test_forms_are_blind_and_shuffled_each_in_its_own_order() -> None:
    store = reviewed({"secret-model-a": same_answer(IDS), "secret-model-b": same_answer(IDS)})
    forms = [form_of(store, form.form) for form in plan(store)]
    assert all("secret-model" not in form.content.model_dump_json() for form in forms)
    pages = [store.objects[layout.form(RUN, form.content.form, "form.html")] for form in forms]
    assert all(b"secret-model" not in page for page in pages)
    orders = [[(source.candidate, source.case) for source in form.sources] for form in forms[:2]]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    firsts = [candidate for candidate, _ in orders[0][: len(IDS)]]
    assert 5 < firsts.count("secret-model-a") < 25


def test_forms_are_signed_over_all_that_they_show() -> None:
    store = reviewed({"one": same_answer(IDS)})
    form = form_of(store, plan(store)[0].form)
    assert form.digest == form.content.digest()
    assert KeySigner().verify(form.digest, form.signature)
    item = form.content.items[0]
    case = form.sources[0].case
    assert (item.question, item.context, item.reference, item.answer) == (
        f"question {case}?", f"[p]\ncontext {case}", f"reference {case}", f"answer to {case}",
    )  # fmt: skip
    changed = item.model_copy(update={"answer": "another"})
    assert form.content.model_copy(update={"items": (changed, *form.content.items[1:])}).digest() != form.digest


def test_failed_cases_come_first_and_the_rest_is_spread_over_the_strata() -> None:
    tags = {case: {"topic": "rare" if number < 6 else "common"} for number, case in enumerate(IDS)}
    store = reviewed({"one": same_answer(IDS)}, failed=("c10", "c20"), cases=12, tags=tags)
    (shown,) = cases_on(store, [plan(store)[0].form])
    assert {"c10", "c20"} <= shown
    assert len(shown) == 12
    assert sum(tags[case]["topic"] == "rare" for case in shown) == 2


def test_planning_again_keeps_what_was_planned() -> None:
    store = reviewed({"one": same_answer(IDS)}, cases=5)
    first = plan(store)
    before = dict(store.objects)
    for key in [key for key in store.objects if "/scores/" in key]:
        del store.objects[key]
        del before[key]
    store.write(layout.response(RUN, "one", "c00"), store.objects[layout.response(RUN, "one", "c01")])
    before[layout.response(RUN, "one", "c00")] = store.objects[layout.response(RUN, "one", "c00")]
    assert plan(store) == first
    assert store.objects == before


def test_looks_share_the_sample_and_review_no_case_twice() -> None:
    store = reviewed({"one": same_answer(IDS)}, cases=10, looks=3, reviewers=("ann",))
    shown = [set.union(set(), *cases_on(store, [form.form for form in plan(store, look)])) for look in (1, 2, 3)]
    assert [len(cases) for cases in shown] == [4, 3, 3]
    assert len(set.union(*shown)) == 10
    assert shown[0] <= set(IDS[:10])
    late = reviewed({"one": same_answer(IDS)}, cases=10, looks=3, reviewers=("ann",))
    assert sum(len(cases) for cases in cases_on(late, [form.form for form in plan(late, 3)])) == 10


def test_a_candidate_that_a_look_before_decided_is_not_shown() -> None:
    store = reviewed({"one": same_answer(IDS), "two": same_answer(IDS)}, looks=2, reviewers=("ann",))
    plan(store, 1)
    lines = store.objects[layout.batches(RUN, 2)].splitlines(keepends=True)
    store.write(layout.open_batches(RUN, 2), b"".join(line for line in lines if b'"two"' in line))
    shown = [form_of(store, form.form).sources for form in plan(store, 2)]
    assert {source.candidate for sources in shown for source in sources} == {"two"}


def test_cases_without_an_answer_are_scored_and_not_shown() -> None:
    refused = CallError(error_class="invalid-request", code="ValidationException", message="m")
    throttled = CallError(error_class="throttled", code="ThrottlingException", message="m")
    store = reviewed({"one": {"a": "fine", "b": refused, "c": throttled, "d": "gone"}})
    del store.objects[layout.response(RUN, "one", "d")]
    forms = plan(store)
    assert len(forms) == 2
    assert cases_on(store, [forms[0].form]) == [{"a"}]
    assert reviews(store, "one") == {"b": 0.0, "c": None, "d": None}


def test_nothing_to_show_makes_no_form() -> None:
    throttled = CallError(error_class="throttled", code="ThrottlingException", message="m")
    assert plan(reviewed({"one": {"a": throttled}})) == []
    safety = [
        {"name": "exact", "gating": True, "threshold": 0.5},
        {"name": "human-review", "threshold": 0.5, "kinds": ["safety"]},
    ]
    assert plan(reviewed({"one": same_answer(IDS)}, metrics=safety)) == []


def test_fails_for_a_suite_without_review() -> None:
    store = reviewed({"one": same_answer(IDS)})
    key = layout.suite(RUN, layout.SUITE_FILE)
    suite = yaml.safe_load(store.objects[key])
    del suite["review"]
    store.write(key, yaml.safe_dump(suite).encode())
    with pytest.raises(ReviewFailed, match=re.escape("suite suite has no `review`")):
        review_run(store, RUN)


@pytest.mark.parametrize(
    ("cases", "per_form", "sizes"), [(0, 5, []), (5, 5, [5]), (6, 5, [3, 3]), (26, 25, [13, 13]), (3, 1, [1, 1, 1])]
)
def test_groups_are_of_nearly_equal_size(cases: int, per_form: int, sizes: list[int]) -> None:
    assert [len(group) for group in groups_of([str(number) for number in range(cases)], per_form)] == sizes


def test_the_last_look_completes_the_sample() -> None:
    spec = review_run(reviewed({"one": same_answer(IDS)}, cases=10), RUN).spec
    assert [wanted_until(spec, look, 4) for look in (1, 2, 3, 4, 5)] == [3, 5, 8, 10, 10]
