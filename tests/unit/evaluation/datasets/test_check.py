"""A suite's folder, checked: everything that is wrong is told at once, with file, line, key and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from foundation.evaluation.check import Problem, check_suite, is_released
from foundation.evaluation.suites import load_suite
from genai_foundation.catalog import ConfigErrors
from genai_runtime.evaluation.layout import content_hash
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from stacks.settings import Settings, load_settings
from tests.unit.evaluation.datasets.reader import CHECKOUT

EVALUATIONS = CHECKOUT / "catalog" / "evaluations"
BROKEN = CHECKOUT / "tests" / "data" / "evaluation" / "broken-suite"
SHIPPED = ("api-limits", "bedrock-api-reference", "safety-baseline")


def found(problems: list[Problem]) -> set[tuple[str, str, int, str]]:
    return {(p.error.code, p.error.file.name, p.error.line, p.error.key) for p in problems}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small, valid suite that tests break."""
    target = tmp_path / "small"
    target.mkdir()
    (target / "suite.yaml").write_text(
        "name: small\ndescription: Small.\nprompt: {name: api-answer, version: 1}\n"
        'models: ["amazon.nova-lite-v1:0"]\nminimum_cases: 10\n'
        "metrics:\n  - {name: exact-match, gating: true, threshold: 0.5, strata: [language]}\n"
    )
    cases: list[dict[str, object]] = [
        {
            "id": f"case-{number}",
            "kind": "quality",
            "variables": {"question": f"How many are {number} and {number}?"},
            "context": [{"id": "sums", "text": "A sum is what two numbers make together."}],
            "reference": f"{2 * number} it is",
            "tags": {"language": "en"},
            "origin": "generated",
        }
        for number in range(1, 12)
    ]
    write(target, cases)
    return target


def write(folder: Path, cases: list[dict[str, object]]) -> None:
    (folder / "dataset.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))


def read(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "dataset.jsonl").read_text().splitlines()]


def test_fails_with_every_fault_of_a_broken_suite_in_one_list(settings: Settings) -> None:
    problems = check_suite(BROKEN, settings)
    data, suite = "dataset.jsonl", "suite.yaml"
    assert found(problems) == {
        ("GF-EVAL-002", suite, 2, "name"),
        ("GF-EVAL-017", suite, 4, "prompt"),
        ("GF-EVAL-018", suite, 5, "models[0]"),
        ("GF-EVAL-019", suite, 6, "guardrail"),
        ("GF-EVAL-011", suite, 8, "metrics[0].strata"),
        ("GF-EVAL-012", suite, 9, "metrics[1].name"),
        ("GF-EVAL-013", suite, 10, "metrics[2].options.stemming"),
        ("GF-EVAL-014", suite, 11, "metrics[3]"),
        ("GF-EVAL-014", suite, 12, "metrics[4]"),
        ("GF-EVAL-004", suite, 13, "minimum_cases"),
        ("GF-EVAL-003", data, 2, ""),
        ("GF-EVAL-003", data, 3, ""),
        ("GF-CFG-010", data, 4, "kind"),
        ("GF-CFG-010", data, 4, "origin"),
        ("GF-CFG-011", data, 5, "refernce"),
        ("GF-CFG-013", data, 6, "kind"),
        ("GF-CFG-013", data, 7, "id"),
        ("GF-CFG-013", data, 8, ""),
        ("GF-EVAL-003", data, 9, ""),
        ("GF-EVAL-005", data, 10, "id"),
        ("GF-EVAL-006", data, 11, "variables"),
        ("GF-EVAL-007", data, 12, "reference"),
        ("GF-EVAL-010", data, 13, "tags.language"),
        ("GF-EVAL-008", data, 14, "context"),
        ("GF-EVAL-008", data, 14, "expect.citations"),
        ("GF-EVAL-009", data, 15, "expect.pattern"),
        ("GF-EVAL-022", data, 16, ""),
        ("GF-EVAL-003", data, 17, ""),
    }
    assert {p.error.code for p in problems if not p.blocking} == {"GF-EVAL-022"}
    text = "\n".join(map(str, problems))
    assert 'did you mean "reference"?' in text
    assert "contoso" not in text
    assert "4111" not in text


