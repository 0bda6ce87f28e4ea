"""Actions and triggers of a pipeline, as AWS::CodePipeline::Pipeline takes them.

A variable of an action before is text like `#{Build.MANIFEST}`, put into the configuration as it is. What people write could end
the JSON around it and go on with variables of its own (https://github.com/aws/aws-cdk/issues/31213), and a build obeys such as
BASH_ENV before its first command. So builds read the commit's message and author from CodePipeline's API, and a function, which
is told the author by nobody else, refuses parameters in which a name occurs twice (`genai_runtime.release.jobs`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

Action = dict[str, Any]

SOURCE: Final = "SourceCode"
"""The artifact that builds work on."""
EXECUTION: Final = "#{codepipeline.PipelineExecutionId}"
COMMIT: Final = "#{Source.CommitId}"
AUTHOR: Final = "#{Source.AuthorEmail}"
"""For functions only: people write it."""
MANIFEST: Final = "#{Build.MANIFEST}"
# Not `**/*.md`: it would hide a text of the catalog too.
UNRELEASED: Final = ("*.md", "docs/**", "examples/**")
"""Paths whose change alone releases nothing: all else is what is deployed, evaluated or tested."""


def source(connection_arn: str, repository: str, branch: str) -> Action:
    """The commit that started the pipeline, through a connection; the triggers say when."""
    configuration = {
        "ConnectionArn": connection_arn,
        "FullRepositoryId": repository,
        "BranchName": branch,
        "OutputArtifactFormat": "CODE_ZIP",
        "DetectChanges": "false",
    }
    found = _action("Source", "Source", "CodeStarSourceConnection", 1, configuration)
    return {**found, "namespace": "Source", "outputArtifacts": [{"name": SOURCE}]}


def build(
    name: str,
    order: int,
    project: str,
    variables: Mapping[str, str] | None = None,
    *,
    category: str = "Build",
    namespace: str | None = None,
) -> Action:
    """A build over the source, with variables beside the project's own.

    :param category: Build or Test
    :param namespace: of what it exports
    """
    configuration = {"ProjectName": project}
    if variables:
        given = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in variables.items()]
        configuration["EnvironmentVariables"] = _compact(given)
    found = _action(name, category, "CodeBuild", order, configuration)
    return {**found, "inputArtifacts": [{"name": SOURCE}], **({"namespace": namespace} if namespace else {})}


def invoke(
    name: str, order: int, function: str, parameters: Mapping[str, str], *, namespace: str | None = None
) -> Action:
    """A function that answers CodePipeline's job."""
    configuration = {"FunctionName": function, "UserParameters": _compact(parameters)}
    found = _action(name, "Invoke", "Lambda", order, configuration)
    return {**found, **({"namespace": namespace} if namespace else {})}


def run_machine(name: str, order: int, machine_arn: str, given: Mapping[str, Any]) -> Action:
    """An execution of a state machine; the action ends as the execution does."""
    configuration = {"StateMachineArn": machine_arn, "InputType": "Literal", "Input": _compact(given)}
    return _action(name, "Invoke", "StepFunctions", order, configuration)


def approval(name: str, order: int, text: str, link: str) -> Action:
    """A person's decision, waited for seven days (CodePipeline User Guide, "Quotas")."""
    return _action(name, "Approval", "Manual", order, {"CustomData": text, "ExternalEntityLink": link})


def on_push(branch: str) -> Mapping[str, Any]:
    """Starts the pipeline for each push to a branch that changes what is released."""
    return _trigger({"push": [{"branches": {"includes": [branch]}, "filePaths": {"excludes": list(UNRELEASED)}}]})


def on_pull_request(branch: str) -> Mapping[str, Any]:
    """Starts the pipeline for each new state of a pull request into a branch that changes what is released."""
    changed = {
        "events": ["OPEN", "UPDATED"],
        "branches": {"includes": [branch]},
        "filePaths": {"excludes": list(UNRELEASED)},
    }
    return _trigger({"pullRequest": [changed]})


def _trigger(events: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
    return {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Source", **events},
    }


def _action(name: str, category: str, provider: str, order: int, configuration: Mapping[str, Any]) -> Action:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, "runOrder": order, "configuration": dict(configuration)}


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
