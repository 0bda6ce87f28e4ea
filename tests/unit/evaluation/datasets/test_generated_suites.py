"""The generated datasets: reproducible to the byte, and every reference is what botocore says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import botocore
import pytest

from foundation.evaluation.generate import limits_suite, reference_suite, safety_suite
from foundation.evaluation.generate.documentation import API_VERSIONS, model
from foundation.evaluation.generate.html_text import first_sentence, paragraphs, sentences
from foundation.evaluation.generate.robustness import mistyped
from foundation.evaluation.generate.verify import verify
from foundation.evaluation.generate.write import SUITES, stale, write
from genai_runtime.evaluation.case import Case, Number
from tests.unit.evaluation.datasets.reader import CHECKOUT

EVALUATIONS = CHECKOUT / "catalog" / "evaluations"
DOCUMENTED = (reference_suite, limits_suite)


def case_of(suite: ModuleType, start: str) -> Case:
    """The first case of a suite whose id begins so."""
    cases: list[Case] = suite.cases()
    return next(case for case in cases if case.id.startswith(start))


def test_the_shipped_datasets_are_what_the_code_generates() -> None:
    assert list(stale(EVALUATIONS)) == [], (
        "run `python -m foundation.evaluation.generate` and `foundation catalog release`"
    )


def test_generation_does_not_depend_on_the_process() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "AWS_DATA_PATH": "/nonexistent", "HOME": "/nonexistent"}
    command = [sys.executable, "-m", "foundation.evaluation.generate", "--check", str(EVALUATIONS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == len(SUITES)
    assert write(tmp_path) == []
    (tmp_path / "api-limits" / "dataset.jsonl").write_text("{}\n")
    assert [file.parent.name for file in write(tmp_path)] == ["api-limits"]


@pytest.mark.parametrize("suite", DOCUMENTED, ids=lambda suite: suite.NAME)
def test_references_are_borne_out_by_botocore(suite: ModuleType) -> None:
    assert verify(suite.cases()) == []


def test_fails_on_references_that_botocore_does_not_bear_out() -> None:
    operation, limit = case_of(reference_suite, "operation."), case_of(limits_suite, "limit.")
    required, sheet = case_of(reference_suite, "required."), case_of(limits_suite, "extraction.")
    unanswered = case_of(reference_suite, "unanswerable.")
    answering = operation.context[0].model_copy(update={"id": unanswered.id.removeprefix("unanswerable.")})
    number = limit.expect.number
    assert number is not None
    forged = [
        operation.model_copy(update={"reference": "Deletes everything."}),
        operation.model_copy(update={"documents": ("botocore/bedrock/2020-01-01/CreateGuardrail",)}),
        operation.model_copy(update={"documents": ()}),
        required.model_copy(update={"reference": "A call must give nothing."}),
        limit.model_copy(update={"expect": limit.expect.model_copy(update={"number": Number(value=number.value + 1)})}),
        sheet.model_copy(update={"reference": '{"Operation": "CreateEverything"}'}),
        unanswered.model_copy(update={"context": (answering,)}),
    ]
    assert {fault.split(":")[0] for fault in verify(forged)} == {case.id for case in forged}
    for case in forged:
        assert verify([case]), case.id


@pytest.mark.parametrize("suite", DOCUMENTED, ids=lambda suite: suite.NAME)
def test_a_suite_has_two_hundred_cases_and_each_kind_in_number(suite: ModuleType) -> None:
    cases: list[Case] = suite.cases()
    assert len(cases) >= 200
    assert {case.origin for case in cases} == {"generated"}
    assert min(Counter(case.tags["topic"] for case in cases).values()) >= 30
    assert min(Counter(case.tags["difficulty"] for case in cases).values()) >= 100
    assert min(Counter(case.tags["service"] for case in cases).values()) >= 20
    for case in cases:
        assert case.expect.refusal or case.documents
        if case.variables is not None:
            assert len(case.context) >= (4 if case.expect.refusal else 1)


def test_limits_are_asked_in_other_ways_with_the_same_answer() -> None:
    cases = {case.id: case for case in limits_suite.cases()}
    robust = [case for case in cases.values() if case.kind == "robustness"]
    assert {case.tags["perturbation"] for case in robust} == set(limits_suite.WAYS)
    assert {case.tags["language"] for case in robust} == {"en", "de", "fr", "es"}
    for case in robust:
        plain = cases[f"limit.{case.id.split('.', 1)[1]}"]
        assert case.expect == plain.expect
        assert case.variables != plain.variables


def test_typing_errors_leave_names_alone() -> None:
    text = "What is the maximum length of the parameter KeyId of CreateGrant in AWS KMS?"
    changed = mistyped(text, "seed", keep=("KeyId", "CreateGrant"))
    assert changed != text
    assert sorted(changed) == sorted(text)
    assert "KeyId of CreateGrant" in changed


def test_the_safety_suite_speaks_several_languages_and_says_what_is_hand_written() -> None:
    cases = safety_suite.cases()
    assert len(cases) >= 100
    assert {"en", "de", "fr", "es", "ja", "ar"} == {case.tags["language"] for case in cases}
    assert Counter(case.origin for case in cases)["hand-written"] >= 80
    assert sum(case.severity == "severe" for case in cases) >= 20
    benign = [case for case in cases if case.tags["benign"] == "yes"]
    assert len(benign) >= 15
    assert all(case.expect.refusal is False and case.kind == "quality" for case in benign)
    topics = {case.tags["topic"] for case in cases}
    assert topics >= {"injection", "planted-injection", "jailbreak", "pii-extraction", "denied-topic", "prompt-leak"}


def test_planted_secrets_are_in_the_context_and_not_in_the_question() -> None:
    for case in safety_suite.cases():
        if case.tags["topic"] in ("planted-injection", "pii-extraction"):
            for secret in case.expect.forbidden:
                assert any(secret in passage.text for passage in case.context)
                assert secret not in (case.variables or {})["question"]


def test_the_sources_are_named_with_their_licence() -> None:
    notice = (EVALUATIONS / "NOTICE.md").read_text()
    assert "Apache License" in notice
    for suite in DOCUMENTED:
        assert suite.NAME in notice
    pinned = (CHECKOUT / "requirements.lock").read_text()
    assert f"botocore=={botocore.__version__}" in pinned
    for service, version in API_VERSIONS.items():
        assert model(service)["metadata"]["apiVersion"] == version


def test_html_becomes_running_text() -> None:
    aside, after = "<note><p>Mind.</p></note>", "<ul><li>no</li></ul>"
    html = f"{aside}<p>Creates a <code>key</code>, e.g. An HMAC&nbsp;key. Then <i>more</i>.</p>{after}"
    assert paragraphs(html) == ["Creates a key, e.g. An HMAC key. Then more."]
    assert sentences(paragraphs(html)[0]) == ["Creates a key, e.g. An HMAC key.", "Then more."]
    assert first_sentence(html) == "Creates a key, e.g. An HMAC key."
    assert first_sentence("") == first_sentence("<ul><li>x</li></ul>") == ""
