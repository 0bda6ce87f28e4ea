"""Each checker finds a resource equal to its template, and catches each tampered property."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.local.readback.assembly import SynthesizedStack
from foundation.local.readback.checkers import CHECKERS, WITHOUT_CHECKER, Resource
from foundation.local.readback.report import Finding
from foundation.local.readback.run import check
from tests.unit.readback.answers import ACCOUNT, REGION, Answers, FakeTarget, changed
from tests.unit.readback.cases import KMS, NETWORK, S3, Case
from tests.unit.readback.cases_bedrock import BEDROCK
from tests.unit.readback.cases_compute import COMPUTE, IDENTITY
from tests.unit.readback.cases_data import DATA
from tests.unit.readback.cases_delivery import DELIVERY
from tests.unit.readback.cases_watch import WATCH

CASES = (*S3, *KMS, *NETWORK, *BEDROCK, *DATA, *COMPUTE, *IDENTITY, *WATCH, *DELIVERY)
STACK = SynthesizedStack("dev/Test", "dev-Test", ACCOUNT, REGION, {})
TAMPERED = [
    pytest.param(case, path, value, name, id=f"{case.type.removeprefix('AWS::')}-{name}-{index}")
    for case in CASES
    for index, (path, value, name) in enumerate(case.tampered)
]


def findings(case: Case, answers: Answers) -> list[Finding]:
    family: list[Resource] = []
    kinds = [*case.others, (case.type, case.physical_id, case.properties)]
    for index, (kind, physical_id, properties) in enumerate(kinds):
        family.append(Resource(f"R{index}", kind, physical_id, ACCOUNT, REGION, properties, family))
    return list(check(STACK, family[-1], FakeTarget(answers)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.type.removeprefix("AWS::"))
def test_equal_to_its_template(case: Case) -> None:
    found = findings(case, case.answers)
    assert found
    assert [(f.property, f.expected, f.actual, f.reason) for f in found if f.outcome == "differs"] == []


@pytest.mark.parametrize(("case", "path", "value", "name"), TAMPERED)
def test_fails_for_a_tampered_property(case: Case, path: tuple[Any, ...], value: Any, name: str) -> None:
    found = findings(case, changed(case.answers, path, value))
    assert name in [f.property for f in found if f.outcome == "differs"]


def test_every_checker_has_cases_with_tampering() -> None:
    assert {case.type for case in CASES if case.tampered} == set(CHECKERS)
    assert not CHECKERS.keys() & WITHOUT_CHECKER.keys()


def test_fails_for_a_type_without_checker() -> None:
    resource = Resource("X", "AWS::EC2::NatGateway", "nat-1", ACCOUNT, REGION, {})
    (finding,) = check(STACK, resource, FakeTarget())
    assert finding.outcome == "differs"
    assert "GF-READBACK-003" in finding.reason


def test_type_without_need_of_a_checker_says_why() -> None:
    resource = Resource("X", "AWS::CDK::Metadata", "m", ACCOUNT, REGION, {})
    (finding,) = check(STACK, resource, FakeTarget())
    assert finding.outcome == "not-checked"
    assert finding.reason


def test_fails_for_a_resource_that_is_gone() -> None:
    case = next(case for case in CASES if case.type == "AWS::KMS::Key")
    found = findings(case, changed(case.answers, ("kms", "get_key_policy"), "NotFoundException"))
    assert [f.outcome for f in found] == ["differs"]
    assert "NotFoundException" in found[0].reason


def test_version_whose_guardrail_is_elsewhere_is_not_checked() -> None:
    case = next(case for case in CASES if case.type == "AWS::Bedrock::GuardrailVersion")
    found = list(
        check(STACK, Resource("V", case.type, "gr1|1", ACCOUNT, REGION, case.properties), FakeTarget(case.answers))
    )
    assert [(f.outcome, f.reason) for f in found] == [("not-checked", "its guardrail isn't in the stack")]
