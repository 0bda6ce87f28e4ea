"""Plans the forms of a look. Planning again keeps what was planned: forms may be with their reviewers already."""

from collections.abc import Sequence
from dataclasses import dataclass

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.subject import subject_of_case
from genai_runtime.evaluation.planning.suite_files import parse_cases, parse_suite
from genai_runtime.evaluation.records import INFRASTRUCTURE, Batch, Response, ReviewForm, ScoredBatch
from genai_runtime.evaluation.review import errors
from genai_runtime.evaluation.review.errors import ReviewFailed
from genai_runtime.evaluation.review.page import render
from genai_runtime.evaluation.review.records import Form, FormContent, Group, Item, Sampled, Source
from genai_runtime.evaluation.review.sample import failed_cases, groups_of, review_sample, shuffled, wanted_until
from genai_runtime.evaluation.review.scores import write_scores
from genai_runtime.evaluation.review.signing import Signer
from genai_runtime.evaluation.run import RunRequest
from genai_runtime.evaluation.store import M, Store
from genai_runtime.evaluation.suite import ReviewSpec, Suite


@dataclass(frozen=True)
class ReviewRun:
    """A run whose suite asks for review."""

    store: Store
    request: RunRequest
    suite: Suite
    spec: ReviewSpec

    @property
    def run(self) -> str:
        """The run's id."""
        return self.request.run


def review_run(store: Store, run: str) -> ReviewRun:
    """Read from the bucket. Raises ReviewFailed where the suite asks for no review."""
    suite = parse_suite(_bytes(store, layout.suite(run, layout.SUITE_FILE)))
    if suite.review is None:
        raise ReviewFailed(
            errors.REVIEW_MISSING,
            f"run {run} is to be reviewed, but suite {suite.name} has no `review`: add it, or plan the run again",
        )
    return ReviewRun(store, store.load(layout.request(run), RunRequest), suite, suite.review)


