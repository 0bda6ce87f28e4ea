"""Golden datasets on the local target: the construct's own bucket, keys, policies and guardrail, the real redaction."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

from foundation.evaluation.errors import EvaluationError
from foundation.evaluation.publish import put
from foundation.evaluation.suites import load_suite
from foundation.local.environment import aws_environment
from foundation.local.target import Target
from genai_foundation.evaluation.datasets import GoldenDatasets, golden_bucket_name
from genai_foundation.evaluation.redaction import PseudonymKey, redaction_guardrail
from genai_foundation.guardrails import Guardrail
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.planning.suite_files import parse_cases
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport
from genai_runtime.evaluation.store import Store
from tests.local.conftest import ACCOUNTS, SETTINGS
from tests.local.target.deployment import allow, assume, deploy, role
from tests.synth.app import CHECKOUT

pytestmark = pytest.mark.local
GOVERNANCE, REGION = ACCOUNTS["data-governance"], "eu-west-1"
BUCKET = golden_bucket_name(GOVERNANCE, REGION)
SUITE = CHECKOUT / "catalog" / "evaluations" / "safety-baseline"
ANN, MAIL, PHONE = "Anna Schmidt", "anna.schmidt@contoso.com", "+49 30 901820"


@dataclass(frozen=True)
class LambdaContext:
    """What the handler's decorator reads."""

    function_name: str = "redact"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{GOVERNANCE}:function:redact"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Governance:
    """The deployed bucket, and the handler whose clients talk to the target."""

    target: Target
    store: Store
    handler: Any
    readers: dict[str, str]

    def publish(self, files: dict[str, bytes], name: str) -> str:
        """Upload a suite's files; its version."""
        version = layout.content_hash(files)
        for file, body in files.items():
            put(self.store, layout.golden("golden", name, version, file), body)
        return version

    def redact(self, suite: str, version: str) -> RedactionReport:
        return RedactionReport.model_validate(self.handler({"suite": suite, "version": version}, LambdaContext()))

    def reader(self, stage: str) -> Any:
        """S3 as a role of another account with every right that its own account can give."""
        return assume(self.target, self.readers[stage], "s3", account=ACCOUNTS[stage])


def template() -> dict[str, Any]:
    """The platform's own constructs, without the function: its handler runs in this process."""
    app = cdk.App()
    stack = cdk.Stack(app, "Golden", env=cdk.Environment(account=GOVERNANCE, region=REGION))
    GoldenDatasets(
        stack,
        "GoldenDatasets",
        readers={ACCOUNTS["dev"]: "redacted", ACCOUNTS["pre-prod"]: "golden", ACCOUNTS["prod"]: "golden"},
        organization_id=SETTINGS.organization_id,
        access_log_bucket="golden-access-logs",
    )
    key = PseudonymKey(stack, "Pseudonyms")
    guardrail = Guardrail(stack, "Guardrail", spec=redaction_guardrail(), key_arn=key.arn)
    for name, value in (("Key", key.id), ("Id", guardrail.guardrail_id), ("Version", guardrail.version)):
        cdk.CfnOutput(stack, f"Out{name}", value=value)
    made: dict[str, Any] = app.synth().get_stack_by_name("Golden").template
    return made


@pytest.fixture(scope="module")
def outputs(target: Target) -> dict[str, str]:
    target.client("s3", GOVERNANCE, REGION).create_bucket(
        Bucket="golden-access-logs", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    made = template()
    values = {name: each["Value"] for name, each in made["Outputs"].items()}
    stack = deploy(target, "golden", made["Resources"], outputs=values, account=GOVERNANCE)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    return stack.outputs


@pytest.fixture(scope="module")
def readers(target: Target) -> dict[str, str]:
    """Roles by stage."""
    reader = {"Reader": role(allow(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]), allow("kms:*"))}
    arn = {"Arn": {"Fn::GetAtt": ["Reader", "Arn"]}}
    return {
        stage: deploy(target, f"reads-{stage}", reader, outputs=arn, account=ACCOUNTS[stage]).outputs["Arn"]
        for stage in ("dev", "pre-prod", "prod", "shared")
    }


