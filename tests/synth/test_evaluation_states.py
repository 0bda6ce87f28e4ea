"""The pipeline's state machine as Amazon States Language: complete, reachable, retried, small."""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from genai_foundation.evaluation.job_states import JOB_STEPS
from genai_foundation.evaluation.state_machine import STEPS, definition

State = Mapping[str, Any]
MACHINE = definition(max_concurrency=4, timeout_seconds=3600)
KNOWN = {"Task", "Map", "Choice", "Pass", "Wait"}
# Step Functions Developer Guide, "Service quotas": a definition, and a state's name.
LONGEST, LONGEST_NAME = 1024 * 1024, 80


def machines(machine: State = MACHINE, name: str = "the machine") -> Iterator[tuple[str, State]]:
    """The machine and what its maps run, by name."""
    yield name, machine
    for key, state in machine["States"].items():
        if state["Type"] == "Map":
            yield from machines(state["ItemProcessor"], key)


def states() -> Iterator[tuple[str, str, State]]:
    """Every state: machine, name, body."""
    for name, machine in machines():
        for key, state in machine["States"].items():
            yield name, key, state


def following(state: State) -> list[str]:
    """Names of the states that may come next."""
    found = [state[key] for key in ("Next", "Default") if key in state]
    found += [rule["Next"] for rule in state.get("Choices", [])]
    return found + [catcher["Next"] for catcher in state.get("Catch", [])]


def tasks() -> list[tuple[str, State]]:
    """Every task by its name."""
    return [(key, state) for _, key, state in states() if state["Type"] == "Task"]


@pytest.mark.parametrize(("name", "machine"), list(machines()), ids=[name for name, _ in machines()])
def test_every_transition_leads_to_a_state_and_every_state_is_reached(name: str, machine: State) -> None:
    reached, waiting = set(), [machine["StartAt"]]
    while waiting:
        key = waiting.pop()
        assert key in machine["States"], f"{name} has no state {key}"
        if key not in reached:
            reached.add(key)
            waiting += following(machine["States"][key])
    assert reached == set(machine["States"])


def test_every_state_goes_on_or_ends_and_is_of_a_known_type() -> None:
    for name, key, state in states():
        assert state["Type"] in KNOWN, key
        assert len(key) <= LONGEST_NAME
        if state["Type"] == "Choice":
            assert state["Default"], f"{name}: {key} could find no match"
            assert "Next" not in state
            assert "End" not in state
        else:
            assert ("Next" in state) != (state.get("End") is True), f"{name}: {key}"


def test_names_are_unique_so_that_a_history_can_be_read() -> None:
    names = [key for _, key, _ in states()]
    assert sorted(names) == sorted(set(names))


def test_every_function_is_invoked_once_and_no_other() -> None:
    invoked = [state["Parameters"]["FunctionName"] for _, state in tasks()]
    assert sorted(invoked) == sorted(f"${{{step}}}" for step in STEPS)
    assert set(re.findall(r"\$\{(\w+)\}", json.dumps(MACHINE))) == set(STEPS)


def test_every_task_is_retried_on_errors_of_the_service_with_backoff_and_jitter() -> None:
    for key, state in tasks():
        _, service, function = state["Retry"]
        assert {"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
                "Lambda.TooManyRequestsException"} == set(service["ErrorEquals"]), key  # fmt: skip
        for retrier in (service, function):
            assert retrier["JitterStrategy"] == "FULL"
            assert retrier["BackoffRate"] >= 2
            assert 0 < retrier["MaxDelaySeconds"] < 31_622_400
            assert retrier["MaxAttempts"] > 0


def test_errors_that_the_same_input_gives_again_are_not_retried() -> None:
    """Every coded error of a handler is one of these, but for those that others' load or a server's absence may cause."""
    passing = {"CallsFailed", "TrackingFailed"}
    for key, state in tasks():
        first = state["Retry"][0]
        assert (set(first["ErrorEquals"]), first["MaxAttempts"]) == (coded_errors() - passing, 0), key


