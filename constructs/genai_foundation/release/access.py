"""The ways of the release pipeline into a workload account: four roles, each for one kind of step, none for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from genai_foundation import contract
from genai_foundation.acknowledge import acknowledge
from genai_foundation.errors import FoundationError
from genai_foundation.iam import Statement, allow, document
from genai_foundation.release import names
from genai_foundation.release.evaluation_access import EvaluationAccess
from genai_foundation.release.patterns import spelled
from genai_foundation.release.store import OWN_RELEASE
from genai_foundation.reviews import NEXT_REVIEW, OWNER

BOOTSTRAP = ("deploy-role", "file-publishing-role", "lookup-role")
"""Roles that `cdk bootstrap` makes, as far as the CDK CLI takes them for our assets, which are files."""
MANIFEST = "?" * 64
"""A hash in hexadecimal digits: IAM knows lengths, not alphabets. Nothing but a stored release has such a folder."""
# Who deploys to the next environment reads again what the promotion of this one rests on.
AFTER: Final = {"dev": (names.redeem("pre-prod"),), "pre-prod": (names.redeem("prod"),), "prod": ()}
SESSION_TAGS = ("environment", "execution", "manifest")


@dataclass(frozen=True)
class Shared:
    """The account that the pipeline runs in.

    :param account: id
    :param region: where its bucket of releases and signing keys are
    :param organization_id: whose principals alone are let in
    """

    account: str
    region: str
    organization_id: str


class ReleaseRole(Construct):
    """A role that functions and builds of the shared account may take, told apart by the tag of their roles.

    :param name: physical name: the other account's policies know it
    :param shared: the account that the pipeline runs in
    :param marked: values of the tag, see `names.mark`
    :param statements: what it may do
    :param patterns: resource pattern in the statements -> why it is one
    :param session: condition on the tags that the session must be given. Default: a session without tags
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        shared: Shared,
        marked: Sequence[str],
        statements: Sequence[Statement],
        patterns: Mapping[str, str] | None = None,
        session: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        condition: dict[str, Any] = {key: dict(value) for key, value in (session or {}).items()}
        condition["StringEquals"] = {
            "aws:PrincipalOrgID": shared.organization_id,
            f"aws:PrincipalTag/{names.TAG}": list(marked),
            **condition.get("StringEquals", {}),
        }
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{shared.account}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"] if session else "sts:AssumeRole",
            "Condition": condition,
        }
        self.role = iam.CfnRole(
            self, "Default", role_name=name, description=description, assume_role_policy_document=document([trust])
        )
        self.policy = iam.CfnManagedPolicy(
            self, "Policy", description=description, roles=[self.role.ref], policy_document=document(statements)
        )
        self.arn = self.role.attr_arn
        for pattern, reason in (patterns or {}).items():
            acknowledge(
                self.policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{spelled(self, pattern)}]",
                reason=reason,
                owner=OWNER,
                expires=NEXT_REVIEW,
            )


