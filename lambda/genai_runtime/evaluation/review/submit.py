"""Takes a form's answers: verified, validated, stored once, scored; then the state machine goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

from pydantic import ValidationError

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.planning.suite_files import parse_suite
from genai_runtime.evaluation.review import errors
from genai_runtime.evaluation.review.errors import AnswersRefused
from genai_runtime.evaluation.review.records import Form, Group, Outcome, Submission
from genai_runtime.evaluation.review.scores import write_scores
from genai_runtime.evaluation.review.signing import Verifier
from genai_runtime.evaluation.review.tokens import is_expired, latest_token
from genai_runtime.evaluation.store import Store

_SHOWN = 5


class Refusal(TypedDict):
    """Why answers aren't taken."""

    code: str
    message: str


class Submitted(TypedDict):
    """Result of review_submit."""

    outcome: Outcome
    form: NotRequired[str]
    resumed: NotRequired[bool]
    """Whether the state machine was waiting."""
    error: NotRequired[Refusal]


@dataclass(frozen=True)
class Submitter:
    """Takes answers of any run's forms. `resume` takes a token and a form's id, and tells whether somebody waited."""

    store: Store
    verifier: Verifier
    resume: Callable[[str, str], bool]
    now: Callable[[], datetime]

    def submit(self, event: object) -> Submitted:
        """Answers in, or the coded reason why not. Raises botocore's errors.

        The same answers again are harmless, so that a submission which broke off is simply repeated.
        """
        try:
            submission, form = self._verified(event)
            outcome = self._kept(submission)
        except AnswersRefused as refused:
            return Submitted(outcome="rejected", error=Refusal(code=refused.code, message=refused.message))
        run, name = submission.form.run, submission.form.form
        suite = parse_suite(self.store.read(layout.suite(run, layout.SUITE_FILE)) or b"")
        group = self.store.load(layout.review_group(run, form.content.look, form.group), Group)
        write_scores(self.store, run, suite, group)
        token = latest_token(self.store, run, name)
        resumed = token is not None and self.resume(token.token, name)
        return Submitted(outcome=outcome, form=name, resumed=resumed)

    def _verified(self, event: object) -> tuple[Submission, Form]:
        """Answers that fit their form, and the form as it was signed. Raises AnswersRefused."""
        try:
            submission = Submission.model_validate(event)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            lines = [f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in found]
            raise AnswersRefused(
                errors.ANSWERS_MALFORMED,
                f"this is no answers file ({'; '.join(lines[:_SHOWN])}): hand in the file that the form saved, as it is",
            ) from None
        form = self._form(submission)
        _check_checksum(submission)
        _check_answers(submission, form)
        return submission, form

    def _form(self, submission: Submission) -> Form:
        given = submission.form
        body = self.store.read(layout.form(given.run, given.form, "form.json"))
        if body is None:
            raise AnswersRefused(
                errors.FORM_UNKNOWN,
                f"run {given.run} has no form {given.form}: check the account that you hand it in to",
            )
        form = Form.model_validate_json(body)
        content = form.content
        digest = content.digest()
        if (content.run, content.form, content.reviewer, digest) != (
            given.run,
            given.form,
            given.reviewer,
            given.digest,
        ):
            raise AnswersRefused(
                errors.FORM_CHANGED,
                f"these answers are for another version of form {given.form}, or for another reviewer: open the form "
                "again and fill it in",
            )
        if not self.verifier.verify(digest, submission.signature):
            raise AnswersRefused(
                errors.SIGNATURE_INVALID,
                f"the signature on form {given.form} isn't ours: open the form again and fill it in; if it repeats, tell "
                "the platform team that the form may have been forged",
            )
        return form

    def _kept(self, submission: Submission) -> Outcome:
        """Store the answers unless they are there. Raises AnswersRefused for other ones, or after the form's expiry."""
        given = submission.form
        key = layout.form(given.run, given.form, "answers.json")
        stored = self.store.read(key)
        if stored is None:
            token = latest_token(self.store, given.run, given.form)
            if token is not None and is_expired(token, self.now()):
                raise AnswersRefused(
                    errors.FORM_EXPIRED,
                    f"form {given.form} expired at {token.expires_at}, and the run went on without it: ask for a new run",
                )
            if self.store.write_once(key, submission):
                return "accepted"
            stored = self.store.read(key)
        if stored is not None and _same(Submission.model_validate_json(stored), submission):
            return "already-accepted"
        raise AnswersRefused(
            errors.ALREADY_ANSWERED,
            f"form {given.form} was handed in with other answers: they count and can't be replaced",
        )


def _check_checksum(submission: Submission) -> None:
    if submission.expected_checksum() != submission.checksum:
        raise AnswersRefused(
            errors.ANSWERS_DAMAGED,
            "the file doesn't hold what the form saved, it was damaged or edited on its way: save it again and hand it "
            "in as it is",
        )


def _check_answers(submission: Submission, form: Form) -> None:
    """Every item once, each with a level of the rubric."""
    wanted = [item.item for item in form.content.items]
    given = [answer.item for answer in submission.answers]
    if sorted(given) != sorted(wanted):
        missing, more = sorted(set(wanted) - set(given), key=int), sorted(set(given) - set(wanted), key=int)
        raise AnswersRefused(
            errors.ANSWERS_INCOMPLETE,
            f"form {form.content.form} asks for {len(wanted)} answers, each once; missing: {', '.join(missing) or 'none'}; "
            f"unknown: {', '.join(more) or 'none'}: grade every answer and save the form again",
        )
    levels = form.content.rubric.levels
    if wrong := [answer for answer in submission.answers if answer.level not in levels]:
        raise AnswersRefused(
            errors.LEVEL_UNKNOWN,
            f"answer {wrong[0].item} has level {wrong[0].level}, the rubric has {', '.join(map(str, sorted(levels)))}: "
            "grade it again and save the form",
        )


def _same(one: Submission, other: Submission) -> bool:
    return sorted(one.answers, key=lambda each: each.item) == sorted(other.answers, key=lambda each: each.item)
