"""Approvals, as CodePipeline saw them: which session gave each result, when, and what it wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.checks import check_people, check_seal, instant, person, stamp
from genai_runtime.release.errors import (
    APPROVAL_OF_OTHER_EXECUTION,
    APPROVAL_OF_OTHER_HASH,
    APPROVAL_OPEN,
    APPROVAL_TOO_EARLY,
    NOT_IN_THE_ROLE,
    NOT_PROMOTED,
    NOT_THE_APPROVER_ROLE,
    ReleaseRefused,
)
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.ledger import Ledger
from genai_runtime.release.manifest import APPROVER_ROLES, ApproverRole
from genai_runtime.release.pipeline_state import ActionExecution, PipelineState
from genai_runtime.release.records import Approved, Promoted, Statement

_ROLE_NAME: Final = "genai-foundation-release-approver-{role}"
_SKEW: Final = timedelta(seconds=5)
"""Between CodePipeline's clock, which may be cut to seconds, and ours."""
_HASH: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Pipelines(Protocol):
    """CodePipeline's API, as far as approvals need it."""

    def get_pipeline_state(self, *, name: str) -> Any:
        """The state of a pipeline's stages."""
        ...


@dataclass(frozen=True)
class Rules:
    """Who may approve, and where.

    :param account: of the approver roles
    :param stage: of the pipeline, with an approval action (`actions`) for each role
    :param people: addresses by role
    """

    account: str
    stage: str
    actions: Mapping[ApproverRole, str]
    people: Mapping[ApproverRole, tuple[str, ...]]


@dataclass(frozen=True)
class Approver:
    """Signs what the pipeline's approval actions say."""

    releases: ReleaseBucket
    ledger: Ledger
    pipelines: Pipelines
    pipeline: str
    rules: Rules

    def approve(self, parameters: ActionParameters) -> None:
        """Write an entry for each role, all or, after an interruption, the rest. Raises ReleaseRefused."""
        manifest = self.releases.manifest(parameters.manifest)
        statements = [each.statement for each in self.ledger.entries(parameters.manifest)]
        check_seal(manifest, parameters.manifest, statements)
        state = PipelineState.model_validate(self.pipelines.get_pipeline_state(name=self.pipeline))
        given = read_approvals(state, self.rules, parameters.manifest, parameters.execution)
        check_people(manifest.author, given)
        _check_after_promotion(statements, given, parameters.execution)
        for each in given.values():
            self.ledger.append(each)


def read_approvals(state: PipelineState, rules: Rules, manifest: str, execution: str) -> dict[ApproverRole, Approved]:
    """What each role's action says, as statements. Raises ReleaseRefused for one that is no approval of this manifest, in
    this execution, by somebody who may act in the role."""
    stage = state.stage(rules.stage)
    current = stage.latest_execution.pipeline_execution_id if stage and stage.latest_execution else "none"
    if stage is None or current != execution:
        raise ReleaseRefused(
            APPROVAL_OF_OTHER_EXECUTION,
            f"stage {rules.stage} holds the approvals of execution {current}, not of {execution}: approvals don't carry over, "
            "approve this execution",
        )
    actions = {each.action_name: each.latest_execution for each in stage.action_states}
    return {
        role: _approval(role, actions.get(rules.actions[role]), rules, manifest, execution) for role in APPROVER_ROLES
    }


def _approval(
    role: ApproverRole, action: ActionExecution | None, rules: Rules, manifest: str, execution: str
) -> Approved:
    if action is None or action.status != "Succeeded" or action.last_status_change is None:
        raise ReleaseRefused(
            APPROVAL_OPEN,
            f"{role} hasn't approved (the action is {action.status if action else 'not there'}): approve with `foundation "
            f"release approve --role {role}`",
        )
    if (named := sorted(set(_HASH.findall(action.summary)))) != [manifest]:
        raise ReleaseRefused(
            APPROVAL_OF_OTHER_HASH,
            f"the approval by {role} names {' and '.join(named) or 'no manifest hash'}, this release is {manifest}: read its "
            "dossier and approve with `foundation release approve`, whose comment holds the hash",
        )
    by = _person_of(role, action.last_updated_by, rules)
    return Approved(
        manifest=manifest,
        role=role,
        by=by,
        principal=action.last_updated_by,
        comment=action.summary,
        at=stamp(action.last_status_change),
        execution=execution,
    )


def _person_of(role: ApproverRole, principal: str, rules: Rules) -> str:
    """The address that names the session, which the role's trust takes from an attested attribute of the person."""
    prefix = f"arn:aws:sts::{rules.account}:assumed-role/{_ROLE_NAME.format(role=role)}/"
    by = principal.removeprefix(prefix)
    if not principal.startswith(prefix) or not by:
        raise ReleaseRefused(
            NOT_THE_APPROVER_ROLE,
            f"the approval by {role} was given by {principal or 'nobody'}, not by a session of {_ROLE_NAME.format(role=role)}: "
            "reject it and approve with `foundation release approve`, which becomes that role",
        )
    if person(by) not in {person(each) for each in rules.people[role]}:
        raise ReleaseRefused(
            NOT_IN_THE_ROLE,
            f"{by} isn't an approver of the role {role}: somebody in `release.approvers` of config/platform.yaml has to approve",
        )
    return by


def _check_after_promotion(statements: list[Statement], given: Mapping[ApproverRole, Approved], execution: str) -> None:
    """An approval that is older than this execution's promotion by pre-prod was for an earlier execution."""
    promoted = [
        instant(each.at)
        for each in statements
        if isinstance(each, Promoted)
        and (each.environment, each.purpose, each.execution) == ("pre-prod", "gate", execution)
    ]
    if not promoted:
        raise ReleaseRefused(
            NOT_PROMOTED,
            f"pre-prod didn't promote this release in execution {execution}: there is nothing to approve yet, run the pipeline "
            "from the stage of pre-prod",
        )
    for role, each in given.items():
        if instant(each.at) < max(promoted) - _SKEW:
            raise ReleaseRefused(
                APPROVAL_TOO_EARLY,
                f"{role} approved at {each.at}, before pre-prod promoted the release: the approval is of an earlier execution, "
                "approve this one",
            )
