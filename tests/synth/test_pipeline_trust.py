"""Who may become each role of the pipeline's stack: services for their own resource, the pipeline, people with their address."""

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.policies import Statement
from stacks.settings import Settings
from tests.synth.pipeline import (
    BUCKET,
    BUCKET_KEY,
    PIPELINES,
    PROJECTS,
    PULL_REQUEST_STAGES,
    REGION,
    RELEASE_STAGES,
    SHARED,
    allowed,
    conditions,
    objects,
    pipeline_arn,
    project_arn,
    resource,
    roles,
)
from tests.synth.templates import policy_statements


def trust(assembly: Assembly, role: str) -> Statement:
    """The one statement of a role's trust policy."""
    (found,) = policy_statements_of_trust(assembly, role)
    return found


def policy_statements_of_trust(assembly: Assembly, role: str) -> list[Statement]:
    """Statements of a role's trust policy."""
    return policy_statements(resource(assembly, roles(assembly)[role]))


def test_a_stage_s_role_is_its_pipeline_s(assembly: Assembly) -> None:
    for pipeline_id, names in (("Release", RELEASE_STAGES), ("PullRequest", PULL_REQUEST_STAGES)):
        for name in names:
            found = trust(assembly, f"{pipeline_id}/{name}")
            assert found.principals == [f"<{roles(assembly)[pipeline_id]}.Arn>"]
            assert found.services == []
            assert found.actions == ["sts:AssumeRole"]


def test_services_take_the_roles_of_their_own_resource_only(assembly: Assembly) -> None:
    services = {
        **{f"Projects/{each}": ("codebuild.amazonaws.com", project_arn(each)) for each in PROJECTS},
        **{each: ("codepipeline.amazonaws.com", pipeline_arn(each)) for each in PIPELINES},
        "Gate/Machine": ("states.amazonaws.com", f"arn:aws:states:{REGION}:{SHARED}:stateMachine:*"),
        **{
            role: ("lambda.amazonaws.com", "")
            for role in roles(assembly)
            if role.startswith(("Functions/", "Gate/Gate"))
        },
    }
    approvers = {"ApproverQA", "ApproverDomainExpert"}
    stages = {f"Release/{each}" for each in RELEASE_STAGES} | {f"PullRequest/{each}" for each in PULL_REQUEST_STAGES}
    assert set(services) == set(roles(assembly)) - approvers - stages
    for role, (service, arn) in services.items():
        found = trust(assembly, role)
        assert (found.services, found.principals, found.actions) == ([service], [], ["sts:AssumeRole"]), role
        only_for = [("arnlike", "aws:sourcearn", [arn])] if arn else []
        assert found.conditions == [("stringequals", "aws:sourceaccount", [SHARED]), *only_for], role


@pytest.mark.parametrize(("role", "action"), [("ApproverQA", "QA"), ("ApproverDomainExpert", "DomainExpert")])
def test_an_approver_decides_in_one_part_and_reads_dossiers(assembly: Assembly, role: str, action: str) -> None:
    release = f"arn:aws:codepipeline:{REGION}:{SHARED}:genai-foundation-release"
    assert allowed(assembly, role) == {
        "codepipeline:PutApprovalResult": {f"{release}/Approval/{action}"},
        "codepipeline:GetPipelineState": {release},
        "s3:GetObject": objects("dossiers/*"),
        "kms:Decrypt": {BUCKET_KEY},
    }
    dossiers = f"arn:aws:s3:::<{BUCKET}>/dossiers/*"
    assert conditions(assembly, role) == {
        "Key": [
            ("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"]),
            ("stringlike", "kms:encryptioncontext:aws:s3:arn", [dossiers]),
        ]
    }


@pytest.mark.parametrize(
    ("role", "name"), [("ApproverQA", "approver-qa"), ("ApproverDomainExpert", "approver-domain-expert")]
)
def test_an_approver_s_session_has_the_attested_address_as_its_name(
    assembly: Assembly, settings: Settings, role: str, name: str
) -> None:
    found = trust(assembly, role)
    assert resource(assembly, roles(assembly)[role]).properties["RoleName"] == f"genai-foundation-release-{name}"
    assert found.principals == [f"arn:aws:iam::{SHARED}:root"]
    assert found.actions == ["sts:AssumeRole"]
    assert found.conditions == [
        ("stringequals", "aws:principalorgid", [settings.organization.id]),
        ("stringequals", "sts:rolesessionname", ["${aws:PrincipalTag/email}"]),
    ]
