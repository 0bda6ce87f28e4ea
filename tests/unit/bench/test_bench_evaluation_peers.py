"""The 500 cases that all sections on evaluation share, and what the peers are given and must find."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from foundation.bench.errors import BenchError, LeftOut
from foundation.bench.evaluation import peers
from foundation.bench.evaluation.adaptive import Counted, ask_all
from foundation.bench.evaluation.peer_input import write_input
from foundation.bench.evaluation.peer_work import main
from foundation.bench.evaluation.scoring import read
from foundation.bench.evaluation.scoring_work import main as score
from foundation.bench.evaluation.suite import CASES, MODEL, STAGE, Project, canned_answers, write_project
from foundation.bench.run import LEFT_OUT, Bench, Runs, run_section
from foundation.bench.usage import ProcessTree, Usage
from foundation.evaluation.check import check_suite
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.records import Response
from stacks.settings import Settings, load_settings


@pytest.fixture(scope="module")
def project(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_project(settings, tmp_path_factory.mktemp("bench") / "project", 200)


@pytest.fixture(scope="module")
def given(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "input"
    write_input(project.load(), folder)
    return folder


def test_the_suite_has_500_cases_and_no_fault(project: Project) -> None:
    found = load_settings(project.config)
    assert len(project.load().cases) == CASES
    assert not [each for each in check_suite(project.suite, found) if each.blocking]
    assert found.quota(STAGE, MODEL).requests_per_minute == 200


def test_a_model_without_a_quota_has_none(settings: Settings, tmp_path: Path) -> None:
    made = write_project(settings, tmp_path / "project", None)
    assert load_settings(made.config).quota(STAGE, MODEL).requests_per_minute is None


def test_canned_answers_are_the_same_every_time_and_partly_right(project: Project) -> None:
    cases = project.load().cases
    answers = canned_answers(cases)
    exact = sum(answers[case.id] == case.right_answers[0] for case in cases)
    assert answers == canned_answers(cases)
    assert CASES / 4 < exact < CASES * 3 / 4
    assert all(answers.values())


def test_our_sides_find_the_same(given: Path, tmp_path: Path) -> None:
    found = []
    for side in ("scoring", "plain"):
        main(side, given, given / "canned.jsonl", tmp_path / side)
        found.append(json.loads((tmp_path / side).read_text(encoding="utf-8")))
    peers.check("scoring", (found[0]["cases"], found[0]["exact"]), given / "canned.jsonl")
    assert found[0] == found[1]
    assert list((given / "runs").glob("runs/bench/scores/canned/*.json")), "the step has written its scores"


def test_scoring_equals_its_libraries(given: Path, tmp_path: Path) -> None:
    score(given / "canned.jsonl", 1, tmp_path / "answer.json")
    found = read(tmp_path / "answer.json")
    assert (len(found.ours), len(found.libraries)) == (1, 1)
    assert found.difference < 1e-9


def test_fails_on_a_peer_that_counts_otherwise(given: Path) -> None:
    with pytest.raises(BenchError, match="GF-BENCH-030: deepeval evaluated 451 cases"):
        peers.check("deepeval", (451, 200), given / "canned.jsonl")


def test_promptfoo_is_counted_by_its_first_assertion(given: Path, tmp_path: Path) -> None:
    answer = tmp_path / "promptfoo.json"
    results = [{"gradingResult": {"componentResults": [{"pass": right}, {"pass": True}]}} for right in (True, False)]
    answer.write_text(json.dumps({"results": {"results": results}}), encoding="utf-8")
    assert peers.counts(peers.Side("promptfoo", [], answer, {})) == (2, 1)
    tests = json.loads((given / "promptfoo.json").read_text(encoding="utf-8"))["tests"]
    assert len(tests) == CASES
    assert {test["assert"][0]["type"] for test in tests} == {"equals"}


def test_a_missing_answer_counts_nothing(tmp_path: Path) -> None:
    assert peers.counts(peers.Side("deepeval", [], tmp_path / "none.json", {})) == (0, 0)


def test_ratios_are_of_the_scoring_step_to_each_peer() -> None:
    made = {name: [Usage(2.0, wall, 100.0)] for name, wall in
            (("scoring", 2.0), ("plain", 1.6), ("promptfoo", 4.0), ("deepeval", 8.0))}  # fmt: skip
    found = {figure.key: figure for figure in peers.figures(made)}
    assert found["evaluation-peers.wall.promptfoo"].median == 0.5
    assert found["evaluation-peers.wall.promptfoo"].met is True
    assert found["evaluation-peers.wall.plain"].median == 1.25


def test_the_lock_files_name_no_registry_and_are_whole() -> None:
    lock = json.loads((peers.SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    manifest = json.loads((peers.SOURCE / "package.json").read_text(encoding="utf-8"))
    wanted = (peers.SOURCE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    locked = (peers.SOURCE / "requirements.lock").read_text(encoding="utf-8")
    assert lock["packages"][""]["dependencies"] == manifest["dependencies"]
    assert not any("resolved" in each for each in lock["packages"].values())
    assert all(line in locked for line in wanted if not line.startswith("#"))


def test_a_section_whose_peers_cannot_be_installed_is_left_out(settings: Settings, tmp_path: Path) -> None:
    def without(_bench: Bench) -> Any:
        raise LeftOut("the peers can't be installed (npm ci): no network")

    section = run_section("peers", without, Bench(settings, tmp_path, Runs.of(True), True, lambda _said: None))
    assert (section.state, section.error) == (LEFT_OUT, "the peers can't be installed (npm ci): no network")


class Throttling:
    """A target that throttles some cases for good."""

    def ask(self, case: Case) -> Response:
        if case.id.endswith("0"):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "ConverseStream")
        return Response(case=case.id, candidate="c", answer="yes")


def test_only_answered_cases_count_in_adaptive_mode() -> None:
    cases = [Case(id=f"c-{number}", kind="quality", prompt="?", origin="generated") for number in range(20)]
    assert ask_all(Throttling(), cases)[0] == 18


def test_attempts_are_counted_with_those_that_were_throttled() -> None:
    counted = Counted()
    for code in ("ThrottlingException", "ValidationException", None):
        counted(parsed_response={"Error": {"Code": code}} if code else {})
    assert (counted.attempts, counted.throttled) == (3, 1)


def test_a_tree_counts_what_its_processes_spent() -> None:
    child = subprocess.Popen([sys.executable, "-c", "sum(range(3_000_000)); input()"], stdin=subprocess.PIPE)
    try:
        tree = ProcessTree(os.getpid())
        assert tree.cpu() >= ProcessTree(child.pid).cpu() >= 0
    finally:
        child.communicate(b"\n")
