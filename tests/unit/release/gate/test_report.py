"""Report: what people read at the host, and that a host that is away changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from foundation.release.host.fake import TOKEN, FakeHost
from genai_runtime.evaluation import layout
from genai_runtime.release.errors import ROLE_DENIED, ReleaseRefused
from genai_runtime.release.gate.comment import Outcome, cause_of, description, render
from genai_runtime.release.gate.report import Reporter, of_gate
from genai_runtime.release.hosts.base import CONTEXT, MOST_COMMENT, Host, PullRequest, marked
from genai_runtime.release.hosts.connect import host_of
from genai_runtime.release.hosts.errors import HostRefused, HostUnavailable
from tests.unit.release.gate.world import COMMIT, World

HEAD = "c" * 40


@pytest.fixture
def fake() -> Iterator[FakeHost]:
    with FakeHost() as host:
        host.open_pull_request(5, HEAD)
        host.merge(5, COMMIT)
        yield host


@pytest.fixture
def host(fake: FakeHost) -> Host:
    made: Any = host_of("github", fake.repository, TOKEN, fake.api_url)
    object.__setattr__(made.api, "sleep", lambda _: None)
    host: Host = made
    return host


def reported(world: World, host: Host, decision: Any, **changes: Any) -> dict[str, Any]:
    """A gate from beginning to end; what Report adds."""
    environment = changes.pop("environment", "pre-prod")
    event = world.event(environment, **changes)
    verdict = world.whole((decision,), environment, **changes)
    return Reporter(host, world.open).report(world.start(environment, **changes), event | verdict)


def test_a_promotion_is_a_short_comment_on_the_merged_pull_request_and_a_status(fake: FakeHost, host: Host) -> None:
    world = World()
    added = reported(world, host, "PROMOTE")
    (comment,), (status,) = fake.comments, fake.statuses
    assert comment.pull_request == 5
    assert comment.body.startswith(f"<!-- {CONTEXT}/pre-prod -->\n## ✅ pre-prod: evaluation gate passed\n")
    assert f"| `answers` | PROMOTE | `{world.asked()[0].run}` |" in comment.body
    assert len(comment.body.splitlines()) < 12
    assert (status.commit, status.context, status.state) == (COMMIT, f"{CONTEXT}/pre-prod", "success")
    assert status.description == "1 suite passed"
    assert added == {"reported": {"status": "success", "comments": [status.target_url]}}


@pytest.mark.parametrize("decision", ["REJECT", "HOLD"])
def test_a_refusal_shows_the_runs_own_comment_with_every_failed_test(fake: FakeHost, host: Host, decision: str) -> None:
    reported(World(), host, decision)
    (comment,), (status,) = fake.comments, fake.statuses
    assert f"evaluation gate refused, {decision}" in comment.body
    assert "GF-REL-225: suite answers, answer-v1-m" in comment.body
    assert f"## {decision}\n\n- `c-1` failed answers" in comment.body
    assert (status.state, status.description) == ("failure", f"{decision}: answers {decision}")


def test_reported_again_there_is_one_comment(fake: FakeHost, host: Host) -> None:
    world = World()
    for _ in range(2):
        reported(world, host, "REJECT")
    assert len(fake.comments) == 1
    assert fake.comments[0].edits == 1


def test_a_pull_request_has_the_required_status_on_its_head(fake: FakeHost, host: Host) -> None:
    fake.open_pull_request(6, COMMIT)
    world = World(stage="redacted")
    reported(world, host, "REJECT", environment="dev", pull_request=True)
    (comment,), (status,) = fake.comments, fake.statuses
    assert comment.pull_request == 6
    assert comment.body.startswith(f"<!-- {CONTEXT} -->\n## ❌ dev: evaluation gate refused")
    assert (status.context, status.state, status.commit) == (CONTEXT, "failure", COMMIT)


def test_a_pull_request_that_the_pipeline_names(fake: FakeHost, host: Host) -> None:
    fake.open_pull_request(7, HEAD)
    reported(World(stage="redacted"), host, "PROMOTE", environment="dev", pull_request="7")
    assert [each.pull_request for each in fake.comments] == [7]


def test_what_was_left_out_is_said(fake: FakeHost, host: Host) -> None:
    fake.open_pull_request(6, COMMIT)
    world = World(stage="redacted", guardrail=2)
    start = world.start("dev", pull_request=True)
    world.preparer.prepare(start)
    state = world.event("dev", pull_request=True) | world.decider.decide(start)
    Reporter(host, world.open).report(start, state)
    (comment,), (status,) = fake.comments, fake.statuses
    assert "dev: nothing could be evaluated before the merge" in comment.body
    assert "guardrail `baseline` version 2 isn't deployed to dev yet. After the merge" in comment.body
    assert (status.state, status.description) == ("success", "nothing could be evaluated before the merge")


def test_announced_the_status_is_pending_and_nobody_gets_a_comment(fake: FakeHost, host: Host) -> None:
    world = World()
    added = Reporter(host, world.open).report(world.start(), world.event())
    assert added == {"reported": {"status": "pending", "comments": []}}
    assert [(each.state, each.description) for each in fake.statuses] == [
        ("pending", "the pre-prod gate is evaluating")
    ]
    assert fake.comments == []
    assert world.opened == 0


def test_a_step_that_failed_is_reported_with_its_cause(fake: FakeHost, host: Host) -> None:
    world = World()
    cause = (
        '{"errorMessage": "GF-REL-203: guardrail `b` isn\'t deployed", "errorType": "NotYet", "stackTrace": ["secret"]}'
    )
    state = world.event() | {"error": {"Error": "NotYet", "Cause": cause}}
    Reporter(host, world.open).report(world.start(), state)
    (comment,), (status,) = fake.comments, fake.statuses
    assert "the evaluation gate could not decide" in comment.body
    assert "GF-REL-203" in comment.body
    assert "secret" not in comment.body
    assert status.state == "failure"
    assert status.description.startswith("no verdict: GF-REL-203")


def test_a_commit_without_a_pull_request_has_its_status_only(host: Host) -> None:
    with FakeHost() as fake:
        host = host_of("github", fake.repository, TOKEN, fake.api_url)
        added = reported(World(), host, "PROMOTE")
        assert added["reported"]["comments"] == []
        assert fake.statuses[0].target_url is None


def test_fails_while_the_host_is_away_and_the_verdict_stands(fake: FakeHost, host: Host) -> None:
    world = World()
    fake.fail(503, times=1000)
    with pytest.raises(HostUnavailable):
        reported(world, host, "PROMOTE")
    assert list(world.ledger.entries) == ["promoted#pre-prod#e-1"]
    fake.state.faults.clear()
    state = world.event() | world.decider.decide(world.start())
    Reporter(host, world.open).report(world.start(), state)
    assert fake.statuses[-1].state == "success"


def test_fails_for_a_comment_that_may_not_be_written_and_sets_the_status_nevertheless(
    fake: FakeHost, host: Host
) -> None:
    fake.fail(403, times=9, contains="/comments", method="POST")
    with pytest.raises(HostRefused, match="GF-REL-252"):
        reported(World(), host, "REJECT")
    assert [each.state for each in fake.statuses] == ["failure"]


def test_a_report_that_can_not_be_read_is_named_and_the_reasons_stand(fake: FakeHost, host: Host) -> None:
    world = World()
    verdict = world.event() | world.whole(("REJECT",))

    def denied(_: object) -> Any:
        raise ReleaseRefused(ROLE_DENIED, "no")

    Reporter(host, denied).report(world.start(), verdict)
    assert "The run's report can't be read: GF-REL-152." in fake.comments[0].body
    assert "GF-REL-225" in fake.comments[0].body


def test_a_page_that_expired_is_left_out(fake: FakeHost, host: Host) -> None:
    world = World()
    verdict = world.event() | world.whole(("REJECT",))
    del world.runs.objects[layout.result(world.asked()[0].run, "comment.md")]
    Reporter(host, world.open).report(world.start(), verdict)
    assert "GF-REL-225" in fake.comments[0].body


def outcome(**changes: Any) -> Outcome:
    run = {"suite": "answers", "version": "0" * 64, "run": "answers-1", "decision": "REJECT"}
    given: dict[str, Any] = {"passed": False, "decision": "REJECT", "reasons": ["GF-REL-225: x"], "runs": [run]}
    return Outcome(**given | changes)


@pytest.mark.parametrize(
    "line", ["a short line\n", "x" * 5000 + "\n", "ä😀" * 100 + "\n"], ids=["short", "long", "wide"]
)
def test_a_comment_fits_whatever_the_runs_have_to_say(line: str) -> None:
    start = World().start()
    text = render(start, outcome(), {"answers-1": line * 5000})
    assert len(marked(start.context, text)) <= MOST_COMMENT
    assert text.endswith("*Shortened: the runs' own reports have the rest.*\n")
    assert len(text) > 50_000


def test_nothing_of_the_data_acts_in_the_comment() -> None:
    hostile = "@everyone <img src=x onerror=1> [a](http://b) `code` #1"
    text = render(World().start(), outcome(reasons=[hostile], left_out=[hostile.replace("`", "")]), {})
    for part in ("@everyone", "<img", "[a](", "http://", "#1"):
        assert part not in text


def test_descriptions_fit_and_say_the_verdict() -> None:
    start = World().start()
    suites = [{"suite": f"suite-{n}", "version": "", "run": "r", "decision": "HOLD"} for n in range(40)]
    long = description(start, outcome(runs=suites, decision="HOLD"))
    assert len(long) == 140
    assert long.startswith("HOLD: suite-0 HOLD, suite-1 HOLD")
    missing = [{"suite": "answers", "version": "", "run": "", "decision": ""}]
    assert description(start, outcome(runs=missing, decision="HOLD")) == "HOLD: answers without a result"
    assert description(start, outcome(runs=[], reasons=["GF-REL-220: why"])) == "REJECT: GF-REL-220: why"
    passed = outcome(passed=True, decision="HOLD", reasons=[], left_out=["one"])
    assert description(start, passed) == "1 suite passed, 1 after the merge"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"Error": "E", "Cause": '{"errorMessage": "why"}'}, "why"),
        ({"Error": "E", "Cause": "plain"}, "plain"),
        ({"Error": "E", "Cause": "[1]"}, "[1]"),
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({}, "without a cause"),
        ("text", "text"),
    ],
)
def test_causes_are_read_as_step_functions_keeps_them(error: object, said: str) -> None:
    assert cause_of(error) == said


def request(**changes: Any) -> PullRequest:
    given = {"number": 1, "state": "merged", "head": HEAD, "merge_commit": COMMIT, "target": "main", "url": "u"}
    return PullRequest(**given | changes)


def test_the_pull_request_of_a_commit_is_the_one_that_was_merged_as_it() -> None:
    start = World().start()
    others = [request(number=2, merge_commit="d" * 40), request(number=3, state="open", head=COMMIT)]
    assert [each.number for each in of_gate(start, [*others, request()])] == [1]
    # fast forward: the merge made no commit of its own
    assert [each.number for each in of_gate(start, [request(number=4, head=COMMIT, merge_commit=None)])] == [4]
    assert of_gate(start, others) == []


def test_the_pull_request_of_a_head_is_open() -> None:
    start = World().start("dev", pull_request=True)
    found = [request(state="open", head=COMMIT), request(number=2, state="closed", head=COMMIT), request(number=3)]
    assert [each.number for each in of_gate(start, found)] == [1]
