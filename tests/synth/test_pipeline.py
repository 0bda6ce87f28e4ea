"""The release pipeline as its template has it: order, waiting, what each action is given, what is configured away."""

import json
import re
from dataclasses import replace

import aws_cdk as cdk
import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.intrinsics import text
from stacks.settings import Settings
from stacks.stages import build_stages
from tests.synth.pipeline import actions, given, here, pipeline, provider, resource, stages
from tests.synth.templates import policy_statements

PULL_REQUEST = "genai-foundation-pull-request"
PIPELINES = ("genai-foundation-release", PULL_REQUEST)
ORDER = {
    "Source": [("Source", "CodeStarSourceConnection", 1)],
    "Build": [
        ("Build", "CodeBuild", 1),
        ("Test", "CodeBuild", 1),
        ("Seal", "Lambda", 2),
        ("Branch", "Lambda", 3),
        ("Datasets", "Lambda", 3),
    ],
    "Dev": [
        ("Authorize", "Lambda", 1),
        ("Deploy", "CodeBuild", 2),
        ("Evaluate", "StepFunctions", 3),
        ("Activate", "Lambda", 4),
    ],
    "PreProd": [
        ("Authorize", "Lambda", 1),
        ("Deploy", "CodeBuild", 2),
        ("Activate", "Lambda", 3),
        ("Integration", "CodeBuild", 4),
        ("Performance", "CodeBuild", 4),
        ("Evaluate", "StepFunctions", 5),
    ],
    "Approval": [
        ("Dossier", "CodeBuild", 1),
        ("QA", "Manual", 2),
        ("DomainExpert", "Manual", 2),
        ("Approve", "Lambda", 3),
    ],
    "Prod": [
        ("Authorize", "Lambda", 1),
        ("Deploy", "CodeBuild", 2),
        ("Activate", "Lambda", 3),
        ("Smoke", "StepFunctions", 4),
    ],
    "Publish": [("Dossier", "CodeBuild", 1)],
}
PULL_REQUEST_ORDER = {
    "Source": [("Source", "CodeStarSourceConnection", 1)],
    "Build": [("Build", "CodeBuild", 1), ("Datasets", "Lambda", 2)],
    "Gate": [("Evaluate", "StepFunctions", 1)],
}
VARIABLE = re.compile(r"#\{([A-Za-z]+)\.([A-Za-z_]+)\}")
# What CodePipeline takes for a value of an action's configuration (CodePipeline API Reference, ActionDeclaration).
LONGEST_VALUE = 1_000
# Put into JSON as it is, what people write could go on with variables of its own; functions refuse a name that occurs twice.
FREE_TEXT = {"AuthorEmail", "CommitMessage", "PullRequestTitle"}
TO_FUNCTIONS = {"AuthorEmail"}


def order(assembly: Assembly, name: str) -> dict[str, list[tuple[str, str, int]]]:
    """Name, provider and order of each action, by stage."""
    return {
        stage: [(each["Name"], provider(each), each["RunOrder"]) for each in found]
        for stage, found in stages(assembly, name).items()
    }


def test_a_release_goes_through_all_stages_in_order(assembly: Assembly) -> None:
    assert order(assembly, "genai-foundation-release") == ORDER
    assert list(stages(assembly)) == list(ORDER)


def test_a_pull_request_is_built_and_evaluated_and_nothing_else(assembly: Assembly) -> None:
    assert order(assembly, PULL_REQUEST) == PULL_REQUEST_ORDER


def test_releases_queue_and_pull_requests_run_beside_each_other(assembly: Assembly) -> None:
    found = {name: pipeline(assembly, name).properties for name in PIPELINES}
    assert {name: each["PipelineType"] for name, each in found.items()} == dict.fromkeys(PIPELINES, "V2")
    assert [found[name]["ExecutionMode"] for name in PIPELINES] == ["QUEUED", "PARALLEL"]


def test_production_alone_goes_back_by_itself(assembly: Assembly) -> None:
    after = {stage["Name"]: stage.get("OnFailure") for stage in pipeline(assembly).properties["Stages"]}
    assert {name: each for name, each in after.items() if each} == {"Prod": {"Result": "ROLLBACK"}}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_variable_is_used_after_the_action_that_gives_it_and_is_no_free_text(assembly: Assembly, name: str) -> None:
    known = {"codepipeline": {"PipelineExecutionId"}}
    outputs = {
        "Source": {"CommitId", "AuthorEmail", "AuthorDate"},
        "Build": {"MANIFEST"},
        "DevWarrant": {"warrant"},
        "PreProdWarrant": {"warrant"},
        "ProdWarrant": {"warrant"},
    }
    for found in stages(assembly, name).values():
        for number in sorted({each["RunOrder"] for each in found}):
            now = [each for each in found if each["RunOrder"] == number]
            for each in now:
                used = VARIABLE.findall(json.dumps(each["Configuration"]))
                assert all(key in known.get(space, ()) for space, key in used), (each["Name"], used)
                written = {key for _, key in used} & FREE_TEXT
                assert written <= (TO_FUNCTIONS if provider(each) == "Lambda" else set()), each["Name"]
            for each in now:
                if "Namespace" in each:
                    known[each["Namespace"]] = outputs[each["Namespace"]]


