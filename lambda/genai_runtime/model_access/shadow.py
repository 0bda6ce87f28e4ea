"""Asks the candidate of a shadow experiment what a user asked. Nobody is answered by it: the result is for scoring."""

from dataclasses import replace

from genai_runtime.live.records import Document, Experiment, ShadowCopy
from genai_runtime.live.versions import overlaid
from genai_runtime.model_access import audit
from genai_runtime.model_access.access import Live, Meter
from genai_runtime.model_access.audit import Attempt
from genai_runtime.model_access.closing import Closing, Result
from genai_runtime.model_access.contracts import UseCaseContract
from genai_runtime.model_access.conversation import Completion
from genai_runtime.model_access.deadline import Deadline
from genai_runtime.model_access.errors import CONTRACT_UNAVAILABLE, RequestFailed, RequestRejected
from genai_runtime.model_access.question import Questions, choose
from genai_runtime.model_access.request import Invocation


class ShadowAccess:
    """For the function `shadow`: one copy, one question to the candidate, one audit record.

    The record has arm `shadow` and the sort key `COPY.AT#shadow`. So a copy that is delivered twice has one record, the
    first one's; asking twice is paid twice, which the function avoids by its own means (idempotency by `copy.at`).
    Build it with `assembly.assemble_shadow`. Copies of a batch are asked one after the other.
    """

    def __init__(self, *, questions: Questions, live: Live, closing: Closing, meter: Meter, deadline: Deadline) -> None:
        self._questions = questions
        self._live = live
        self._closing = closing
        self._meter = meter
        self._deadline = deadline

    def ask(self, copy: ShadowCopy, invocation: Invocation) -> Result | None:
        """The candidate's result, in the form of ModelAccess' own; None when the copy's experiment is over.

        `invocation`: the function's own, with the seconds that this copy may take. A fault of the candidate is a result
        with the outcome `failed` or `rejected`, as for a caller; an audit record that can't be written is GF-AUD-001.
        Raises RequestFailed where it can't be found out what runs: have the copy delivered again.
        """
        self._deadline.start(invocation.seconds)
        attempt = Attempt(
            use_case=copy.use_case,
            user=copy.user,
            input_sha256=audit.digest(copy.variables),
            experiment=copy.experiment,
            arm="shadow",
            at=f"{copy.at}#shadow",
        )
        found = self._running(copy, attempt)
        if found is None:
            return None
        own = replace(invocation, request_id=copy.request_id)
        result, code = self._closing.close(lambda: self._asked(copy, *found, attempt), attempt, own)
        self._meter.count(attempt, str(result["outcome"]), code)
        return result

    def _running(self, copy: ShadowCopy, attempt: Attempt) -> tuple[UseCaseContract, Document, Experiment] | None:
        """The use case's contract, its document and the copy's experiment, while that runs."""
        try:
            agreed = self._questions.agreement(copy.prompt, attempt)
        except RequestRejected:  # the contract has changed since
            return None
        reading = self._live.read(agreed)
        document = reading.document
        running = document.experiment if document else None
        if document and running and running.id == copy.experiment:
            return agreed, document, running
        if reading.fault:  # an older document, or one without its experiment: the newest may have the copy's
            raise RequestFailed(
                CONTRACT_UNAVAILABLE,
                f"what is live for {copy.use_case!r} could not be read: have the copy delivered again",
            )
        return None

    def _asked(
        self, copy: ShadowCopy, agreed: UseCaseContract, document: Document, experiment: Experiment, attempt: Attempt
    ) -> Completion:
        attempt.live_sequence, attempt.manifest = document.sequence, experiment.manifest
        chosen = choose(agreed, copy.prompt, overlaid(document.stable, experiment.candidate))
        return self._questions.ask(copy.prompt, copy.variables, chosen=chosen, agreed=agreed, attempt=attempt)
