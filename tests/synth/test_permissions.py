"""What our roles may do: no wildcards in actions, guarded invocations, a caller that reaches its own alias only."""

import pytest

from foundation.checks.assembly import Assembly, StackTemplate
from foundation.checks.policies import Statement
from foundation.checks.templates import check_templates
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import REFERENCE, TWINS, attached, every, only, policy_statements, stack, where

INVOKE = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
SITES = [(environment, twin) for environment in ENVIRONMENTS for twin in TWINS]


def access_statements(assembly: Assembly, environment: str, twin: str) -> tuple[StackTemplate, list[Statement]]:
    """The model access stack of a Region, and everything that its function's role may do."""
    access = stack(assembly, f"{environment}/{twin}ModelAccess")
    function = only(access.of_type("AWS::Lambda::Function"))
    return access, attached(assembly, access, function.properties["Role"]["Fn::GetAtt"][0])


def test_no_statement_allows_an_action_by_wildcard(assembly: Assembly) -> None:
    for each in assembly.stacks:
        for resource in each.resources:
            for statement in policy_statements(resource):
                if statement.allows:
                    assert not any("*" in action or "?" in action for action in statement.actions), where(resource)
                    assert "NotAction" not in statement.body
                    assert "NotResource" not in statement.body


def test_roles_have_customer_managed_policies_only(assembly: Assembly) -> None:
    for role in every(assembly, "AWS::IAM::Role"):
        assert "Policies" not in role.properties, where(role)
        assert all(REFERENCE.fullmatch(arn) for arn in role.properties.get("ManagedPolicyArns", [])), where(role)
        # Of other accounts' pipelines: who logs experiments, and the release pipeline's ways in; of people: who approves.
        named = role.stack.path in ("shared/Experiments", "shared/Pipeline") or role.stack.path.endswith(
            "/ReleaseAccess"
        )
        assert "RoleName" not in role.properties or named, where(role)


