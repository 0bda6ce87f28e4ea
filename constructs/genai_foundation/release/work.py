"""What the projects of the pipeline run, and what each may do."""

from collections.abc import Mapping, Sequence
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from genai_foundation.acknowledge import acknowledge
from genai_foundation.function import Function, Operations, Runtime
from genai_foundation.iam import Statement, allow
from genai_foundation.release import names
from genai_foundation.release.functions import pascal
from genai_foundation.release.names import DOSSIER as DOSSIER_READER
from genai_foundation.release.names import PULL_REQUEST, RELEASE, TEST, Purpose
from genai_foundation.release.pipeline import artifact_pattern, pipeline_arn
from genai_foundation.release.projects import BuildProject, only_here, project_arn
from genai_foundation.release.signing import VERIFY_ACTIONS, ReleaseSigningKey
from genai_foundation.release.store import LEDGER_READ, ReleaseBucket, ReleaseLedger
from genai_foundation.reviews import NEXT_REVIEW, OWNER
from genai_foundation.storage import SecureBucket

# What people write stands in no variable of an action (see `actions`): CodePipeline's API has it as JSON. A checkout knows it.
SAID: Final = (
    "if ! test -e .git; then said() { aws codepipeline list-action-executions "
    '--pipeline-name "$PIPELINE_NAME" --filter "pipelineExecutionId=$EXECUTION" '
    "--query \"actionExecutionDetails[?actionName=='Source'] | [0].output.outputVariables.$1\" "
    "--output text | head -n 1; }; "
    'export RELEASE_AUTHOR="${RELEASE_AUTHOR:-$(said AuthorEmail)}"; '
    'RELEASE_SUBJECT="${RELEASE_SUBJECT:-$(said CommitMessage)}"; '
    'export RELEASE_SUBJECT="${RELEASE_SUBJECT:-commit $RELEASE_COMMIT}"; fi'
)
BUILD: Final = (
    SAID,
    'OUT="$(mktemp -d)"',
    'foundation release build --out "$OUT" --upload',
    'MANIFEST="$(cat "$OUT/MANIFEST")"',
    "export MANIFEST",
    'rm -rf "$OUT"',
)
TESTS: Final = ("make check test",)
DOSSIER: Final = ('foundation release dossier --manifest "$MANIFEST" --out build/dossier --upload',)
STORES: Final = ("releases/*",)
READS_RELEASE: Final = ("releases/*/manifest.json", "releases/*/sbom.cdx.json", "gates/*", "dossiers/*")
READS_MANIFEST: Final = ("releases/*/manifest.json",)


def deploy(environment: str) -> list[str]:
    """Deploys with a warrant, see `foundation release deploy`."""
    return [f'foundation release deploy --environment {environment} --manifest "$MANIFEST" --warrant "$WARRANT"']


def test(kind: str, environment: str) -> list[str]:
    """Tests a deployed release: `integration` or `performance`."""
    return [f'foundation release {kind} --environment {environment} --manifest "$MANIFEST"']