@pytest.fixture
def governance(
    target: Target,
    outputs: dict[str, str],
    readers: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Governance:
    variables = {
        **aws_environment(target.port, GOVERNANCE, REGION, tmp_path),
        "ENVIRONMENT": "data-governance", "BUCKET_NAME": BUCKET, "POWERTOOLS_SERVICE_NAME": "redact", "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation", "REDACTION_GUARDRAIL_ID": outputs["OutId"],
        "REDACTION_GUARDRAIL_VERSION": outputs["OutVersion"], "PSEUDONYM_KEY_ID": outputs["OutKey"],
    }  # fmt: skip
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    module = importlib.reload(importlib.import_module("genai_runtime.evaluation.handlers.redact"))
    return Governance(target, Store(target.client("s3", GOVERNANCE, REGION), BUCKET), module.handler, readers)


def suite(text: str = "") -> dict[str, bytes]:
    """A small suite with personal data."""
    cases = [
        {
            "id": f"case-{number}", "kind": "quality", "origin": "hand-written", "tags": {"language": language},
            "variables": {"question": question}, "reference": reference,
            "context": [{"id": "record", "text": f"Customer: Mrs {ANN}, {MAIL}, phone {PHONE}.{text}"}],
        }
        for number, (language, question, reference) in enumerate(
            [
                ("en", f"My name is {ANN}. Which number do you have of me?", f"It is {PHONE}."),
                ("de", f"Schreibe an {MAIL}.", f"An Frau {ANN}."),
                ("en", "How long does a claim take?", "Thirty days."),
            ]
        )
    ]  # fmt: skip
    return {
        "suite.yaml": b"name: customers\n",
        "dataset.jsonl": "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases).encode(),
    }


def test_dev_gets_a_copy_in_which_the_same_person_is_another_person(governance: Governance) -> None:
    version = governance.publish(suite(), "customers")
    report = governance.redact("customers", version)
    dev = Store(governance.reader("dev"), BUCKET)
    redacted = dev.load(layout.golden("redacted", "customers", version, FILE), RedactionReport).redacted_version or ""
    assert redacted == report.redacted_version != version
    files = {name: dev.read(layout.golden("redacted", "customers", redacted, name)) for name in suite()}
    assert layout.content_hash({name: body or b"" for name, body in files.items()}) == redacted
    body = files["dataset.jsonl"] or b""
    for value in (ANN, "Anna", "Schmidt", "schmidt", MAIL, PHONE):
        assert value.encode() not in body
    one, two, three = parse_cases(body)
    name = (two.reference or "").removeprefix("An Frau ").removesuffix(".")
    assert name in one.context[0].text
    assert name in (one.variables or {})["question"]
    assert name.split(" ")[-1].lower() in one.context[0].text.partition("@")[0].rpartition(" ")[2]
    assert three.reference == "Thirty days."
    assert {each.type for each in report.replaced} >= {"NAME", "EMAIL", "PHONE"}


def test_redacting_and_publishing_again_change_nothing(governance: Governance) -> None:
    version = governance.publish(suite(), "customers")
    first = governance.redact("customers", version)
    key = layout.golden("redacted", "customers", str(first.redacted_version), "dataset.jsonl")
    before = governance.store.read(key)
    assert governance.publish(suite(), "customers") == version
    assert governance.redact("customers", version) == first
    assert governance.store.read(key) == before


def test_a_person_keeps_the_new_name_in_the_next_version(governance: Governance) -> None:
    bodies = []
    for text in ("", " Changed."):
        version = governance.publish(suite(text), "customers")
        report = governance.redact("customers", version)
        key = layout.golden("redacted", "customers", str(report.redacted_version), "dataset.jsonl")
        bodies.append(governance.store.read(key) or b"")
    assert bodies[0] == bodies[1].replace(b" Changed.", b"")


def test_fails_to_publish_other_bytes_under_the_same_version(governance: Governance) -> None:
    version = governance.publish(suite(), "customers")
    with pytest.raises(EvaluationError, match="GF-EVAL-040"):
        put(governance.store, layout.golden("golden", "customers", version, "suite.yaml"), b"name: other\n")


def test_fails_to_read_golden_data_from_dev_and_gold_is_for_pre_prod_and_prod(governance: Governance) -> None:
    version = governance.publish(suite(), "customers")
    report = governance.redact("customers", version)
    golden = layout.golden("golden", "customers", version, "dataset.jsonl")
    redacted = layout.golden("redacted", "customers", str(report.redacted_version), "dataset.jsonl")
    for stage, may, may_not in (("dev", redacted, golden), ("pre-prod", golden, redacted), ("prod", golden, redacted)):
        reader = governance.reader(stage)
        assert reader.get_object(Bucket=BUCKET, Key=may)["Body"].read()
        assert [each["Key"] for each in reader.list_objects_v2(Bucket=BUCKET, Prefix=may)["Contents"]] == [may]
        with pytest.raises(ClientError) as error:
            reader.get_object(Bucket=BUCKET, Key=may_not)
        assert error.value.response["Error"]["Code"] == "AccessDenied", stage
        with pytest.raises(ClientError):
            reader.put_object(Bucket=BUCKET, Key=may, Body=b"changed")


def test_fails_to_read_anything_from_an_account_that_is_no_reader(governance: Governance) -> None:
    version = governance.publish(suite(), "customers")
    with pytest.raises(ClientError) as error:
        governance.reader("shared").get_object(
            Bucket=BUCKET, Key=layout.golden("golden", "customers", version, "suite.yaml")
        )
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_a_shipped_suite_is_redacted_and_stays_a_valid_dataset(governance: Governance) -> None:
    loaded = load_suite(SUITE)
    version = governance.publish(loaded.files, loaded.suite.name)
    assert version == loaded.version
    report = governance.redact(loaded.suite.name, version)
    assert (report.cases, report.refused) == (len(loaded.cases), ())
    key = layout.golden("redacted", loaded.suite.name, str(report.redacted_version), "dataset.jsonl")
    cases = parse_cases(governance.store.read(key) or b"")
    assert [case.id for case in cases] == [case.id for case in loaded.cases]
    for before, after in zip(loaded.cases, cases, strict=True):
        if before.tags["topic"] == "pii-extraction":
            assert after.expect.forbidden != before.expect.forbidden
            assert after.expect.forbidden[0] in " ".join(passage.text for passage in after.context)
