"""The gate's state machine: who is retried, who is told, and that nothing but the verdict decides."""

import json
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.intrinsics import text
from genai_foundation.release.functions import GATE_STEPS
from genai_foundation.release.gate_states import LASTING_ERRORS, definition
from genai_runtime.evaluation.executions import StartFailed
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.gate.errors import GateBroken, NotYet
from genai_runtime.release.hosts.errors import HostRefused
from tests.synth.pipeline import DATA_KEY, function_arn, here, roles
from tests.synth.templates import only

STATES = definition(timeout_seconds=60)["States"]
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]
WEEK_SECONDS = 7 * 24 * 3600
DECIDING = ("Prepare", "Poll", "Decide")


def test_the_machine_is_the_definition_with_its_functions(assembly: Assembly) -> None:
    machine = only(here(assembly).of_type("AWS::StepFunctions::StateMachine")).properties
    deployed = json.loads(machine["DefinitionString"])
    assert deployed == definition(timeout_seconds=deployed["TimeoutSeconds"])
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert text(machine["EncryptionConfiguration"]["KmsKeyId"]) == DATA_KEY
    assert text(machine["RoleArn"]) == f"<{roles(assembly)['Gate/Machine']}.Arn>"
    given = {name: f"<{'.'.join(each['Fn::GetAtt'])}>" for name, each in machine["DefinitionSubstitutions"].items()}
    assert given == {name: function_arn(assembly, f"Gate/{name}") for name in GATE_STEPS}


def test_the_gate_ends_before_codepipeline_stops_waiting(assembly: Assembly) -> None:
    machine = only(here(assembly).of_type("AWS::StepFunctions::StateMachine")).properties
    assert json.loads(machine["DefinitionString"])["TimeoutSeconds"] < WEEK_SECONDS


def test_an_execution_s_history_lasts_as_long_as_the_execution(assembly: Assembly) -> None:
    """25,000 events (Step Functions Developer Guide, "Service quotas"): entering and leaving Wait and Done?, and five of Poll."""
    machine = only(here(assembly).of_type("AWS::StepFunctions::StateMachine")).properties
    seconds = json.loads(machine["DefinitionString"])["TimeoutSeconds"]
    poll = only(
        each
        for each in here(assembly).of_type("AWS::Lambda::Function")
        if each.properties["Handler"] == "genai_runtime.release.handlers.gate_poll.handler"
    )
    looks = seconds / int(poll.properties["Environment"]["Variables"]["POLL_SECONDS"])
    assert looks * (2 + 5 + 2) < 24_000


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    reached: set[str] = set()
    todo = [definition(timeout_seconds=60)["StartAt"]]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        state = STATES[name]
        following = [state.get("Next"), state.get("Default"), *(each["Next"] for each in state.get("Choices", []))]
        todo += [each for each in (*following, *(catch["Next"] for catch in state.get("Catch", []))) if each]
    assert reached == set(STATES)


@pytest.mark.parametrize("name", TASKS)
def test_throttled_steps_come_back_at_different_times(name: str) -> None:
    lasting, service, other = STATES[name]["Retry"]
    assert lasting == {"ErrorEquals": LASTING_ERRORS, "MaxAttempts": 0}
    assert "Lambda.TooManyRequestsException" in service["ErrorEquals"]
    assert service["JitterStrategy"] == other["JitterStrategy"] == "FULL"


def test_errors_that_stay_are_not_retried() -> None:
    """Step Functions compares the class of an error by name, and knows no base classes."""
    assert {each.__name__ for each in (GateBroken, HostRefused, NotYet, ReleaseRefused, StartFailed)} == set(
        LASTING_ERRORS
    )


@pytest.mark.parametrize("name", DECIDING)
def test_a_step_that_fails_is_reported_and_ends_the_gate(name: str) -> None:
    assert STATES[name]["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Report"}]


def verdict(state: dict[str, Any]) -> str:
    """Where the last choice goes with a state."""
    for rule in STATES["Verdict"]["Choices"]:
        name = rule["Variable"].removeprefix("$.")
        if ("IsPresent" in rule and name in state) or ("BooleanEquals" in rule and state.get(name) is True):
            return str(rule["Next"])
    return str(STATES["Verdict"]["Default"])


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"passed": True}, "Passed"),
        ({"passed": False}, "Refused"),
        ({}, "Refused"),
        ({"error": {}}, "Broken"),
        ({"error": {}, "passed": True}, "Broken"),
        ({"passed": True, "unreported": {}}, "Passed"),
        ({"passed": False, "unreported": {}}, "Refused"),
    ],
)
def test_a_host_that_is_away_hides_no_verdict(state: dict[str, Any], expected: str) -> None:
    assert STATES["Report"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.unreported", "Next": "Verdict"}
    ]
    assert STATES["Report"]["Next"] == "Verdict"
    assert verdict(state) == expected


def test_the_announcement_decides_nothing() -> None:
    announce = STATES["Announce"]
    assert announce["Next"] == "Prepare"
    # Prepare goes on with what the machine was given, as if nothing had been announced.
    assert announce["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Prepare"}]


def test_ends_say_what_codepipeline_shows() -> None:
    assert STATES["Refused"] == {"Type": "Fail", "Error": "GateRefused", "CausePath": "$.cause"}
    assert STATES["Broken"] == {"Type": "Fail", "Error": "GateBroken", "CausePath": "$.error.Cause"}
    assert STATES["Passed"] == {"Type": "Succeed"}
