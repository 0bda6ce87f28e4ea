"""Judges the answers of one batch, and once per run the items of the calibration."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.judging import errors
from genai_runtime.evaluation.judging.answers import Answers, level_tasks
from genai_runtime.evaluation.judging.ask import Ask
from genai_runtime.evaluation.judging.calibration import calibration_of, parse_calibration
from genai_runtime.evaluation.judging.errors import JudgeFailed
from genai_runtime.evaluation.judging.judge import Judge
from genai_runtime.evaluation.judging.records import Vote
from genai_runtime.evaluation.judging.subject import subject_of_item
from genai_runtime.evaluation.judging.summary import COUNTS, counts_of
from genai_runtime.evaluation.judging.work import Ballot, complete, side_by_side
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import Batch, ScoredBatch
from genai_runtime.evaluation.run import JudgeModel, RunRequest
from genai_runtime.evaluation.store import Store


@dataclass(frozen=True)
class BatchJudge:
    """The judge of one run."""

    store: Store
    judge: Judge
    model: JudgeModel
    answers: Answers

    def run(self, batch: Batch, has_time: Callable[[], bool]) -> int:
        """Judge what isn't judged yet; the number of answers that are left. Writes the batch's scores when none is.

        The first judged batch of a run labels the calibration too, before its own answers.
        """
        ballot = Ballot(self.store, has_time)
        labels = self._calibration(batch.run, ballot) if self._calibrates(batch) else []
        answers = side_by_side(lambda case: self.answers.read(batch, case), batch.cases)
        votes = _dealt(ballot.cast([task for answer in answers for task in answer.tasks]), [a.tasks for a in answers])
        given = list(votes)
        left = given.count(None) + labels.count(None)
        if not left:
            scored = tuple(
                self.answers.scored(batch, answer, each or ()) for answer, each in zip(answers, given, strict=True)
            )
            place = (batch.candidate, batch.look, batch.batch)
            self.store.write(layout.scores(batch.run, COUNTS, *place), counts_of([*given, *labels]))
            judged = ScoredBatch(run=batch.run, candidate=batch.candidate, cases=scored)
            self.store.write(layout.scores(batch.run, "judgements", *place), judged)
        return left

    def _calibrates(self, batch: Batch) -> bool:
        """Whether this batch is the first one of the run's first look that has a judge: exactly one is."""
        lines = (self.store.read(layout.batches(batch.run, 1)) or b"").splitlines()
        first = next((planned for line in lines if (planned := Batch.model_validate_json(line)).judge), None)
        return first is not None and (first.look, first.batch, first.candidate) == (
            batch.look, batch.batch, batch.candidate,
        )  # fmt: skip

    def _calibration(self, run: str, ballot: Ballot) -> list[tuple[Vote, ...] | None]:
        """Label the items of the calibration: the votes on each, None where some are left to ask.

        Without calibration.jsonl there are no items.
        """
        body = self.store.read(layout.suite(run, layout.CALIBRATION_FILE))
        if body is None:
            return []
        items = parse_calibration(body, self.judge.rubric)
        tasks = [
            level_tasks(self.judge, layout.calibration_votes(run, item.id), subject_of_item(item)) for item in items
        ]
        votes = list(_dealt(ballot.cast([task for each in tasks for task in each]), tasks))
        whole = [each for each in votes if each is not None]
        if len(whole) == len(items):
            self.store.write(layout.calibration(run), calibration_of(run, self.model.model_id, items, whole))
        return votes


def batch_judge(store: Store, run: str, ask: Callable[[JudgeModel], Ask]) -> BatchJudge:
    """The judge of a run, read from the bucket. Raises JudgeFailed where the run has none, botocore's errors."""
    request = store.load(layout.request(run), RunRequest)
    suite = parse_suite(_file(store, run, layout.SUITE_FILE))
    if suite.judge is None or request.judge is None:
        raise JudgeFailed(
            errors.JUDGE_MISSING,
            f"run {run} has a batch to judge, but its {'suite' if suite.judge is None else 'request'} names no judge: "
            "add `judge`, or plan the run again",
        )
    cases = {case.id: case for case in parse_cases(_file(store, run, layout.DATASET_FILE))}
    spec = suite.judge
    judge = Judge(ask(request.judge), spec.rubric, run, spec.votes, suite.seed)
    return BatchJudge(store, judge, request.judge, Answers(store, judge, request, suite, cases))


def _file(store: Store, run: str, name: str) -> bytes:
    key = layout.suite(run, name)
    body = store.read(key)
    if body is None:
        raise FileNotFoundError(f"s3://{store.bucket}/{key}")
    return body


def _dealt(votes: Sequence[Vote | None], parts: Sequence[Sequence[object]]) -> Iterator[tuple[Vote, ...] | None]:
    """Votes given back to those whose tasks they were; None where one is missing."""
    rest = iter(votes)
    for part in parts:
        yield complete(islice(rest, len(part)))
