"""suite.yaml and dataset.jsonl, read strictly."""

import json
from pathlib import Path
from typing import Any

import pytest

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.planning.errors import PlanFailed
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite

SUITE = """
name: answers
description: Grounded answers.
prompt: {name: grounded-answer, version: 1}
models: ["amazon.nova-lite-v1:0"]
metrics:
  - {name: token-f1, gating: true, threshold: 0.8, strata: [language]}
"""
CASE: dict[str, Any] = {"id": "a-1", "kind": "quality", "prompt": "Why?", "origin": "hand-written"}


def lines(*cases: object) -> bytes:
    return "".join(json.dumps(case) + "\n" for case in cases).encode()


def test_reads_a_suite() -> None:
    suite = parse_suite(SUITE.encode())
    assert (suite.name, suite.metrics[0].strata, suite.sampling.mode) == ("answers", ("language",), "fixed")


def test_reads_cases_in_their_order_with_or_without_the_last_line_feed() -> None:
    second = CASE | {"id": "a-0", "prompt": "Ünïcode \u2028 stays one line"}
    body = lines(CASE, second).replace(b"\\u2028", "\u2028".encode())
    for each in (body, body.removesuffix(b"\n")):
        assert parse_cases(each) == (Case.model_validate(CASE), Case.model_validate(second))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("name: answers", "name: answers\nnmae: x"), "suite.yaml: nmae: Extra inputs"),
        (("threshold: 0.8", "threshold: 8"), "suite.yaml: metrics.0.threshold"),
        (("gating: true", "gating: false"), "suite.yaml: the record: .*nothing could be decided"),
        (("description:", "name: other\ndescription:"), "suite.yaml:3: is not YAML: 'name' is there twice"),
        (("name: answers", "name: [answers"), r"suite.yaml:\d: is not YAML"),
        (("name: answers", "name: !!python/object:os.system {}"), "is not YAML: could not determine a constructor"),
    ],
)
def test_fails_for_a_broken_suite(change: tuple[str, str], message: str) -> None:
    with pytest.raises(PlanFailed, match=message) as caught:
        parse_suite(SUITE.replace(*change).encode())
    assert caught.value.code == "GF-EVAL-100"


@pytest.mark.parametrize("body", [b"", b"- 1", b"\xff\xfe\x00"])
def test_fails_for_a_suite_that_is_no_mapping(body: bytes) -> None:
    with pytest.raises(PlanFailed, match=r"GF-EVAL-100: suite.yaml has 1 problem"):
        parse_suite(body)


def test_fails_with_every_bad_line_and_its_reason() -> None:
    body = lines(CASE, CASE | {"id": "b", "kind": "fast"}) + b"{]\n\n" + lines(CASE, CASE | {"id": "c", "prompt": None})
    body += b'{"id": "d", "id": "e"}\n\xff\n[1]\n{"id": NaN}\n{"id": "f", "prompt": "\\ud800"}\n'
    with pytest.raises(PlanFailed) as caught:
        parse_cases(body)
    told = caught.value.message
    for expected in (
        "dataset.jsonl:2: kind: ", "dataset.jsonl:3: is not a JSON object", "dataset.jsonl:4: is not a JSON object",
        "dataset.jsonl:5: id: a-1 is on line 1 already", "dataset.jsonl:6: the record: Value error, give either",
        "dataset.jsonl:7: is not a JSON object: id is there twice", "dataset.jsonl:8: is not a JSON object",
        "dataset.jsonl:9: the record", "dataset.jsonl:10: is not a JSON object: NaN", "dataset.jsonl:11: is not a JSON object",
    ):  # fmt: skip
        assert expected in told
    assert "dataset.jsonl:1:" not in told


def test_fails_shortly_for_thousands_of_bad_lines() -> None:
    with pytest.raises(PlanFailed, match=r"has 3000 problem.*\n(.*\n){50}and 2950 more$"):
        parse_cases(b"{]\n" * 3000)


def test_fails_for_an_empty_dataset() -> None:
    with pytest.raises(PlanFailed, match=r"dataset\.jsonl:1"):
        parse_cases(b"")


def test_reads_the_shipped_suites() -> None:
    for folder in sorted((Path(__file__).parents[4] / "catalog/evaluations").glob("*/")):
        parse_suite((folder / "suite.yaml").read_bytes())
        assert parse_cases((folder / "dataset.jsonl").read_bytes())
