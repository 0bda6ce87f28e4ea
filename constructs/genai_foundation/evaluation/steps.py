"""What each function of the pipeline is made of: time, memory, layer, and the objects that it reads and writes.

Patterns of keys in the bucket of runs; genai_runtime/evaluation/layout.py names the objects.
"""

from dataclasses import dataclass
from typing import Final, Literal


def _in_runs(*names: str) -> tuple[str, ...]:
    return tuple(f"runs/*/{name}" for name in names)


RUN = _in_runs("run.json", "suite/*")
RESULTS = _in_runs("looks/*", "responses/*", "scores/*", "judgements/*", "reviews/*", "calibration.json", "gate/*")
COUNTS = _in_runs("judge-counts/*")
FORMS = _in_runs("forms/*")
VOTES = _in_runs("judgements/*", "judge-counts/*", "votes/*", "calibration/*", "calibration.json")
REPORT = _in_runs("result.json", "result.html", "junit.xml", "comment.md", "failed-cases.jsonl")
RESPONSES, SCORES, JUDGEMENTS, LOOKS, JOBS, GATE, REVIEWS = (
    _in_runs(f"{name}/*") for name in ("responses", "scores", "judgements", "looks", "jobs", "gate", "reviews")
)
OWN_RESPONSES = ("own-responses/*",)


@dataclass(frozen=True)
class Step:
    """One handler.

    :param handler: module below genai_runtime.evaluation.handlers
    :param minutes: longest run. Lambda's limit is 15; steps that call models use all of it and are repeated
    :param memory_mib: from 1,769 on a whole processor (AWS Lambda Developer Guide, "Configure Lambda function memory")
    :param layer: dependencies
    :param per_batch: runs for several batches at once
    :param reads: patterns of keys
    :param writes: patterns of keys
    """

    handler: str
    description: str
    minutes: int
    memory_mib: int
    layer: Literal["base", "scoring", "statistics", "publishing"]
    per_batch: bool
    reads: tuple[str, ...]
    writes: tuple[str, ...]


# Threads that wait for models need little processor; metrics, resamples and plots are all processor.
STEPS: Final[dict[str, Step]] = {
    "Plan": Step(
        "plan", "Plans a run: its suite's bytes, sample and batches", 5, 1024, "base", False,
        (*RUN, *OWN_RESPONSES), _in_runs("suite/*", "looks/*"),
    ),
    "Invoke": Step(
        "invoke", "Asks a candidate the cases of a batch, within the model's quota", 15, 1024, "base", True,
        (*RUN, *RESPONSES, *OWN_RESPONSES), RESPONSES,
    ),
    "Score": Step(
        "score", "Scores the answers of a batch", 15, 2048, "scoring", True,
        (*RUN, *RESPONSES), SCORES,
    ),
    "Judge": Step(
        "judge", "Lets a model judge the answers of a batch", 15, 1024, "base", True,
        (*RUN, *LOOKS, *RESPONSES, *VOTES), VOTES,
    ),
    "JobCreate": Step(
        "job_create", "Starts the managed evaluation jobs of a look", 15, 1024, "base", False,
        (*RUN, *LOOKS, *RESPONSES, *JOBS), JOBS,
    ),
    "JobPoll": Step(
        "job_poll", "Asks how managed evaluation jobs are doing", 5, 512, "base", False,
        JOBS, (),
    ),
    "JobCollect": Step(
        "job_collect", "Turns the results of managed evaluation jobs into scores", 15, 2048, "base", False,
        (*RUN, *LOOKS, *RESPONSES, *JOBS), (*JUDGEMENTS, *REVIEWS),
    ),
    "ReviewPlan": Step(
        "review_plan", "Makes the forms that people review answers with", 5, 1024, "base", False,
        (*RUN, *RESULTS, *FORMS), (*FORMS, *REVIEWS),
    ),
    "ReviewRequest": Step(
        "review_request", "Keeps a form's task token and tells its reviewer", 1, 512, "base", False,
        (*RUN, *FORMS), FORMS,
    ),
    "ReviewSubmit": Step(
        "review_submit", "Takes a reviewer's answers", 1, 512, "base", False,
        (*RUN, *FORMS), (*FORMS, *REVIEWS),
    ),
    "Gate": Step(
        "gate", "Decides from all results of a run", 15, 2048, "statistics", False,
        (*RUN, *RESULTS, *COUNTS, *FORMS), (*GATE, *LOOKS),
    ),
    "Publish": Step(
        "publish", "Writes the report of a run", 15, 2048, "publishing", False,
        (*RUN, *RESULTS, *COUNTS, *FORMS, *REPORT), REPORT,
    ),
    "Track": Step(
        "track", "Logs a run as an experiment", 5, 1024, "publishing", False,
        (*RUN, *RESPONSES, *REPORT), (),
    ),
}  # fmt: skip
