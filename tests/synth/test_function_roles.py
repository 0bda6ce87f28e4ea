"""What every function may do beside its own part: write its log, send to the dead letters, use two keys, have interfaces."""

from foundation.checks.assembly import Assembly, Resource
from foundation.checks.intrinsics import text
from foundation.checks.policies import Statement
from tests.synth.templates import attached, every, only, policy_statements, where


def named(assembly: Assembly, function: Resource) -> dict[str, Statement]:
    """What a function's role may do, by Sid."""
    found = attached(assembly, function.stack, function.properties["Role"]["Fn::GetAtt"][0])
    return {str(each.body["Sid"]): each for each in found}


def has(statement: Statement, actions: set[str], resources: set[str]) -> bool:
    """Whether a statement allows this and no more, unconditionally."""
    return (set(statement.actions), set(statement.resources), statement.conditions) == (actions, resources, [])


def test_a_function_writes_its_own_log_and_uses_its_account_s_keys_and_dead_letters(assembly: Assembly) -> None:
    for each in every(assembly, "AWS::Lambda::Function"):
        found = named(assembly, each)
        log = only(
            group
            for group in each.stack.of_type("AWS::Logs::LogGroup")
            if {"Ref": group.logical_id} == each.properties["LoggingConfig"]["LogGroup"]
        )
        keys = {text(each.properties["KmsKeyArn"]), text(log.properties["KmsKeyId"])}
        queue = text(each.properties["DeadLetterConfig"]["TargetArn"])
        assert has(found["Logs"], {"logs:CreateLogStream", "logs:PutLogEvents"}, {f"<{log.logical_id}.Arn>"}), where(
            each
        )
        assert has(found["Keys"], {"kms:Decrypt", "kms:GenerateDataKey"}, keys), where(each)
        assert has(found["DeadLetters"], {"sqs:SendMessage"}, {queue}), where(each)
        assert has(found["Traces"], {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, {"*"}), where(each)


def test_a_function_puts_interfaces_into_its_own_subnets_and_groups_only(assembly: Assembly) -> None:
    for each in every(assembly, "AWS::Lambda::Function"):
        found = {sid: statement for sid, statement in named(assembly, each).items() if "Interfaces" in sid}
        if "VpcConfig" not in each.properties:
            assert found == {}, where(each)
            continue
        here = f"arn:aws:ec2:{each.stack.region}:{each.stack.account}"
        network = each.properties["VpcConfig"]
        places = {
            f"{here}:network-interface/*",
            *(f"{here}:subnet/{text(subnet)}" for subnet in network["SubnetIds"]),
            *(f"{here}:security-group/{text(group)}" for group in network["SecurityGroupIds"]),
        }
        assert has(found.pop("MakeInterfaces"), {"ec2:CreateNetworkInterface"}, places), where(each)
        address = {"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}
        assert has(found.pop("AddressInterfaces"), address, {f"{here}:network-interface/*"}), where(each)
        assert has(found.pop("DeleteInterfaces"), {"ec2:DeleteNetworkInterface"}, {f"{here}:*/*"}), where(each)
        describe = {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}
        assert has(found.pop("DescribeInterfaces"), describe, {"*"}), where(each)
        assert found == {}, where(each)


def test_a_function_s_role_is_lambda_s(assembly: Assembly) -> None:
    for each in every(assembly, "AWS::Lambda::Function"):
        logical_id = each.properties["Role"]["Fn::GetAtt"][0]
        role = only(found for found in each.stack.of_type("AWS::IAM::Role") if found.logical_id == logical_id)
        (trust,) = policy_statements(role)
        assert (trust.services, trust.principals) == (["lambda.amazonaws.com"], []), where(each)
        assert trust.conditions == [("stringequals", "aws:sourceaccount", [each.stack.account])], where(each)
