"""Approvals as CodePipeline has them, refusal by refusal."""

from datetime import timedelta
from typing import Any

import pytest

from genai_runtime.release.approvals import Approver, Rules
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import check_approvals
from genai_runtime.release.errors import (
    APPROVAL_OF_OTHER_EXECUTION,
    APPROVAL_OF_OTHER_HASH,
    APPROVAL_OPEN,
    APPROVAL_TOO_EARLY,
    AUTHOR_APPROVES,
    NOT_IN_THE_ROLE,
    NOT_PROMOTED,
    NOT_SEALED,
    NOT_THE_APPROVER_ROLE,
    ONE_PERSON_TWO_ROLES,
)
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.records import Approved
from tests.unit.release.core import sample
from tests.unit.release.core.refusal import refuses
from tests.unit.release.core.sample import AUTHOR, EARLIER, EXECUTION, EXPERT, HASH, NOW, OTHER_HASH, QUALITY, at

RULES = Rules(
    account="111111111111",
    stage="Approval",
    actions={"qa": "QA", "domain-expert": "DomainExpert"},
    people={"qa": (QUALITY, EXPERT, AUTHOR), "domain-expert": (EXPERT, QUALITY)},
)
PARAMETERS = ActionParameters(execution=EXECUTION, manifest=HASH)


class Pipelines:
    """GetPipelineState of a pipeline in which both roles approved."""

    def __init__(self) -> None:
        self.execution = EXECUTION
        self.actions = {"QA": self.approval("qa", QUALITY), "DomainExpert": self.approval("domain-expert", EXPERT)}

    @staticmethod
    def approval(role: str, by: str) -> dict[str, Any]:
        return {
            "status": "Succeeded",
            "summary": f"fine {HASH}",
            "lastStatusChange": NOW - timedelta(minutes=5),
            "lastUpdatedBy": sample.principal(role, by),
            "token": "11111111-2222-3333-4444-555555555555",
        }

    def get_pipeline_state(self, *, name: str) -> Any:
        assert name == "Release"
        actions = [{"actionName": each, "latestExecution": state} for each, state in self.actions.items()]
        approval = {
            "stageName": "Approval",
            "latestExecution": {"pipelineExecutionId": self.execution, "status": "InProgress"},
            "actionStates": [{"actionName": "Dossier"}, *actions, {"actionName": "Approve"}],
        }
        return {"pipelineName": name, "stageStates": [{"stageName": "Source"}, approval], "ResponseMetadata": {}}


@pytest.fixture
def pipelines() -> Pipelines:
    return Pipelines()


@pytest.fixture
def approver(releases: ReleaseBucket, ledger: Ledger, pipelines: Pipelines) -> Approver:
    ledger.append(sample.sealed())
    ledger.append(sample.promoted("pre-prod"))
    return Approver(releases, ledger, pipelines, "Release", RULES)


def approvals(ledger: Ledger) -> list[Approved]:
    return [each.statement for each in ledger.entries(HASH) if isinstance(each.statement, Approved)]


def test_both_approvals_are_signed(approver: Approver, ledger: Ledger) -> None:
    approver.approve(PARAMETERS)
    made = approvals(ledger)
    assert {each.role: each.by for each in made} == {"qa": QUALITY, "domain-expert": EXPERT}
    assert {each.principal for each in made} == {
        sample.principal("qa", QUALITY),
        sample.principal("domain-expert", EXPERT),
    }
    assert all((each.comment, each.at, each.execution) == (f"fine {HASH}", at(minutes=-5), EXECUTION) for each in made)
    check_approvals(sample.MANIFEST, made, EXECUTION)


def test_a_repeated_or_interrupted_action_leaves_the_same_entries(approver: Approver, ledger: Ledger) -> None:
    ledger.append(sample.approved("qa", comment=f"fine {HASH}"))
    approver.approve(PARAMETERS)
    before = ledger.entries(HASH)
    approver.approve(PARAMETERS)
    assert ledger.entries(HASH) == before
    assert len(approvals(ledger)) == 2


@pytest.mark.parametrize("summary", [OTHER_HASH, "looks good", HASH[:-1], f"{HASH}0", f"{HASH} or {OTHER_HASH}", ""])
def test_fails_approval_for_another_hash(
    approver: Approver, ledger: Ledger, pipelines: Pipelines, summary: str
) -> None:
    pipelines.actions["QA"]["summary"] = summary
    with refuses(APPROVAL_OF_OTHER_HASH, "qa", HASH):
        approver.approve(PARAMETERS)
    assert approvals(ledger) == []


