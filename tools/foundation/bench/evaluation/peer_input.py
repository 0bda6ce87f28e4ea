"""Input of the section evaluation-peers: the same 500 cases as canned lines, as a run in a folder, and for promptfoo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import yaml

from foundation.bench.evaluation.peer_work import RUN
from foundation.bench.evaluation.suite import MODEL, SUITE, canned_answers, read_canned, write_canned
from foundation.evaluation.suites import LoadedSuite
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.planning.batches import batches_of, json_lines
from genai_runtime.evaluation.records import Response
from genai_runtime.evaluation.run import Candidate, PromptText, RunRequest

METRICS: Final = (
    {"name": "exact-match", "gating": True, "threshold": 0.5},
    {"name": "rouge-1", "threshold": 0.5, "pass_at": 0.3},
    {"name": "bleu", "threshold": 0.5, "pass_at": 0.1},
)
"""What all peers can compute without a model."""
CANDIDATE: Final = "canned"


def write_input(suite: LoadedSuite, folder: Path) -> Path:
    """Everything that the peers read; returns the canned lines."""
    canned = folder / "canned.jsonl"
    write_canned(suite.cases, canned)
    write_run(suite, folder / "runs")
    tests = [_test(line) for line in read_canned(canned)]
    config = {"prompts": ["{{question}}"], "providers": ["file://provider.mjs"], "tests": tests}
    (folder / "promptfoo.json").write_text(json.dumps(config), encoding="utf-8")
    return canned


def write_run(suite: LoadedSuite, bucket: Path) -> None:
    """A run whose answers are all there, as the scoring step finds it in the bucket."""
    candidate = Candidate(
        name=CANDIDATE,
        prompt=PromptText(name=CANDIDATE, version=1, template="{{question}}", max_tokens=1),
        model=MODEL,
        model_id=MODEL,
    )
    request = RunRequest(run=RUN, suite=suite.suite.name, version=suite.version, candidates=(candidate,))
    batches = batches_of(RUN, 1, [case.id for case in suite.cases], [candidate], judge=False)
    bodies = {
        layout.request(RUN): request.model_dump_json().encode(),
        layout.suite(RUN, layout.SUITE_FILE): yaml.safe_dump({**SUITE, "metrics": list(METRICS)}).encode(),
        layout.suite(RUN, layout.DATASET_FILE): suite.files[layout.DATASET_FILE],
        layout.batches(RUN, 1): json_lines(batches),
    }
    for case, answer in canned_answers(suite.cases).items():
        response = Response(case=case, candidate=CANDIDATE, answer=answer)
        bodies[layout.response(RUN, CANDIDATE, case)] = response.model_dump_json().encode()
    for key, body in bodies.items():
        (bucket / key).parent.mkdir(parents=True, exist_ok=True)
        (bucket / key).write_bytes(body)


def _test(line: dict[str, str]) -> dict[str, Any]:
    right = line["reference"]
    asserted = [
        {"type": "equals", "value": right},
        {"type": "rouge-n", "value": right, "threshold": 0.3},
        {"type": "bleu", "value": right, "threshold": 0.1},
    ]
    return {"vars": {"id": line["id"], "question": line["question"]}, "assert": asserted}
