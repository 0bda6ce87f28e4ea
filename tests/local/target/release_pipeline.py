"""A small release pipeline as plain CloudFormation: a source, a build, a function, a state machine, an approval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from foundation.local.target import Target
from tests.local.target.assembly import write_assembly
from tests.local.target.deployment import REGION, Deployed, Resources, allow, deploy, function

SHARED = "111111111111"
CONNECTION = f"arn:aws:codestar-connections:{REGION}:{SHARED}:connection/11111111-2222-3333-4444-555555555555"
MANIFEST = "c0ffee" * 10 + "abcd"
# The build reads a parameter that its role may read in this project only.
BUILD = """\
version: 0.2
env:
  variables: {GREETING: hello}
  exported-variables: [MANIFEST, SUCCEEDING, MODE]
phases:
  install:
    commands: ['export GREETING=$GREETING-again']
  build:
    commands:
      - |
        export MANIFEST=$(python -c "
        import boto3
        print(boto3.client('ssm').get_parameter(Name='/walk/PIPELINE')['Parameter']['Value'])
        ")
      - '[ "$GREETING" = hello-again ] && [ "$CODEBUILD_SRC_DIR" = "$PWD" ] && cat wish && . ./wish'
    finally: ['echo finally > /dev/null']
  post_build:
    commands: ['export SUCCEEDING=$CODEBUILD_BUILD_SUCCEEDING', 'echo "$MANIFEST" > made.txt']
artifacts: {files: [made.txt]}
"""
FUNCTION = """
import json
import boto3

def handler(event, context):
    job = event["CodePipeline.job"]
    asked = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
    api = boto3.client("codepipeline")
    if asked["mode"] == "raise":
        raise ValueError("told to")
    if asked["mode"] == "fail":
        details = {"type": "JobFailed", "message": "GF-REL-199: told to"}
        api.put_job_failure_result(jobId=job["id"], failureDetails=details)
    elif asked["mode"] == "again" and "continuationToken" not in job["data"]:
        api.put_job_success_result(jobId=job["id"], continuationToken="part two")
    elif asked["mode"] != "silent":
        values = {"seen": asked["manifest"], "job": job["id"], "token": job["data"].get("continuationToken", "none")}
        api.put_job_success_result(jobId=job["id"], outputVariables=values)
"""


def resources(name: str) -> Resources:
    """All resources of the pipeline `name`."""
    arn, project = (
        f"arn:aws:codepipeline:{REGION}:{SHARED}:{name}",
        f"arn:aws:codebuild:{REGION}:{SHARED}:project/{name}",
    )
    machine = {
        "StartAt": "Echo",
        "States": {"Echo": {"Type": "Choice", "Choices": [{"Variable": "$.manifest", "StringEquals": "bad", "Next": "No"}],
                            "Default": "Yes"}, "No": {"Type": "Fail", "Error": "GateRefused", "Cause": "GF-REL-299: no"},
                   "Yes": {"Type": "Succeed"}},
    }  # fmt: skip
    return {
        "Parameter": {"Type": "AWS::SSM::Parameter",
                      "Properties": {"Name": f"/walk/{name}", "Type": "String", "Value": MANIFEST}},
        "BuildRole": service_role(
            "codebuild.amazonaws.com", project,
            allow("ssm:GetParameter", "*", ArnEquals={"codebuild:projectArn": project}),
        ),
        "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {
            "Name": name, "ServiceRole": {"Fn::GetAtt": ["BuildRole", "Arn"]}, "TimeoutInMinutes": 5,
            "Artifacts": {"Type": "CODEPIPELINE"},
            "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "standard:7.0"},
            "Source": {"Type": "CODEPIPELINE", "BuildSpec": BUILD.replace("PIPELINE", name)}}},
        "FunctionRole": service_role("lambda.amazonaws.com", "", allow("codepipeline:PutJob*Result")),
        "Function": function(FUNCTION, role_id="FunctionRole"),
        "MachineRole": service_role("states.amazonaws.com", ""),
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}, "DefinitionString": json.dumps(machine)}},
        "PipelineRole": service_role(
            "codepipeline.amazonaws.com", arn,
            allow("codestar-connections:UseConnection", CONNECTION),
            allow(["codebuild:StartBuild", "codebuild:BatchGetBuilds"], {"Fn::GetAtt": ["Project", "Arn"]}),
            allow("sts:AssumeRole", {"Fn::GetAtt": ["InvokeRole", "Arn"]}),
            allow(["states:StartExecution", "states:DescribeExecution"], "*"),
        ),
        "InvokeRole": trusted_role({"AWS": {"Ref": "AWS::AccountId"}}, {},
                                   allow("lambda:InvokeFunction", {"Fn::GetAtt": ["Function", "Arn"]})),
        "ApproverQa": approver(f"{arn}/Approval/QA"),
        "ApproverExpert": approver(f"{arn}/Approval/Expert"),
        "Release": pipeline(name),
    }  # fmt: skip


def pipeline(name: str) -> dict[str, Any]:
    given = {"manifest": "#{Build.MANIFEST}", "execution": "#{codepipeline.PipelineExecutionId}"}
    stages = [
        stage("Source", action("Source", "Source", "CodeStarSourceConnection", {
            "ConnectionArn": CONNECTION, "FullRepositoryId": "example/app", "BranchName": "main"},
            Namespace="Source", OutputArtifacts=[{"Name": "SourceCode"}])),
        stage("Build", action("Build", "Build", "CodeBuild", {"ProjectName": {"Ref": "Project"}}, Namespace="Build",
                              InputArtifacts=[{"Name": "SourceCode"}], OutputArtifacts=[{"Name": "Made"}])),
        stage("Dev",
              action("Authorize", "Invoke", "Lambda", {
                  "FunctionName": {"Ref": "Function"}, "UserParameters": json.dumps({"mode": "#{Build.MODE}", **given})},
                  Namespace="Warrant", RoleArn={"Fn::GetAtt": ["InvokeRole", "Arn"]}),
              action("Evaluate", "Invoke", "StepFunctions", {
                  "StateMachineArn": {"Ref": "Machine"}, "InputType": "Literal",
                  "Input": json.dumps({"manifest": "#{Warrant.seen}"})}, RunOrder=2)),
        stage("Approval",
              action("QA", "Approval", "Manual", {"CustomData": "manifest #{Build.MANIFEST}"}),
              action("Expert", "Approval", "Manual", {"CustomData": "manifest #{Build.MANIFEST}"})),
    ]  # fmt: skip
    return {
        "Type": "AWS::CodePipeline::Pipeline",
        "Properties": {
            "Name": name, "PipelineType": "V2", "ExecutionMode": "QUEUED", "Stages": stages,
            "RoleArn": {"Fn::GetAtt": ["PipelineRole", "Arn"]},
            "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
        },
    }  # fmt: skip


def stage(name: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Actions": list(actions)}


def action(name: str, category: str, provider: str, configuration: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "ActionTypeId": kind, "Configuration": configuration, **more}


def trusted_role(principal: dict[str, Any], condition: dict[str, Any], *statements: dict[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
    policy = {"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [policy] if statements else [],
        },
    }


def service_role(service: str, source: str, *statements: dict[str, Any]) -> dict[str, Any]:
    condition = (
        {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": SHARED}} if source else {}
    )
    return trusted_role({"Service": service}, condition, *statements)


def approver(arn: str) -> dict[str, Any]:
    named = {"StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/email}"}}
    return trusted_role({"AWS": {"Ref": "AWS::AccountId"}}, named, allow("codepipeline:PutApprovalResult", arn))


def deployed(target: Target, folder: Path, name: str) -> tuple[Path, Deployed]:
    """The assembly of the stack, and the stack, deployed."""
    made = resources(name)
    stack = deploy(target, name, made, account=SHARED)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return write_assembly(folder / name, name, made, account=SHARED, region=REGION), stack


def source(folder: Path, mode: str = "good", wish: str = "") -> Path:
    """A folder to release; `wish` is run by the build."""
    folder.mkdir(exist_ok=True)
    (folder / "wish").write_text(f"export MODE={mode}\n{wish}\n", encoding="utf-8")
    return folder