@pytest.mark.parametrize("spelling", [QUALITY, "Quality@Example.COM"])
def test_fails_one_person_in_two_roles(approver: Approver, ledger: Ledger, pipelines: Pipelines, spelling: str) -> None:
    pipelines.actions["DomainExpert"] = pipelines.approval("domain-expert", spelling)
    with refuses(ONE_PERSON_TWO_ROLES, "qa", "domain-expert"):
        approver.approve(PARAMETERS)
    assert approvals(ledger) == []


@pytest.mark.parametrize("spelling", [AUTHOR, "AUTHOR@example.com"])
def test_fails_author_approving(approver: Approver, ledger: Ledger, pipelines: Pipelines, spelling: str) -> None:
    """Although on the role's list."""
    pipelines.actions["QA"] = pipelines.approval("qa", spelling)
    with refuses(AUTHOR_APPROVES, spelling):
        approver.approve(PARAMETERS)
    assert approvals(ledger) == []


def test_fails_person_not_in_the_role_s_list(approver: Approver, ledger: Ledger, pipelines: Pipelines) -> None:
    pipelines.actions["QA"] = pipelines.approval("qa", "mallory@example.com")
    with refuses(NOT_IN_THE_ROLE, "mallory@example.com", "release.approvers"):
        approver.approve(PARAMETERS)
    assert approvals(ledger) == []


@pytest.mark.parametrize(
    "principal",
    [
        sample.principal("domain-expert", QUALITY),
        sample.principal("qa-other", QUALITY),
        sample.principal("qa", ""),
        sample.principal("qa", QUALITY).replace("111111111111", "999999999999"),
        f"arn:aws:iam::111111111111:user/{QUALITY}",
        f"arn:aws:sts::111111111111:assumed-role/Admin/{QUALITY}",
        "",
    ],
)
def test_fails_when_another_session_approved(approver: Approver, pipelines: Pipelines, principal: str) -> None:
    pipelines.actions["QA"]["lastUpdatedBy"] = principal
    with refuses(NOT_THE_APPROVER_ROLE, "genai-foundation-release-approver-qa"):
        approver.approve(PARAMETERS)


@pytest.mark.parametrize("status", ["InProgress", "Failed", "Abandoned"])
def test_fails_when_a_role_has_not_approved(approver: Approver, pipelines: Pipelines, status: str) -> None:
    pipelines.actions["DomainExpert"]["status"] = status
    with refuses(APPROVAL_OPEN, "domain-expert", status):
        approver.approve(PARAMETERS)


def test_fails_when_the_pipeline_has_no_action_for_a_role(approver: Approver, pipelines: Pipelines) -> None:
    del pipelines.actions["QA"]
    with refuses(APPROVAL_OPEN, "qa", "not there"):
        approver.approve(PARAMETERS)


def test_fails_when_the_stage_holds_another_execution_s_approvals(approver: Approver, pipelines: Pipelines) -> None:
    pipelines.execution = EARLIER
    with refuses(APPROVAL_OF_OTHER_EXECUTION, EARLIER, EXECUTION):
        approver.approve(PARAMETERS)


def test_fails_when_the_pipeline_has_no_such_stage(releases: ReleaseBucket, approver: Approver) -> None:
    other = Rules(RULES.account, "Sign-off", RULES.actions, RULES.people)
    with refuses(APPROVAL_OF_OTHER_EXECUTION, "Sign-off"):
        Approver(releases, approver.ledger, approver.pipelines, "Release", other).approve(PARAMETERS)


def test_fails_when_an_approval_is_older_than_the_promotion(approver: Approver, pipelines: Pipelines) -> None:
    """Left over from an earlier execution: the action hasn't begun in this one."""
    pipelines.actions["QA"]["lastStatusChange"] = NOW - timedelta(hours=1, seconds=6)
    with refuses(APPROVAL_TOO_EARLY, "qa"):
        approver.approve(PARAMETERS)


def test_fails_when_pre_prod_has_not_promoted_in_this_execution(
    releases: ReleaseBucket, ledger: Ledger, pipelines: Pipelines
) -> None:
    """Another execution's promotion, another environment's and a smoke evaluation don't count."""
    ledger.append(sample.sealed())
    ledger.append(sample.promoted("pre-prod", execution=EARLIER))
    ledger.append(sample.promoted("dev"))
    ledger.append(sample.promoted("pre-prod", purpose="smoke"))
    with refuses(NOT_PROMOTED):
        Approver(releases, ledger, pipelines, "Release", RULES).approve(PARAMETERS)


def test_fails_when_the_release_is_not_sealed(releases: ReleaseBucket, ledger: Ledger, pipelines: Pipelines) -> None:
    with refuses(NOT_SEALED):
        Approver(releases, ledger, pipelines, "Release", RULES).approve(PARAMETERS)
