"""What the roles of the pipelines and their stages reach: the actions of their own stage, and nothing beside them."""

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.intrinsics import text
from stacks.settings import Settings
from tests.synth.pipeline import (
    ARTIFACTS,
    DATA_KEY,
    PIPELINES,
    PULL_REQUEST_STAGES,
    REGION,
    RELEASE_STAGES,
    SHARED,
    allowed,
    artifacts,
    conditions,
    everything,
    here,
    on,
    pipeline,
    provider,
    resource,
    roles,
    stages,
)
from tests.synth.templates import only

THROUGH_S3 = {"Key": [("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"])]}
BUILDS = ("codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild")
CONNECTION = ("codeconnections:UseConnection", "codestar-connections:UseConnection")
EACH_PIPELINE = pytest.mark.parametrize(("pipeline_id", "name"), PIPELINES.items())


def targets(assembly: Assembly, name: str) -> dict[str, set[str]]:
    """What the actions of each stage run, as policies name it."""
    found: dict[str, set[str]] = {}
    for stage, given in stages(assembly, name).items():
        found[stage] = set()
        for action in given:
            configuration = action["Configuration"]
            if provider(action) == "Lambda":
                found[stage].add(f"<{configuration['FunctionName']['Ref']}.Arn>")
            elif provider(action) == "CodeBuild":
                project = resource(assembly, configuration["ProjectName"]["Ref"]).properties["Name"]
                found[stage].add(f"arn:aws:codebuild:{REGION}:{SHARED}:project/{project}")
            elif provider(action) == "StepFunctions":
                found[stage].add(f"<{configuration['StateMachineArn']['Ref']}>")
            elif provider(action) == "CodeStarSourceConnection":
                found[stage].add(configuration["ConnectionArn"])
    return found


def reach(assembly: Assembly, pipeline_id: str, stage: str) -> dict[str, set[str]]:
    """Resources by action that the actions of a stage take."""
    found: dict[str, set[str]] = {}
    machine = only(here(assembly).of_type("AWS::StepFunctions::StateMachine")).logical_id
    for arn in targets(assembly, PIPELINES[pipeline_id])[stage]:
        if ":project/" in arn:
            used = on(BUILDS, {arn})
        elif ":connection/" in arn:
            used = {
                **on(CONNECTION, {arn}),
                **on(("s3:PutObject", "s3:PutObjectAcl"), {artifacts(pipeline_id)}),
                **on(("kms:Decrypt", "kms:GenerateDataKey"), {DATA_KEY}),
            }
        elif arn == f"<{machine}>":
            executions = f"arn:aws:states:{REGION}:{SHARED}:execution:<{machine}.Name>:*"
            used = {
                **on(("states:DescribeStateMachine", "states:StartExecution"), {arn}),
                "states:DescribeExecution": {executions},
            }
        else:
            used = {"lambda:InvokeFunction": {arn}, "lambda:ListFunctions": {"*"}}
        for action, resources in used.items():
            found[action] = found.get(action, set()) | resources
    return found


@EACH_PIPELINE
def test_a_stage_runs_exactly_what_its_actions_name(assembly: Assembly, pipeline_id: str, name: str) -> None:
    for stage in stages(assembly, name):
        assert allowed(assembly, f"{pipeline_id}/{stage}") == reach(assembly, pipeline_id, stage), stage
        assert conditions(assembly, f"{pipeline_id}/{stage}") == (THROUGH_S3 if stage == "Source" else {}), stage


def test_actions_have_the_role_of_their_stage_and_approvals_none(assembly: Assembly) -> None:
    for pipeline_id, name in PIPELINES.items():
        for stage, given in stages(assembly, name).items():
            for action in given:
                if provider(action) == "Manual":
                    assert "RoleArn" not in action
                else:
                    assert action["RoleArn"]["Fn::GetAtt"][0] == roles(assembly)[f"{pipeline_id}/{stage}"]


def test_the_source_stages_alone_read_the_repository(assembly: Assembly, settings: Settings) -> None:
    release = settings.release
    assert release is not None
    found = everything(assembly)
    connection = f"arn:aws:codeconnections:{REGION}:{SHARED}:connection/{release.connection_id}"
    for action in ("codeconnections:UseConnection", "codestar-connections:UseConnection"):
        assert found[action] == {"Release/Source", "PullRequest/Source"}
        for role in found[action]:
            assert allowed(assembly, role)[action] == {connection}


@pytest.mark.parametrize(("pipeline_id", "names"), [("Release", RELEASE_STAGES), ("PullRequest", PULL_REQUEST_STAGES)])
def test_a_pipeline_s_own_role_becomes_its_stages_and_handles_its_artifacts(
    assembly: Assembly, pipeline_id: str, names: tuple[str, ...]
) -> None:
    assert allowed(assembly, pipeline_id) == {
        "sts:AssumeRole": {f"<{roles(assembly)[f'{pipeline_id}/{each}']}.Arn>" for each in names},
        **on(("s3:GetBucketLocation", "s3:GetBucketVersioning"), {ARTIFACTS}),
        **on(("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"), {artifacts(pipeline_id)}),
        **on(("kms:Decrypt", "kms:GenerateDataKey"), {DATA_KEY}),
    }
    assert conditions(assembly, pipeline_id) == THROUGH_S3


@EACH_PIPELINE
def test_a_pipeline_keeps_its_artifacts_in_its_bucket_under_the_customer_s_key(
    assembly: Assembly, pipeline_id: str, name: str
) -> None:
    found = pipeline(assembly, name).properties
    assert text(found["RoleArn"]) == f"<{roles(assembly)[pipeline_id]}.Arn>"
    store = found["ArtifactStore"]
    assert (store["Type"], f"<{store['Location']['Ref']}.Arn>") == ("S3", ARTIFACTS)
    assert (store["EncryptionKey"]["Type"], text(store["EncryptionKey"]["Id"])) == ("KMS", DATA_KEY)


def test_code_that_nobody_reviewed_has_no_role_in_common_with_what_is_released(assembly: Assembly) -> None:
    release, candidates = (
        targets(assembly, name)["Build"] for name in ("genai-foundation-release", "genai-foundation-pull-request")
    )
    # Datasets is code of the shared account's own deployment: it believes what a build stored by its hash alone.
    (shared,) = release & candidates
    assert "Datasets" in shared
    found = allowed(assembly, "Projects/Candidate")
    assert not {"kms:Sign", "lambda:InvokeFunction", "states:StartExecution", "sts:AssumeRole"} & set(found)
    assert "Fn::GetAtt" in str(pipeline(assembly, "genai-foundation-pull-request").properties["RoleArn"])