@dataclass(frozen=True)
class ReviewPlanner:
    """Makes and signs forms."""

    of: ReviewRun
    signer: Signer

    def plan(self, look: int) -> list[ReviewForm]:
        """The forms of a look, made where they aren't there yet. Raises botocore's errors."""
        cases = {
            case.id: case for case in parse_cases(_bytes(self.of.store, layout.suite(self.of.run, layout.DATASET_FILE)))
        }
        forms: list[Form] = []
        for number, group in enumerate(self._sample(look, cases).groups):
            forms += self._group(look, number, [cases[case] for case in group])
        wait = max(1, round(self.of.spec.remind_after_hours * 3600))
        return [
            ReviewForm(
                run=self.of.run,
                look=look,
                form=form.content.form,
                reviewer=form.content.reviewer,
                remind_after_seconds=wait,
                reminders=self.of.spec.reminders,
            )
            for form in forms
        ]

    def _sample(self, look: int, cases: dict[str, Case]) -> Sampled:
        """The look's sample, drawn once."""
        store, run = self.of.store, self.of.run
        key = layout.review_sample(run, look)
        if stored := _loaded(store, key, Sampled):
            return stored
        reviewed = {
            case
            for earlier in range(1, look)
            if (drawn := _loaded(store, layout.review_sample(run, earlier), Sampled))
            for group in drawn.groups
            for case in group
        }
        planned = [batch for each in range(1, look + 1) for batch in self._batches(each)]
        asked = dict.fromkeys(case for batch in planned for case in batch.cases)
        scored = [scores for batch in planned for scores in self._scores(batch)]
        sampling = self.of.suite.sampling
        wanted = wanted_until(self.of.spec, look, sampling.looks if sampling.mode == "sequential" else 1)
        sample = review_sample(
            self.of.suite, [cases[case] for case in asked], failed_cases(scored), reviewed, wanted - len(reviewed)
        )
        made = Sampled(look=look, groups=tuple(groups_of(sample, self.of.spec.per_form)))
        return made if store.write_once(key, made) else store.load(key, Sampled)

    def _batches(self, look: int) -> list[Batch]:
        return _parsed(_bytes(self.of.store, layout.batches(self.of.run, look)))

    def _candidates(self, look: int) -> list[str]:
        """Candidates that were asked in this look: those that a look before decided were not."""
        still_open = self.of.store.read(layout.open_batches(self.of.run, look)) if look > 1 else None
        asked = {batch.candidate for batch in (_parsed(still_open) if still_open else self._batches(look))}
        return [candidate.name for candidate in self.of.request.candidates if candidate.name in asked]

    def _scores(self, batch: Batch) -> list[ScoredBatch]:
        keys = (
            layout.scores(batch.run, step, batch.candidate, batch.look, batch.batch)
            for step in ("scores", "judgements")
        )
        return [found for key in keys if (found := _loaded(self.of.store, key, ScoredBatch))]

    def _group(self, look: int, number: int, cases: Sequence[Case]) -> list[Form]:
        """The forms that show these cases' answers to each reviewer; none where there are no answers."""
        names = self._candidates(look)
        responses = {
            (name, case.id): _loaded(self.of.store, layout.response(self.of.run, name, case.id), Response)
            for name in names
            for case in cases
        }
        answers = {key: got.answer for key, got in responses.items() if got is not None and got.answer is not None}
        failed = tuple(key for key, got in responses.items() if key not in answers and _is_own_failure(got))
        ids = [f"{look}-{number}-{place}" for place in range(len(self.of.spec.reviewers))] if answers else []
        group = Group(
            look=look,
            group=number,
            forms=tuple(ids),
            failed=failed,
            undecided=tuple(key for key in responses if key not in answers and key not in failed),
        )
        key = layout.review_group(self.of.run, look, number)
        if not self.of.store.write_once(key, group):
            group = self.of.store.load(key, Group)
        known = {case.id: case for case in cases}
        forms = [
            self._form(group, form, reviewer, known, answers)
            for form, reviewer in zip(group.forms, self.of.spec.reviewers, strict=False)
        ]
        write_scores(self.of.store, self.of.run, self.of.suite, group)
        return forms

    def _form(
        self, group: Group, form: str, reviewer: str, cases: dict[str, Case], answers: dict[tuple[str, str], str]
    ) -> Form:
        store, key = self.of.store, layout.form(self.of.run, form, "form.json")
        made = _loaded(store, key, Form) or self._made(group, form, reviewer, cases, answers)
        if not store.write_once(key, made):
            made = store.load(key, Form)
        store.write(layout.form(self.of.run, form, "form.html"), render(made))
        return made

    def _made(
        self, group: Group, form: str, reviewer: str, cases: dict[str, Case], answers: dict[tuple[str, str], str]
    ) -> Form:
        prompts = {candidate.name: candidate.prompt for candidate in self.of.request.candidates}
        items: list[Item] = []
        sources: list[Source] = []
        ordered = shuffled(answers, self.of.suite.seed, f"{self.of.run}/{form}")
        for number, (name, case) in enumerate(ordered, start=1):
            subject = subject_of_case(cases[case], prompts[name], answers[name, case])
            items.append(
                Item(
                    item=str(number),
                    question=subject.question,
                    context=subject.context,
                    reference=subject.reference,
                    answer=subject.answer,
                )
            )
            sources.append(Source(item=str(number), case=case, candidate=name))
        content = FormContent(
            run=self.of.run,
            look=group.look,
            form=form,
            reviewer=reviewer,
            rubric=self.of.spec.rubric,
            items=tuple(items),
        )
        digest = content.digest()
        signature = self.signer.sign(digest)
        return Form(content=content, group=group.group, sources=tuple(sources), digest=digest, signature=signature)


def _parsed(lines: bytes) -> list[Batch]:
    return [Batch.model_validate_json(line) for line in lines.splitlines()]


def _is_own_failure(response: Response | None) -> bool:
    """No answer, for the candidate's own reasons."""
    return response is not None and (response.error is None or response.error.error_class not in INFRASTRUCTURE)


def _loaded(store: Store, key: str, model: type[M]) -> M | None:
    body = store.read(key)
    return None if body is None else model.model_validate_json(body)


def _bytes(store: Store, key: str) -> bytes:
    body = store.read(key)
    if body is None:
        raise FileNotFoundError(f"s3://{store.bucket}/{key}")
    return body