def coded_errors() -> set[str]:
    """Classes of the errors of all capabilities that the machine's functions raise."""
    packages = ("calls", "gate", "jobs", "judging", "metrics", "planning", "reporting", "review", "tracking")
    modules = [importlib.import_module(f"genai_runtime.evaluation.{each}.errors") for each in packages]
    return {
        name
        for module in modules
        for name, each in vars(module).items()
        # The direct ones: AnswersRefused is raised by a function outside of the machine.
        if isinstance(each, type) and each.__bases__ == (Exception,) and each.__module__ == module.__name__
    }


def test_managed_jobs_are_waited_for_as_long_as_the_functions_say() -> None:
    states = MACHINE["States"]
    assert states["Evaluate"]["Next"] == "Managed?"
    (managed,) = states["Managed?"]["Choices"]
    assert managed == {"Variable": "$.managed", "BooleanEquals": True, "Next": "JobCreate"}
    assert states["Managed?"]["Default"] == states["JobCollect"]["Next"] == "Reviewed?"
    wait = {"Type": "Wait", "SecondsPath": "$.jobs.wait_seconds", "Next": "JobPoll"}
    assert states["JobWait"] == wait
    (pending,) = states["JobsPending?"]["Choices"]
    assert pending == {"Variable": "$.jobs.pending", "NumericGreaterThan": 0, "Next": "JobWait"}
    assert states["JobsPending?"]["Default"] == "JobCollect"


def test_managed_jobs_keep_the_state_of_the_run_and_leave_it_to_the_gate_when_they_fail() -> None:
    for name in JOB_STEPS:
        state = MACHINE["States"][name]
        assert state["ResultPath"] in ("$.jobs", None), name
        assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Gate"}], name


def test_a_batch_and_a_form_can_not_fail() -> None:
    for name in ("Evaluate", "Review"):
        state = MACHINE["States"][name]
        assert state["ToleratedFailurePercentage"] == 100
        assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        for key, inner in state["ItemProcessor"]["States"].items():
            assert inner["Type"] != "Fail"
            if inner["Type"] == "Task":
                assert any(catcher["ErrorEquals"] == ["States.ALL"] for catcher in inner["Catch"]), key


def test_children_end_with_next_to_nothing() -> None:
    """All of a map's children together may leave 256 KiB: a hundred thousand cases are four thousand batches of 25."""
    for name, machine in machines():
        if name == "the machine":
            continue
        for key, state in machine["States"].items():
            if state.get("End"):
                output = state.get("Result", state.get("Parameters"))
                assert len(json.dumps(output)) < 64, f"{name}: {key}"


def test_only_a_published_run_ends_well_and_a_failed_tracking_is_told() -> None:
    ends = {key: state["Parameters"] for key, state in MACHINE["States"].items() if state.get("End")}
    assert {key: each["tracked"] for key, each in ends.items()} == {"Tracked": True, "Untracked": False}
    caught = [key for key, state in MACHINE["States"].items() if "Catch" in state]
    assert caught == [*JOB_STEPS, "Track"]


def test_reminders_and_expiry_follow_what_the_form_says() -> None:
    form = MACHINE["States"]["Review"]["ItemProcessor"]["States"]
    request = form["ReviewRequest"]
    assert request["Resource"].endswith(".waitForTaskToken")
    assert request["TimeoutSecondsPath"] == "$.form.remind_after_seconds"
    assert request["Catch"][0] == {"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "RemindersLeft?"}
    assert form["RemindersLeft?"]["Choices"][0]["NumericLessThanPath"] == "$.form.reminders"
    assert form["RemindersLeft?"]["Default"] == "Expired"


def test_the_definition_is_json_within_the_service_s_limit_and_the_same_each_time() -> None:
    text = json.dumps(MACHINE)
    assert len(text) < LONGEST
    assert text == json.dumps(definition(max_concurrency=4, timeout_seconds=3600))
    assert MACHINE["TimeoutSeconds"] == 3600
    assert MACHINE["States"]["Evaluate"]["MaxConcurrency"] == 4