@pytest.mark.parametrize("name", PIPELINES)
def test_configuration_stays_within_codepipeline_s_limit_with_all_variables_in_it(
    assembly: Assembly, name: str
) -> None:
    longest = {
        "MANIFEST": 64,
        "CommitId": 40,
        "PipelineExecutionId": 36,
        "warrant": 64,
        "AuthorEmail": 254,
        "AuthorDate": 32,
    }
    for each in actions(assembly, name):
        for value in each["Configuration"].values():
            filled = VARIABLE.sub(lambda match: "x" * longest[match[2]], text(value))
            assert len(filled) <= LONGEST_VALUE, each["Name"]


def test_functions_are_given_the_execution_the_manifest_and_their_own(assembly: Assembly) -> None:
    own = {
        "Seal": {"commit", "author"},
        "Branch": {"commit"},
        "Datasets": set(),
        "Authorize": {"environment"},
        "Activate": {"environment"},
        "Approve": set(),
    }
    for each in actions(assembly):
        if provider(each) == "Lambda":
            found = given(each)
            assert set(found) == {"execution", "manifest"} | own[each["Name"]]
            assert found["execution"] == "#{codepipeline.PipelineExecutionId}"
            assert found["manifest"] == "#{Build.MANIFEST}"


def test_each_stage_names_its_own_environment(assembly: Assembly) -> None:
    named = {
        (stage, each["Name"]): given(each)["environment"]
        for stage, found in stages(assembly).items()
        for each in found
        if "environment" in given(each)
    }
    stage_of = {"Dev": "dev", "PreProd": "pre-prod", "Prod": "prod"}
    assert named
    assert {key: stage_of[key[0]] for key in named} == named


def test_a_deployment_is_given_its_own_stage_s_warrant(assembly: Assembly) -> None:
    for stage in ("Dev", "PreProd", "Prod"):
        authorize, deploy = stages(assembly)[stage][:2]
        assert authorize["Namespace"] == f"{stage}Warrant"
        assert given(deploy)["WARRANT"] == f"#{{{stage}Warrant.warrant}}"
        project = resource(assembly, deploy["Configuration"]["ProjectName"]["Ref"])
        environment = {"Dev": "dev", "PreProd": "pre-prod", "Prod": "prod"}[stage]
        assert project.properties["Name"] == f"genai-foundation-release-deploy-{environment}"


def test_gates_ask_for_promotion_before_and_for_a_smoke_evaluation_after_production(assembly: Assembly) -> None:
    asked = [
        (each["environment"], each["purpose"], each["pull_request"])
        for name in PIPELINES
        for action in actions(assembly, name)
        if provider(action) == "StepFunctions"
        for each in (given(action),)
    ]
    assert asked == [
        ("dev", "gate", False), ("pre-prod", "gate", False), ("prod", "smoke", False), ("dev", "gate", True),
    ]  # fmt: skip


def test_approvers_are_shown_the_hash_and_the_dossier(assembly: Assembly) -> None:
    for each in stages(assembly)["Approval"]:
        if provider(each) == "Manual":
            assert "#{Build.MANIFEST}" in each["Configuration"]["CustomData"]
            link = text(each["Configuration"]["ExternalEntityLink"])
            assert link.startswith("https://eu-west-1.console.aws.amazon.com/s3/object/")
            assert link.endswith("dossiers/#{Build.MANIFEST}/dossier.html")


def test_the_source_is_the_configured_repository(assembly: Assembly, settings: Settings) -> None:
    release = settings.release
    assert release is not None
    for name in PIPELINES:
        ((source,),) = [found for stage, found in stages(assembly, name).items() if stage == "Source"]
        configuration = source["Configuration"]
        assert configuration["FullRepositoryId"] == release.repository
        assert configuration["BranchName"] == release.branch
        assert configuration["ConnectionArn"].endswith(f":connection/{release.connection_id}")
        # The triggers say when; otherwise every push would start it once more.
        assert configuration["DetectChanges"] == "false"


def test_failures_reach_operations_and_approvals_their_approvers(assembly: Assembly, settings: Settings) -> None:
    release = settings.release
    assert release is not None
    template = here(assembly)
    told: dict[str, set[str]] = {}
    for rule in template.of_type("AWS::Events::Rule"):
        (target,) = rule.properties["Targets"]
        pattern = rule.properties["EventPattern"]
        assert pattern["source"] == ["aws.codepipeline"]
        assert pattern["detail"]["pipeline"] == ["genai-foundation-release"]
        (state,) = pattern["detail"]["state"]
        told[state] = {
            each.properties["Endpoint"]
            for each in template.of_type("AWS::SNS::Subscription")
            if each.properties["TopicArn"] == target["Arn"]
        }
    publishers = [policy_statements(each) for each in template.of_type("AWS::SNS::TopicPolicy")]
    assert [[each.services for each in found if each.allows] for found in publishers] == [
        [["events.amazonaws.com"]]
    ] * 2
    assert not [each for found in publishers for each in found if each.allows and each.principals]
    people = {address for addresses in release.approvers.values() for address in addresses}
    assert told == {"FAILED": set(settings.notifications.operations), "STARTED": people}


def test_names_are_published_for_the_commands(assembly: Assembly) -> None:
    found = {each.properties["Name"] for each in here(assembly).of_type("AWS::SSM::Parameter")}
    assert found == {f"/genai-foundation/release/{name}" for name in ("bucket", "ledger-table-name", "pipeline-name")}


def test_without_a_release_in_the_configuration_there_is_none_of_it(settings: Settings) -> None:
    without = replace(settings, platform=settings.platform.model_copy(update={"release": None}))
    for account in ("shared", "data-governance"):
        (stage,) = build_stages(cdk.App(analytics_reporting=False), without, only=account)
        assert not {"Pipeline", "ReleaseAccess"} & {each.node.id for each in stage.node.children}