def test_services_are_trusted_for_this_account_only(assembly: Assembly) -> None:
    """CloudTrail sends no source when it assumes a role; Lambda and MLflow Apps send the account but not themselves."""
    for role in every(assembly, "AWS::IAM::Role"):
        for trust in policy_statements(role):
            if not trust.services or trust.services == ["cloudtrail.amazonaws.com"]:
                continue
            assert ("stringequals", "aws:sourceaccount", [role.stack.account]) in trust.conditions, where(role)
            if trust.services not in (["lambda.amazonaws.com"], ["sagemaker.amazonaws.com"]):
                assert any(key == "aws:sourcearn" for _, key, _ in trust.conditions), where(role)


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_invocations_are_tied_to_the_versions_of_released_guardrails(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    _, statements = access_statements(assembly, environment, twin)
    invocations = [each for each in statements if INVOKE & set(each.actions)]
    assert invocations
    released = stack(assembly, f"{environment}/{twin}Guardrails")
    versions = {
        f"<{version.properties['GuardrailIdentifier']['Fn::GetAtt'][0]}.GuardrailArn>:<{version.logical_id}.Version>"
        for version in released.of_type("AWS::Bedrock::GuardrailVersion")
    }
    assert len(versions) == len(settings.catalog.guardrails)
    named = set()
    for each in invocations:
        assert set(each.actions) <= INVOKE
        ((operator, key, values),) = each.conditions
        assert (operator, key) == ("stringequals", "bedrock:guardrailidentifier")
        named |= set(values)
    assert named == versions


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_invocations_name_the_approved_models_and_no_wildcard(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    access, statements = access_statements(assembly, environment, twin)
    resources = {arn for each in statements if INVOKE & set(each.actions) for arn in each.resources}
    assert not any("*" in arn for arn in resources)
    approved = [model for model in settings.models_for(environment) if model.spec.converses]
    named = {arn.rpartition("/")[2] for arn in resources}
    assert named == {
        name for model in approved for name in (model.id, model.invocation_id(access.region))
    }  # nothing more, nothing less
    for arn in resources:
        region, account, _ = arn.split(":", 5)[3:6]
        if ":inference-profile/" in arn:
            assert (region, account) == (access.region, access.account)
        else:
            assert account == ""
            assert region in settings.regions.inference or region == access.region


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_model_access_reads_released_contracts_and_writes_audit_records_only(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    access, statements = access_statements(assembly, environment, twin)
    parameters = f"arn:aws:ssm:{access.region}:{access.account}:parameter/genai-foundation/"
    read = {arn for each in statements if "ssm:GetParameter" in each.actions for arn in each.resources}
    assert read == {
        f"{parameters}use-cases/*",
        *(f"{parameters}guardrails/{each.name}/{each.version}" for each in settings.catalog.guardrails.values()),
        *(f"{parameters}prompts/{each.name}/{each.version}" for each in settings.prompts_for(environment)),
    }
    table = only(access.of_type("AWS::DynamoDB::GlobalTable"))
    assert [(each.actions, each.resources) for each in statements if "dynamodb" in each.actions[0]] == [
        (["dynamodb:PutItem"], [f"<{table.logical_id}.Arn>"])
    ]
    allowed = {action for each in statements for action in each.actions}
    assert {action.partition(":")[0] for action in allowed} - {"appconfig"} == {
        "bedrock", "dynamodb", "ec2", "kms", "logs", "sqs", "ssm", "xray",
    }  # fmt: skip


def test_a_caller_may_call_its_own_alias_and_nothing_else(assembly: Assembly) -> None:
    for each in assembly.stacks:
        if "UseCase-" not in each.path:
            continue
        name = each.path.rpartition("UseCase-")[2]
        # Of model access, and where what is live is decided also of feedback.
        aliases = list(each.of_type("AWS::Lambda::Alias"))
        assert {alias.properties["Name"] for alias in aliases} == {name}
        assert len(aliases) == (1 if "Recovery" in each.path else 2)
        caller = only(each.of_type("AWS::IAM::Role"))
        (statement,) = attached(assembly, each, caller.logical_id)
        assert statement.actions == ["lambda:InvokeFunction"]
        assert statement.body["Resource"] == [{"Ref": alias.logical_id} for alias in aliases]


def test_a_caller_is_assumed_from_its_own_account_within_the_organisation(
    assembly: Assembly, settings: Settings
) -> None:
    for each in assembly.stacks:
        if "UseCase-" in each.path:
            (trust,) = policy_statements(only(each.of_type("AWS::IAM::Role")))
            assert trust.principals == [f"arn:aws:iam::{each.account}:root"]
            assert ("stringequals", "aws:principalorgid", [settings.organization.id]) in trust.conditions


def test_nobody_but_callers_pipelines_and_deploy_actions_may_invoke_or_pass_anything(assembly: Assembly) -> None:
    for policy in every(assembly, "AWS::IAM::ManagedPolicy"):
        for each in policy_statements(policy):
            if "lambda:InvokeFunction" in each.actions:
                place = policy.stack.path.partition("/")[2]
                # tests/synth/test_pipeline_permissions.py and test_release_access.py name what releases invoke.
                known = place in ("Evaluation", "Pipeline", "ReleaseAccess")
                assert known or place.removeprefix("Recovery").startswith("UseCase-"), where(policy)
            if "iam:PassRole" in each.actions:
                ((_, key, values),) = each.conditions
                assert (key, values) == ("iam:passedtoservice", ["bedrock.amazonaws.com"]), where(policy)
                assert not any("*" in arn for arn in each.resources), where(policy)


def test_a_policy_and_a_role_s_attachments_stay_within_iam_s_quotas(assembly: Assembly) -> None:
    """6,144 characters a policy, ten policies a role (IAM User Guide, quotas); references count as the ARNs they become."""
    for policy in every(assembly, "AWS::IAM::ManagedPolicy"):
        size = sum(
            120 if "resolve:" in part or part.startswith("<") else len(part) + 3
            for each in policy_statements(policy)
            for part in [*each.actions, *each.resources, *(v for _, _, values in each.conditions for v in values)]
        )
        assert size < 6_144, f"{where(policy)} has about {size} characters"
    for role in every(assembly, "AWS::IAM::Role"):
        policies = [
            each.logical_id
            for each in role.stack.of_type("AWS::IAM::ManagedPolicy")
            if {"Ref": role.logical_id} in each.properties["Roles"]
        ]
        assert len(policies) + len(role.properties.get("ManagedPolicyArns", [])) <= 10, where(role)


def test_the_project_s_own_template_checks_find_nothing_open(assembly: Assembly, settings: Settings) -> None:
    approved: dict[str, frozenset[str]] = {
        environment: frozenset(
            name
            for model in settings.models_for(environment)
            for name in (model.id, *(profile.id for profile in model.profiles))
        )
        for environment in ENVIRONMENTS
    }
    approved["data-governance"] = approved["prod"]
    judged = check_templates(assembly, approved)
    assert [
        f"{each.finding.id} on {where(each.finding.resource)}" for each in judged if each.acknowledgement is None
    ] == []
