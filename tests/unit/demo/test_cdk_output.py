"""What the CDK CLI prints, as the deployment's progress reads it, and which stacks it deploys each time."""

from typing import Any

import pytest

from foundation.cdk import DONE, Deployment, deployed_again, tail

READ = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}
BOOTSTRAP = {**READ, "Description": "Version of the bootstrap resources. [cdk:skip]"}
DYNAMIC = {"Type": "AWS::S3::Bucket", "Properties": {"Key": {"Fn::Sub": "${A}{{resolve:ssm:/key:1}}"}}}
PLAIN = {"Type": "AWS::S3::Bucket", "Properties": {"Key": "resolve:ssm:/key"}}


@pytest.mark.parametrize(
    ("line", "stack", "unchanged"),
    [
        (" ✅  shared/Security (shared-Security)\n", "shared/Security", False),
        (" ✅  shared/Security (shared-Security) (no changes)\n", "shared/Security", True),
        (" ✅  dev/UseCase-claims (dev-UseCase-claims) (no changes)", "dev/UseCase-claims", True),
    ],
)
def test_reads_a_finished_stack(line: str, stack: str, unchanged: bool) -> None:
    match = DONE.search(line)
    assert match is not None
    assert (match["stack"], bool(match["unchanged"])) == (stack, unchanged)


def test_reads_nothing_from_other_lines() -> None:
    assert DONE.search("dev/Security (dev-Security): deploying... [1/2]") is None


def test_fails_show_what_failed_once_and_nothing_else() -> None:
    output = (
        "a | CREATE_COMPLETE\nb | CREATE_FAILED | why\nc | DELETE_COMPLETE\nb | CREATE_FAILED | why\n❌  b failed\n"
    )
    assert tail(output) == "b | CREATE_FAILED | why\n❌  b failed"


def test_fails_without_a_named_resource_show_the_end() -> None:
    assert tail("\n".join(map(str, range(100)))).splitlines() == [str(n) for n in range(70, 100)]


@pytest.mark.parametrize(
    ("parameters", "resource", "again"),
    [
        ({"A": READ}, DYNAMIC, True),
        ({"A": BOOTSTRAP, "B": READ}, DYNAMIC, True),
        ({"A": READ}, PLAIN, False),
        ({"A": BOOTSTRAP}, DYNAMIC, False),
        ({"A": {"Type": "String"}}, DYNAMIC, False),
        ({}, DYNAMIC, False),
    ],
)
def test_only_what_may_have_changed_behind_an_equal_template_is_deployed_again(
    parameters: dict[str, Any], resource: dict[str, Any], again: bool
) -> None:
    outputs = {"Told": {"Value": "{{resolve:ssm:/key}}"}}
    assert deployed_again({"Parameters": parameters, "Resources": {"R": resource}, "Outputs": outputs}) is again


def test_a_stack_that_changed_is_not_unchanged() -> None:
    assert Deployment("dev", 3, ("dev/Security",), 1.0).unchanged == 2
