"""What the builds of the release pipeline reach, and what they are: unprivileged, encrypted, with the commands of their stage."""

import json
import subprocess
from pathlib import Path

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.intrinsics import text
from genai_foundation.release.work import SAID
from stacks.settings import Settings
from tests.synth.pipeline import (
    DATA_KEY,
    LEDGER,
    PROJECTS,
    READ,
    REDEEM,
    REGION,
    allowed,
    artifacts,
    conditions,
    function_arn,
    here,
    in_accounts,
    on,
    pipeline_arn,
    project_arn,
    project_name,
    roles,
    signing_keys,
    using,
)
from tests.synth.templates import every, only

TESTER = "arn:aws:iam::333333333333:role/genai-foundation-release-tester"
BUILT = using(["releases/*"], ["releases/*"])
DOSSIER = using(["releases/*/manifest.json", "releases/*/sbom.cdx.json", "gates/*", "dossiers/*"], ["dossiers/*"])


def beyond(assembly: Assembly, project: str) -> dict[str, set[str]]:
    """What a project reaches beside its log and its source, by action."""
    if project in ("Build", "Candidate"):
        pipeline = "Release" if project == "Build" else "PullRequest"
        return {**BUILT, "codepipeline:ListActionExecutions": {pipeline_arn(pipeline)}}
    if project in ("Integration", "Performance"):
        return {**using(["releases/*/manifest.json"]), "sts:AssumeRole": {TESTER}}
    if project == "Dossier":
        ledger = on([*READ, "dynamodb:Scan"], {LEDGER})
        keys = on(["kms:GetPublicKey", "kms:Verify"], signing_keys(assembly))
        return {**DOSSIER, **ledger, **keys, "sts:AssumeRole": in_accounts("reader")}
    redeem = [role for role in REDEEM.values() if role == f"Functions/Redeem{project.removeprefix('Deploy')}"]
    return {"lambda:InvokeFunction": {function_arn(assembly, role) for role in redeem}} if redeem else {}


# Statements that hold in the project's own builds only, by project.
ONLY_HERE = {
    **dict.fromkeys(("DeployDev", "DeployPreProd", "DeployProd"), "Redeem"),
    **dict.fromkeys(("Integration", "Performance"), "BecomeTester"),
    "Dossier": "BecomeReader",
}


@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_reads_its_own_pipeline_s_source_and_writes_its_own_log(assembly: Assembly, project: str) -> None:
    """And reaches exactly what its commands need."""
    found = allowed(assembly, f"Projects/{project}")
    log = only(
        each
        for each in here(assembly).of_type("AWS::Logs::LogGroup")
        if each.path.endswith(f"/Projects/{project}/Logs")
    )
    source = artifacts("PullRequest" if project == "Candidate" else "Release")
    expected = beyond(assembly, project)
    assert found == {
        **expected,
        **on(("logs:CreateLogStream", "logs:PutLogEvents"), {f"<{log.logical_id}.Arn>"}),
        "s3:GetObject": {source, *expected.get("s3:GetObject", ())},
        "s3:GetObjectVersion": {source},
        "kms:Decrypt": {DATA_KEY, *expected.get("kms:Decrypt", ())},
    }


@pytest.mark.parametrize("project", PROJECTS)
def test_a_project_becomes_and_redeems_in_its_own_builds_only(assembly: Assembly, project: str) -> None:
    own = [("arnequals", "codebuild:projectarn", [project_arn(project)])]
    assert conditions(assembly, f"Projects/{project}") == {
        "SourceKey": [("stringequals", "kms:viaservice", [f"s3.{REGION}.amazonaws.com"])],
        **({ONLY_HERE[project]: own} if project in ONLY_HERE else {}),
    }


