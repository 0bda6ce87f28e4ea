"""Which calls a fault hits."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.gateway.admin import Call
from foundation.local.gateway.faults import Fault, Faults

CALL = ("eu-west-1", "bedrock-runtime", "222222222222", "bedrock:ConverseStream")


@pytest.mark.parametrize(
    ("given", "hits"),
    [
        ({}, True),
        ({"region": "eu-west-1"}, True),
        ({"region": "eu-central-1"}, False),
        ({"services": ["bedrock", "bedrock-runtime"]}, True),
        ({"services": ["bedrock"]}, False),
        ({"accounts": ["222222222222"]}, True),
        ({"accounts": ["444444444444"]}, False),
        ({"actions": ["bedrock:Converse*"]}, True),
        ({"actions": ["bedrock:Converse"]}, False),
        ({"region": "eu-west-1", "services": ["s3"]}, False),
    ],
)
def test_every_condition_must_hold(given: dict[str, Any], hits: bool) -> None:
    assert Fault.parse(given).matches(*CALL) is hits


def run(faults: Faults, body: Any, method: str = "PUT") -> tuple[int, Any]:
    """Drives the admin coroutine, which never waits."""
    call = faults.admin(Call(method, body))
    try:
        call.send(None)
    except StopIteration as ended:
        answer: tuple[int, Any] = ended.value
        return answer
    raise AssertionError("it waited")


def test_the_first_fault_that_is_left_is_met() -> None:
    faults = Faults()
    run(faults, [{"count": 1, "status": 500}, {"status": 429}])
    assert [fault.status for fault in (faults.hit(*CALL), faults.hit(*CALL)) if fault] == [500, 429]
    assert [fault["hits"] for fault in run(faults, None, "GET")[1]] == [1, 1]


def test_a_share_is_the_same_each_time() -> None:
    faults = Faults()

    def pattern() -> list[bool]:
        run(faults, [{"probability": 0.3, "seed": 11}])
        return [faults.hit(*CALL) is not None for _ in range(50)]

    first = pattern()
    assert 5 < sum(first) < 25
    assert pattern() == first


@pytest.mark.parametrize(
    ("method", "body", "status", "code"),
    [
        ("PUT", {"region": "eu-west-1"}, 400, "GF-LOCAL-030"),
        ("PUT", [{"nothing": 1}], 400, "GF-LOCAL-031"),
        ("PUT", [{"count": "many"}], 400, "GF-LOCAL-031"),
        ("PUT", [{"delay_ms": True}], 400, "GF-LOCAL-031"),
        ("PUT", [{"probability": "often"}], 400, "GF-LOCAL-031"),
        ("PATCH", [], 405, "GF-LOCAL-032"),
    ],
)
def test_fails_on_faults_that_make_no_sense_and_keeps_the_others(
    method: str, body: Any, status: int, code: str
) -> None:
    faults = Faults()
    run(faults, [{"services": ["s3"]}])
    answered, content = run(faults, body, method)
    assert (answered, content["code"]) == (status, code)
    assert faults.hit("eu-west-1", "s3", "222222222222", "s3:GetObject") is not None
    assert run(faults, None, "DELETE") == (200, [])
    assert not faults.any()
