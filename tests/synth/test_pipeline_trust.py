"""Who may become each role of the pipeline's stack: services for their own resource, the pipeline, people with their address."""

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.policies import Statement
from stacks.settings import Settings
from tests.synth.pipeline import REGION, SHARED, allowed, objects, resource, roles
from tests.synth.templates import policy_statements
from tests.synth.test_pipeline_permissions import PROJECTS, PULL_REQUEST_STAGES, RELEASE_STAGES


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
    arns = {
        **{
            f"Projects/{each}": f"arn:aws:codebuild:{REGION}:{SHARED}:project/{name}"
            for each in PROJECTS
            for name in [project_name(each)]
        },
        "Release": f"arn:aws:codepipeline:{REGION}:{SHARED}:genai-foundation-release",
        "PullRequest": f"arn:aws:codepipeline:{REGION}:{SHARED}:genai-foundation-pull-request",
    }
    for role, arn in arns.items():
        found = trust(assembly, role)
        assert ("stringequals", "aws:sourceaccount", [SHARED]) in found.conditions
        assert ("arnlike", "aws:sourcearn", [arn]) in found.conditions


def project_name(construct_id: str) -> str:
    """genai-foundation-release-deploy-pre-prod of DeployPreProd."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in construct_id)
    return f"genai-foundation-release{words}"


@pytest.mark.parametrize(("role", "action"), [("ApproverQA", "QA"), ("ApproverDomainExpert", "DomainExpert")])
def test_an_approver_decides_in_one_part_and_reads_dossiers(assembly: Assembly, role: str, action: str) -> None:
    release = f"arn:aws:codepipeline:{REGION}:{SHARED}:genai-foundation-release"
    assert allowed(assembly, role) == {
        "codepipeline:PutApprovalResult": {f"{release}/Approval/{action}"},
        "codepipeline:GetPipelineState": {release},
        "s3:GetObject": objects("dossiers/*"),
        "kms:Decrypt": {"<ReleaseBucketKeyFE1C82D8.Arn>"},
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