class ReleaseProjects(Construct):
    """The pipeline's CodeBuild projects, by construct id in `projects`.

    What a pull request brings is built by a project of its own: its code was reviewed by nobody, so it has no role in common
    with what is released.

    :param operations: keys and retention
    :param bucket: of releases
    :param ledger: of releases
    :param artifacts: of the pipelines
    :param keys: signing keys by purpose, to verify with
    :param redeem: by environment, the function that turns a warrant into a session
    :param tester_arns: roles that tests become
    :param reader_arns: roles that read the results of evaluations
    :param tested: environment that integration and performance are tested in. Default pre-prod
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        operations: Operations,
        runtime: Runtime,
        bucket: ReleaseBucket,
        ledger: ReleaseLedger,
        artifacts: SecureBucket,
        keys: Mapping[Purpose, ReleaseSigningKey],
        redeem: Mapping[str, Function],
        tester_arns: Sequence[str],
        reader_arns: Sequence[str],
        tested: str = "pre-prod",
    ) -> None:
        super().__init__(scope, construct_id)
        self._operations, self._runtime, self._artifacts, self._bucket = operations, runtime, artifacts, bucket
        self._variables = {
            "RELEASE_BUCKET": bucket.name,
            "LEDGER_TABLE": ledger.name,
            "KEYS": cdk.Stack.of(self).to_json_string({purpose: key.arn for purpose, key in keys.items()}),
        }
        self._verify = allow("Verify", VERIFY_ACTIONS, [key.arn for key in keys.values()])
        self._read_ledger = allow("Ledger", [*LEDGER_READ, "dynamodb:Scan"], [ledger.arn])
        self.projects: dict[str, BuildProject] = {}
        self._builds()
        self._deploys(redeem)
        self._tests(tested, tester_arns)
        self._project(
            "Dossier",
            "Writes release notes and the dossier of a release",
            DOSSIER,
            statements=[
                self._read_ledger,
                allow("LedgerKey", ["kms:Decrypt"], [operations.data_key_arn]),
                self._verify,
                only_here("BecomeReader", ["sts:AssumeRole"], reader_arns, project_arn(self, physical("Dossier"))),
                *self._objects(reads=READS_RELEASE, writes=("dossiers/*",)),
            ],
            marked=DOSSIER_READER,
        )

    def _builds(self) -> None:
        for name, pipeline, text in (
            ("Build", RELEASE, "Builds a release from the released branch"),
            ("Candidate", PULL_REQUEST, "Builds a release from a pull request, to be evaluated and never deployed"),
        ):
            # What is there already is compared, not replaced: the bucket takes new objects only.
            stores = self._objects(reads=STORES, writes=STORES)
            message = allow("Message", ["codepipeline:ListActionExecutions"], [pipeline_arn(self, pipeline)])
            self._project(name, text, BUILD, statements=[*stores, message], pipeline=pipeline, exports=["MANIFEST"])
        self._project(
            "Test", "Lint, types, templates and all tests", TESTS, timeout=cdk.Duration.hours(3), compute="LARGE"
        )

    def _deploys(self, redeem: Mapping[str, Function]) -> None:
        for environment, function in redeem.items():
            name = f"Deploy{pascal(environment)}"
            arn = project_arn(self, physical(name))
            self._project(
                name,
                f"Deploys a promoted release to {environment}, with a warrant",
                deploy(environment),
                statements=[only_here("Redeem", ["lambda:InvokeFunction"], [function.arn], arn)],
                variables={"REDEEM_FUNCTION": function.name},
                timeout=cdk.Duration.hours(3),
            )

    def _tests(self, tested: str, tester_arns: Sequence[str]) -> None:
        for name in ("Integration", "Performance"):
            arn = project_arn(self, physical(name))
            self._project(
                name,
                f"{name} tests of a release in {tested}",
                test(name.lower(), tested),
                statements=[
                    only_here("BecomeTester", ["sts:AssumeRole"], tester_arns, arn),
                    *self._objects(reads=READS_MANIFEST),
                ],
                marked=TEST,
            )

    def _project(
        self,
        name: str,
        description: str,
        commands: Sequence[str],
        *,
        statements: Sequence[Statement] = (),
        variables: Mapping[str, str] | None = None,
        pipeline: str = RELEASE,
        exports: Sequence[str] = (),
        marked: str | None = None,
        timeout: cdk.Duration | None = None,
        compute: str = "MEDIUM",
    ) -> None:
        self.projects[name] = BuildProject(
            self,
            name,
            name=physical(name),
            description=description,
            commands=commands,
            operations=self._operations,
            runtime=self._runtime,
            source_arns=[artifact_pattern(self._artifacts, pipeline)],
            statements=statements,
            variables={"PIPELINE_NAME": pipeline, **self._variables, **(variables or {})},
            exports=exports,
            marked=marked,
            timeout=timeout,
            compute=compute,
        )
        self._acknowledge(self.projects[name], statements)

    def _objects(self, *, reads: Sequence[str], writes: Sequence[str] = ()) -> list[Statement]:
        arn = self._bucket.arn
        use = ["kms:Decrypt", *(["kms:GenerateDataKey"] if writes else [])]
        return [
            allow("List", ["s3:ListBucket"], [arn]),
            allow("Read", ["s3:GetObject"], [f"{arn}/{each}" for each in reads]),
            *([allow("Write", ["s3:PutObject"], [f"{arn}/{each}" for each in writes])] if writes else []),
            allow("Key", use, [self._bucket.key.arn]),
        ]

    def _acknowledge(self, project: BuildProject, statements: Sequence[Statement]) -> None:
        bucket = f"<{cdk.Stack.of(self).get_logical_id(self._bucket.bucket.bucket)}.Arn>"
        own = {
            each for statement in statements if statement["Sid"] in ("Read", "Write") for each in statement["Resource"]
        }
        for pattern in sorted(each.removeprefix(self._bucket.arn) for each in own):
            acknowledge(
                project.role.policy,
                f"AwsSolutions::AwsSolutions-IAM5[Resource::{bucket}{pattern}]",
                reason="objects of one kind in the bucket of releases; releases are named when they are built",
                owner=OWNER,
                expires=NEXT_REVIEW,
            )


def physical(name: str) -> str:
    """Name of a project: genai-foundation-release-deploy-pre-prod of DeployPreProd."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    return f"{names.RELEASE}{words}"
