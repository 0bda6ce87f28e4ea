"""What each function of the pipeline is made of: time, memory, layer, and the objects of a run that it reads and writes.

Objects are named as in genai_runtime/evaluation/layout.py, below `runs/RUN/`.
"""

from dataclasses import dataclass
from typing import Final, Literal

RUN = ("run.json", "suite/*")
RECORDS = (*RUN, "looks/*", "responses/*", "scores/*", "judgements/*", "reviews/*", "calibration.json", "gate/*")
REPORT = ("result.json", "result.html", "junit.xml", "comment.md")


@dataclass(frozen=True)
class Step:
    """One handler.

    :param handler: module below genai_runtime.evaluation.handlers
    :param minutes: longest run. Lambda's limit is 15; steps that call models use all of it and are repeated
    :param memory_mib: from 1,769 on a whole processor (AWS Lambda Developer Guide, "Configure Lambda function memory")
    :param layer: dependencies
    :param per_batch: runs once for each batch at a time
    :param reads: objects of a run
    :param writes: objects of a run
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
        RUN, ("suite/*", "looks/*"),
    ),
    "Invoke": Step(
        "invoke", "Asks a candidate the cases of a batch, within the model's quota", 15, 1024, "base", True,
        (*RUN, "responses/*", "upload/*"), ("responses/*",),
    ),
    "Score": Step(
        "score", "Scores the answers of a batch", 15, 2048, "scoring", True,
        (*RUN, "responses/*", "scores/*"), ("scores/*",),
    ),
    "Judge": Step(
        "judge", "Lets a model judge the answers of a batch", 15, 1024, "base", True,
        (*RUN, "responses/*", "judgements/*", "votes/*", "calibration/*", "calibration.json"),
        ("judgements/*", "votes/*", "calibration/*", "calibration.json"),
    ),
    "ReviewPlan": Step(
        "review_plan", "Makes the forms that people review answers with", 5, 1024, "base", False,
        (*RECORDS, "forms/*"), ("forms/*",),
    ),
    "ReviewRequest": Step(
        "review_request", "Signs a form and tells its reviewer", 1, 512, "base", False,
        (*RUN, "forms/*"), ("forms/*",),
    ),
    "ReviewSubmit": Step(
        "review_submit", "Takes a reviewer's answers", 1, 512, "base", False,
        (*RUN, "forms/*"), ("forms/*", "reviews/*"),
    ),
    "Gate": Step(
        "gate", "Decides from all results of a run", 15, 2048, "statistics", False,
        (*RECORDS, "forms/*"), ("gate/*", "reviews/*"),
    ),
    "Publish": Step(
        "publish", "Writes the report of a run", 15, 2048, "publishing", False,
        (*RECORDS, "forms/*", *REPORT), REPORT,
    ),
    "Track": Step(
        "track", "Logs a run as an experiment", 5, 1024, "publishing", False,
        (*RUN, "gate/*", *REPORT), ("tracking.json",),
    ),
}  # fmt: skip