class ReleaseAccess(Construct):
    """What the release pipeline may do in one environment's account; there is no other way in for it.

    :param environment: dev, pre-prod or prod
    :param shared: the account that the pipeline runs in
    :param regions: that the environment is deployed to
    :param evaluation: the evaluation pipeline of the environment, see `EvaluationAccess`
    :param activate_name: name of the function that makes versions live
    :param tested_arns: aliases of use cases that tests may call. Default none: no such role
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        shared: Shared,
        regions: Sequence[str],
        evaluation: EvaluationAccess,
        activate_name: str,
        tested_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        if environment not in AFTER:
            raise FoundationError(
                "GF-REL-504", f"environment is {environment!r}: the pipeline goes through {', '.join(AFTER)}"
            )
        stack = cdk.Stack.of(self)
        activate_arn = f"arn:aws:lambda:{stack.region}:{stack.account}:function:{activate_name}"
        key = f"arn:aws:kms:{shared.region}:{shared.account}:key/*"
        own = f"arn:aws:s3:::{names.releases_bucket_name(shared.account, shared.region)}/{OWN_RELEASE}"
        self.deployer = ReleaseRole(
            self,
            "Deployer",
            name=names.DEPLOYER,
            description=f"Deploys one promoted release to {environment}",
            shared=shared,
            marked=[names.redeem(environment)],
            session=session_of(environment),
            statements=[
                allow("Deploy", ["sts:AssumeRole", "sts:TagSession"], bootstrap_roles(stack.account, regions)),
                allow("ReadOwnRelease", ["s3:GetObject"], [own]),
                allow("DecryptOwnRelease", ["kms:Decrypt"], [key], own_context(own, shared.region)),
                allow("VerifySeal", ["kms:GetPublicKey", "kms:Verify"], [key]),
            ],
            patterns={
                key: "the keys' ids are known in the shared account only, whose key policies let it decrypt its own release "
                "and verify seals",
                own: "the files of the one release that the session's tag names",
            },
        )
        self.evaluator = ReleaseRole(
            self,
            "Evaluator",
            name=names.EVALUATOR,
            description=f"Starts evaluations of releases in {environment} and reads their results",
            shared=shared,
            marked=[names.GATE, names.AUTHORIZE, *AFTER[environment]],
            statements=evaluation.statements(self),
            patterns=evaluation.patterns(self),
        )
        runs = f"arn:aws:s3:::{evaluation.bucket_name}/runs/*"
        self.reader = ReleaseRole(
            self,
            "Reader",
            name=names.READER,
            description=f"Reads results of evaluations in {environment} for the dossier of a release",
            shared=shared,
            marked=[names.DOSSIER],
            statements=evaluation.reading(self),
            patterns={runs: "runs are named after suites and requests"},
        )
        self.activator = ReleaseRole(
            self,
            "Activator",
            name=names.ACTIVATOR,
            description=f"Makes released versions live in {environment}",
            shared=shared,
            marked=[names.ACTIVATE],
            statements=found_and_called("Activate", parameter_arn(stack, contract.LIVE_ACTIVATE), [activate_arn]),
        )
        self.roles = [self.deployer, self.evaluator, self.reader, self.activator]
        if tested_arns:
            self.tester = ReleaseRole(
                self,
                "Tester",
                name=names.TESTER,
                description=f"Calls use cases of {environment} in tests of a release",
                shared=shared,
                marked=[names.TEST],
                statements=found_and_called("Call", parameter_arn(stack, contract.MODEL_ACCESS_NAME), tested_arns),
            )
            self.roles.append(self.tester)


def session_of(environment: str) -> dict[str, Any]:
    """Condition on a deploying session: for one release, one environment, one execution, and with no other tag."""
    return {
        "StringEquals": {"aws:RequestTag/environment": environment},
        "StringLike": {"aws:RequestTag/manifest": MANIFEST, "aws:RequestTag/execution": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAGS)},
    }


def found_and_called(sid: str, parameter: str, functions: Sequence[str]) -> list[Statement]:
    """Invokes functions whose name the contract publishes."""
    return [allow("Find", ["ssm:GetParameter"], [parameter]), allow(sid, ["lambda:InvokeFunction"], functions)]


def parameter_arn(stack: cdk.Stack, key: str) -> str:
    """ARN of the parameter behind a contract key."""
    return f"arn:aws:ssm:{stack.region}:{stack.account}:parameter{contract.parameter_name(key)}"


def bootstrap_roles(account: str, regions: Sequence[str]) -> list[str]:
    """The roles through which the CDK CLI deploys (AWS CDK Developer Guide, "Bootstrapping")."""
    return [
        names.role_arn(account, f"cdk-hnb659fds-{kind}-{account}-{region}") for region in regions for kind in BOOTSTRAP
    ]


def own_context(own: str, region: str) -> dict[str, Any]:
    """Condition that a key decrypts objects of the session's own release, through S3."""
    return {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": own},
    }
