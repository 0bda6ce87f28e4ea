"""Expected values resolve from the stack's real resources; what can't be known stays marked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.local.readback.intrinsics import Resolver
from foundation.local.readback.values import Partly, Unknown, policy, readable, same

TEMPLATE = {
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Both": {
            "Fn::And": [{"Condition": "NotProd"}, {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "NotProd"}]}]
        },
    },
    "Mappings": {"Zones": {"eu-west-1": {"Count": "3"}}},
}


def attribute(logical_id: str, name: str) -> Any:
    known = {("Key", "Arn"): "arn:aws:kms:eu-west-1:222222222222:key/k"}
    return known.get((logical_id, name), Unknown(f"{logical_id}.{name}"))


RESOLVER = Resolver(
    "222222222222", "eu-west-1", "dev-Test", "arn:stack", {"Bucket": "records", "Key": "k"}, TEMPLATE,
    {"Stage": "dev"}, attribute,
    lambda name: {"/a": "one", "/a:2": "two"}.get(name, Unknown(f"SSM parameter {name}")),
    lambda region: [f"{region}a", f"{region}b"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Bucket"}, "records"),
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "AWS::AccountId"}, "222222222222"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "arn:aws:kms:eu-west-1:222222222222:key/k"),
        ({"Fn::GetAtt": "Key.Arn"}, "arn:aws:kms:eu-west-1:222222222222:key/k"),
        (
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "Bucket"}, "/*"]]},
            "arn:aws:s3:::records/*",
        ),
        ({"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/${!literal}"}, "arn:aws:s3:::records/${literal}"),
        ({"Fn::Sub": ["${A}-${Key.Arn}", {"A": {"Ref": "Stage"}}]}, "dev-arn:aws:kms:eu-west-1:222222222222:key/k"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::GetAtt": ["Key", "Arn"]}]}]}, "k"),
        ({"Fn::Select": ["0", {"Fn::GetAZs": ""}]}, "eu-west-1a"),
        ({"Fn::If": ["IsProd", 365, 30]}, 30),
        ({"Fn::If": ["Both", "yes", "no"]}, "yes"),
        ({"Fn::FindInMap": ["Zones", {"Ref": "AWS::Region"}, "Count"]}, "3"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ("{{resolve:ssm:/a}}-{{resolve:ssm:/a:2}}", "one-two"),
        ({"Keep": 1, "Drop": {"Ref": "AWS::NoValue"}, "List": [{"Ref": "AWS::NoValue"}, 2]}, {"Keep": 1, "List": [2]}),
    ],
)
def test_resolves(value: Any, expected: Any) -> None:
    assert RESOLVER.resolve(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Missing"},
        {"Fn::GetAtt": ["Bucket", "Unread"]},
        {"Fn::ImportValue": "x"},
        {"Fn::FindInMap": ["Zones", "us-east-1", "Count"]},
        "{{resolve:ssm:/none}}",
        "{{resolve:secretsmanager:password}}",
        {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Missing"}]}]},
    ],
)
def test_what_is_unknown_is_compared_as_far_as_known_and_says_so(value: Any) -> None:
    resolved = RESOLVER.resolve(value)
    assert isinstance(resolved, (Unknown, Partly))
    match = same(resolved, "anything")
    assert match.equal
    assert match.assumed
    assert not same(resolved, None).equal


def test_known_parts_of_a_text_count() -> None:
    partly = RESOLVER.resolve({"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Missing"}, "/*"]]})
    assert same(partly, "arn:aws:s3:::any/*").equal
    assert not same(partly, "arn:aws:s3:::any/other").equal
    assert not same(partly, "*").equal
    assert readable(partly) == "arn:aws:s3:::<Ref Missing isn't in the stack>/*"


def statement(**change: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": ["b", "a"], "Resource": "*", **change}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def equal(expected: Any, actual: Any) -> bool:
    return same(policy(expected), policy(actual), unordered=True).equal


def test_policies_that_mean_the_same_are_equal() -> None:
    template = document(statement(Condition={"Bool": {"aws:SecureTransport": False}}), statement(Effect="Deny"))
    live = document(
        statement(Effect="Deny", Action=["a", "b"], Resource=["*"]),
        statement(
            Principal={"AWS": ["arn:aws:iam::222222222222:root"]},
            Condition={"Bool": {"aws:SecureTransport": ["false"]}},
        ),
    )
    assert equal(template, live)


@pytest.mark.parametrize(
    "wider",
    [
        document(statement(Action=["a", "b", "c"])),
        document(statement(Resource=["*", "arn:x"])),
        document(statement(Principal="*")),
        document(statement(), statement(Effect="Deny")),
        document(statement(Condition={"StringEquals": {"a": "b"}})),
        document(),
        None,
    ],
)
def test_fails_for_policies_that_differ(wider: Any) -> None:
    assert not equal(document(statement()), wider)


def test_unknown_items_take_what_known_ones_leave() -> None:
    expected = [Unknown("x"), "b"]
    assert same(expected, ["b", "a"], unordered=True).equal
    assert not same(expected, ["c", "a"], unordered=True).equal


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_every_value_equals_itself(value: Any) -> None:
    assert same(value, value).equal
    assert same(value, value, unordered=True).equal