def test_every_message_says_what_to_do(settings: Settings) -> None:
    for problem in check_suite(BROKEN, settings):
        assert ":" in problem.error.message or ";" in problem.error.message, problem


def test_fails_to_load_a_broken_suite_with_all_faults_of_its_files() -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_suite(BROKEN)
    assert len(caught.value.errors) >= 9


def test_fails_without_files(tmp_path: Path) -> None:
    problems = check_suite(tmp_path / "nothing")
    assert [(p.error.code, p.error.file.name) for p in problems] == [
        ("GF-EVAL-001", "dataset.jsonl"),
        ("GF-EVAL-001", "suite.yaml"),
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_suites_are_valid_and_released(name: str, settings: Settings) -> None:
    assert [str(p) for p in check_suite(EVALUATIONS / name, settings) if p.blocking] == []
    assert is_released(EVALUATIONS / name, CHECKOUT / "catalog"), "run `foundation catalog release`"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_loaded_suite_is_what_plan_reads(name: str) -> None:
    loaded = load_suite(EVALUATIONS / name)
    assert loaded.version == content_hash(loaded.files)
    assert loaded.suite == parse_suite(loaded.files["suite.yaml"])
    assert loaded.cases == parse_cases(loaded.files["dataset.jsonl"])


def test_a_valid_suite_has_no_problems(folder: Path, settings: Settings) -> None:
    assert check_suite(folder, settings) == []


def test_any_changed_byte_is_another_version(folder: Path) -> None:
    before = load_suite(folder).version
    (folder / "suite.yaml").write_text((folder / "suite.yaml").read_text() + "\n")
    assert load_suite(folder).version != before


def test_fails_when_a_case_does_not_fill_the_prompt(folder: Path, settings: Settings) -> None:
    cases = read(folder)
    cases[0]["variables"] = {"query": "How many?"}
    cases[1]["variables"] = {"question": "x" * 1001}
    write(folder, cases)
    assert {(p.error.code, p.error.line) for p in check_suite(folder, settings)} == {
        ("GF-EVAL-020", 1),
        ("GF-EVAL-021", 2),
    }


def test_fails_on_a_judge_without_labels_and_on_labels_without_a_judge(folder: Path) -> None:
    text = (folder / "suite.yaml").read_text()
    judge = "judge:\n  model: amazon.nova-pro-v1:0\n  rubric: {question: Right?, levels: {0: no, 1: yes}}\n"
    (folder / "suite.yaml").write_text(text + judge)
    assert {p.error.code for p in check_suite(folder) if p.blocking} == {"GF-EVAL-015"}
    (folder / "suite.yaml").write_text(text)
    (folder / "calibration.jsonl").write_text("{}\n")
    assert {p.error.code for p in check_suite(folder)} == {"GF-EVAL-016"}


RUBRIC = "rubric: {question: Right?, levels: {0: no, 1: yes}}"
JUDGE = f"judge: {{model: amazon.nova-pro-v1:0, {RUBRIC}, pairwise: true}}\n"


def test_fails_with_every_bad_line_of_the_calibration(folder: Path) -> None:
    text = (folder / "suite.yaml").read_text()
    (folder / "suite.yaml").write_text(
        text + "  - {name: judge, threshold: 0.5}\n  - {name: judge-preference, threshold: 0.5}\n" + JUDGE
    )
    good = {"id": "one", "question": "?", "answer": "A", "labels": [1]}
    lines = [good, {**good, "id": "two", "labels": [7]}, good, {"id": "three"}]
    (folder / "calibration.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "no JSON\n")
    problems = check_suite(folder)
    assert found(problems) == {
        ("GF-EVAL-023", "calibration.jsonl", 2, "labels"),
        ("GF-EVAL-023", "calibration.jsonl", 3, "id"),
        *(("GF-EVAL-023", "calibration.jsonl", 4, key) for key in ("question", "answer", "labels")),
        ("GF-EVAL-023", "calibration.jsonl", 5, "line"),
    }
    assert all(problem.blocking for problem in problems)


def test_work_of_a_judge_or_of_reviewers_without_a_metric_is_noted(folder: Path) -> None:
    text = (folder / "suite.yaml").read_text()
    review = f"review: {{{RUBRIC}, reviewers: [ann], cases: 5}}\n"
    (folder / "suite.yaml").write_text(text + JUDGE + review)
    (folder / "calibration.jsonl").write_text('{"id": "one", "question": "?", "answer": "A", "labels": [1]}\n')
    problems = check_suite(folder)
    assert {(p.error.code, p.error.key) for p in problems} == {
        ("GF-EVAL-024", "judge"), ("GF-EVAL-024", "judge.pairwise"), ("GF-EVAL-024", "review"),
    }  # fmt: skip
    assert not any(problem.blocking for problem in problems)
    assert str(problems[0]).startswith("note: ")


def test_a_preference_without_pairs_is_noted(folder: Path) -> None:
    text = (folder / "suite.yaml").read_text() + "  - {name: judge-preference, threshold: 0.5}\n"
    (folder / "suite.yaml").write_text(text + JUDGE.replace("true", "false"))
    (folder / "calibration.jsonl").write_text('{"id": "one", "question": "?", "answer": "A", "labels": [1]}\n')
    assert [(p.error.code, p.blocking) for p in check_suite(folder)] == [("GF-EVAL-025", False)]


def test_a_suite_of_the_catalog_that_is_not_released_is_noted(tmp_path: Path) -> None:
    for name in ("config", "catalog"):
        shutil.copytree(CHECKOUT / name, tmp_path / name)
    settings, suite = load_settings(tmp_path / "config"), tmp_path / "catalog" / "evaluations" / "api-limits"
    assert check_suite(suite, settings) == []
    (suite / "suite.yaml").write_text((suite / "suite.yaml").read_text() + "# changed\n")
    assert [(p.error.code, p.blocking) for p in check_suite(suite, settings)] == [("GF-EVAL-026", False)]


def test_a_robustness_case_may_differ_in_case_only(folder: Path) -> None:
    cases = read(folder)
    loud = {**cases[0], "id": "loud", "kind": "robustness", "variables": {"question": "HOW MANY ARE 1 AND 1?"}}
    write(folder, [*cases, loud])
    assert check_suite(folder) == []


def test_a_refusal_and_a_short_label_leak_nothing(folder: Path) -> None:
    cases = read(folder)
    cases[0] |= {"reference": "yes", "variables": {"question": "Answer yes or no: is 1 odd?"}}
    cases[1] |= {
        "reference": "I can't say.",
        "expect": {"refusal": True},
        "variables": {"question": "Say: I can't say."},
    }
    write(folder, cases)
    assert check_suite(folder) == []


def test_an_answer_inside_the_context_of_a_prompt_is_no_leak(folder: Path) -> None:
    cases = read(folder)
    passage = {"id": "doc", "text": "The deadline is the 4th of May."}
    cases[0] |= {"variables": None, "prompt": f"{passage['text']} When is the deadline?", "context": [passage]}
    cases[0]["reference"] = "the 4th of May"
    write(folder, cases)
    assert check_suite(folder) == []


def test_made_up_addresses_are_no_personal_data(folder: Path) -> None:
    cases = read(folder)
    cases[0]["variables"] = {"question": "May I write to ann@example.com or ann@mail.example.org?"}
    write(folder, cases)
    assert check_suite(folder) == []


def test_is_released_knows_the_exact_bytes(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(CHECKOUT / "catalog", catalog)
    suite = catalog / "evaluations" / "api-limits"
    assert is_released(suite, catalog)
    (suite / "suite.yaml").write_text((suite / "suite.yaml").read_text() + "# changed\n")
    assert not is_released(suite, catalog)
