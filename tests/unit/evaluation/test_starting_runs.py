"""The command starts runs as functions do: once, taken up after a failure, refused for other content."""

from typing import Any

import pytest

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.runs import BUCKET, STATE_MACHINE, Runs
from genai_runtime.evaluation import executions, layout
from genai_runtime.evaluation.requests import deciding, run_id
from genai_runtime.evaluation.run import RunRequest
from tests.unit.release.gate.memory import StepFunctions
from tests.unit.release.gate.world import MACHINE, World


class Account:
    """An environment's clients."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.states = StepFunctions()

    def client(self, service: str, _stage: str) -> Any:
        return {"stepfunctions": self.states, "s3": None, "ssm": Parameters()}[service]


class Parameters:
    """SSM."""

    class exceptions:  # noqa: N801 boto3's name
        ParameterNotFound = KeyError

    def get_parameter(self, *, Name: str) -> Any:  # noqa: N803
        values = {STATE_MACHINE: MACHINE, BUCKET: "evaluation"}
        return {"Parameter": {"Value": values[Name.removeprefix("/genai-foundation/")]}}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


@pytest.fixture
def runs(world: World, account: Account) -> Runs:
    made = Runs(account, "dev")
    made.store = world.runs
    object.__setattr__(made._executions, "runs", world.runs)
    return made


def request(world: World, **changes: Any) -> RunRequest:
    made = world.request("answers", **changes)
    return made.model_copy(update={"run": run_id(made)})


def test_starts_once_and_takes_a_failed_execution_up(world: World, account: Account, runs: Runs) -> None:
    asked = request(world)
    first = runs.start(asked)
    assert runs.start(asked.model_copy(update={"requested_by": "somebody", "labels": {"a": "b"}})) == first
    account.states.status[first] = "FAILED"
    assert runs.start(asked).endswith("-2")
    assert account.states.starts == [f"{asked.run}-1", f"{asked.run}-2"]


def test_fails_for_a_run_that_was_asked_for_with_other_content(world: World, runs: Runs) -> None:
    asked = request(world)
    runs.start(asked)
    with pytest.raises(EvaluationError, match="GF-EVAL-420"):
        runs.start(asked.model_copy(update={"cases": 7}))


def test_fails_after_too_many_interruptions(world: World, account: Account, runs: Runs) -> None:
    asked = request(world)
    first = runs.start(asked)
    for number in range(1, executions.MOST_EXECUTIONS + 1):
        account.states.status[f"{first[:-2]}-{number}"] = "FAILED"
    with pytest.raises(EvaluationError, match="GF-EVAL-422") as caught:
        runs.start(asked)
    assert caught.value.code == "GF-EVAL-422"


def test_fails_to_wait_for_an_execution_that_failed(world: World, account: Account, runs: Runs) -> None:
    asked = request(world)
    execution = runs.start(asked)
    account.states.status[execution], account.states.causes[execution] = "FAILED", "the model is away"
    with pytest.raises(EvaluationError, match=r"GF-EVAL-421: .*FAILED \(States\.Timeout the model is away\)"):
        runs.watch(asked.run, execution, lambda _: None)


def test_who_asks_decides_nothing(world: World) -> None:
    asked = request(world)
    other = asked.model_copy(update={"requested_by": "somebody", "labels": {"a": "b"}, "run": "other"})
    assert deciding(asked) == deciding(other)
    assert run_id(asked) == run_id(other)
    assert run_id(asked, 3) == f"{run_id(asked)}-3"
    assert layout.request(asked.run) == f"runs/{asked.run}/run.json"