def test_projects_are_unprivileged_encrypted_and_on_the_configured_architecture(
    assembly: Assembly, settings: Settings
) -> None:
    images = {
        "arm64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
        "x86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
    }
    for each in every(assembly, "AWS::CodeBuild::Project"):
        environment = each.properties["Environment"]
        assert environment["PrivilegedMode"] is False
        assert (environment["Type"], environment["Image"]) == images[settings.runtime.architecture]
        assert text(each.properties["EncryptionKey"]) == "<SecurityDataKeyArn>"
        assert each.properties["LogsConfig"]["CloudWatchLogs"]["Status"] == "ENABLED"
        assert "Triggers" not in each.properties
        assert each.properties["Artifacts"] == {"Type": "CODEPIPELINE"}
        assert each.properties["TimeoutInMinutes"] <= 180
        assert each.properties["QueuedTimeoutInMinutes"] <= 60
        spec = json.loads(each.properties["Source"]["BuildSpec"])
        assert spec["phases"]["install"]["commands"] == ["make setup"]
        assert spec["phases"]["install"]["runtime-versions"]["python"] == settings.runtime.python


def test_a_project_has_its_own_role(assembly: Assembly) -> None:
    found = {
        each.properties["Name"]: text(each.properties["ServiceRole"])
        for each in here(assembly).of_type("AWS::CodeBuild::Project")
    }
    assert found == {project_name(each): f"<{roles(assembly)[f'Projects/{each}']}.Arn>" for each in PROJECTS}


def test_projects_run_the_commands_of_their_stage(assembly: Assembly) -> None:
    commands = {
        each.properties["Name"].removeprefix("genai-foundation-release-"): json.loads(
            each.properties["Source"]["BuildSpec"]
        )["phases"]["build"]["commands"][-1]
        for each in here(assembly).of_type("AWS::CodeBuild::Project")
    }
    deploy = 'foundation release deploy --environment {} --manifest "$MANIFEST" --warrant "$WARRANT"'
    assert commands == {
        "build": 'rm -rf "$OUT"',
        "candidate": 'rm -rf "$OUT"',
        "test": "make check test",
        "deploy-dev": deploy.format("dev"),
        "deploy-pre-prod": deploy.format("pre-prod"),
        "deploy-prod": deploy.format("prod"),
        "integration": 'foundation release integration --environment pre-prod --manifest "$MANIFEST"',
        "performance": 'foundation release performance --environment pre-prod --manifest "$MANIFEST"',
        "dossier": 'foundation release dossier --manifest "$MANIFEST" --out build/dossier --upload',
    }


def test_builds_read_what_people_wrote_from_codepipeline_s_api(assembly: Assembly, tmp_path: Path) -> None:
    """In no variable of an action could it end the JSON around it; here it is a word of the shell's, whatever is in it."""
    author, message = """o"hara$(id)'@example.com""", 'A "quoted" subject\nand a second line'
    fake = tmp_path / "bin" / "aws"
    fake.parent.mkdir()
    fake.write_text(f"""#!/bin/sh
case "$*" in
  *"pipelineExecutionId=e-1"*outputVariables.AuthorEmail*) cat <<'END'
{author}
END
  ;;
  *"pipelineExecutionId=e-1"*outputVariables.CommitMessage*) cat <<'END'
{message}
END
  ;;
esac
""")
    fake.chmod(0o755)

    def said(**given: str) -> list[str]:
        variables = {"PATH": f"{fake.parent}:/usr/bin:/bin", "PIPELINE_NAME": "p", "EXECUTION": "e-1", **given}
        command = f"{SAID}\nprintenv RELEASE_AUTHOR RELEASE_SUBJECT"
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=variables, capture_output=True, text=True)
        return done.stdout.splitlines()

    assert said() == [author, 'A "quoted" subject']
    assert said(RELEASE_AUTHOR="a@example.com", RELEASE_SUBJECT="told") == ["a@example.com", "told"]
    (tmp_path / ".git").touch()
    assert said() == []
    for name in ("Build", "Candidate"):
        project = only(
            each
            for each in here(assembly).of_type("AWS::CodeBuild::Project")
            if each.properties["Name"] == project_name(name)
        )
        spec = json.loads(project.properties["Source"]["BuildSpec"])
        assert SAID in spec["phases"]["build"]["commands"]
