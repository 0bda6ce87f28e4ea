"""Actions of the pipeline that are Lambda functions: the job that CodePipeline sends, and the answer that it waits for."""

import functools
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genai_runtime.base import Sha256, Text
from genai_runtime.release.errors import PARAMETERS_INVALID, TOO_LONG, UNEXPECTED, ReleaseRefused

MESSAGE_LIMIT: Final = 5000
"""Characters (CodePipeline API Reference, FailureDetails)."""
ANSWER_SECONDS: Final = 10.0
"""Kept of a function's time for its answer."""


class ActionParameters(BaseModel):
    """UserParameters of every action."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution: Text
    """Pipeline execution."""
    manifest: Sha256


P = TypeVar("P", bound=ActionParameters)
Act = Callable[[P], Mapping[str, str] | None]
Handler = Callable[[dict[str, Any], LambdaContext], None]


class _Configuration(BaseModel):
    UserParameters: str


class _ActionConfiguration(BaseModel):
    configuration: _Configuration


class _Data(BaseModel):
    action: _ActionConfiguration = Field(alias="actionConfiguration")


class Job(BaseModel):
    """What is needed of the event's `CodePipeline.job`; it also holds credentials for artifacts, which nobody uses."""

    id: Text
    data: _Data

    @property
    def user_parameters(self) -> str:
        """As the pipeline's definition has them, variables resolved."""
        return self.data.action.configuration.UserParameters


class CodePipeline(Protocol):
    """CodePipeline's API, as far as jobs need it."""

    def put_job_success_result(self, *, jobId: str, outputVariables: Mapping[str, str]) -> Any:  # noqa: N803
        """The action succeeded."""
        ...

    def put_job_failure_result(self, *, jobId: str, failureDetails: Mapping[str, str]) -> Any:  # noqa: N803
        """The action failed."""
        ...


class Jobs:
    """Answers jobs, each exactly once as CodePipeline sees it: the answer to a job that was answered before changes nothing."""

    def __init__(self, client: CodePipeline, logger: Logger, metrics: Metrics) -> None:
        self._client = client
        self._logger = logger
        self._metrics = metrics

    def action(self, parameters: type[P]) -> Callable[[Act[P]], Handler]:
        """Make a handler of a function from an action's parameters to its output variables.

        What it raises fails the action: a refusal with its own code and message, anything else as unexpected. So does the end
        of the function's time: Lambda ends it without a word, and CodePipeline, which waits for 20 minutes (its User Guide,
        "Quotas"), could not say why.
        """

        def decorate(act: Act[P]) -> Handler:
            @functools.wraps(act)
            def handle(event: dict[str, Any], context: LambdaContext) -> None:
                job = Job.model_validate(event["CodePipeline.job"])
                seconds = context.get_remaining_time_in_millis() / 1000
                watch = threading.Timer(seconds - ANSWER_SECONDS, self._fail, (job, "JobFailed", _too_long(seconds)))
                watch.daemon = True
                watch.start()
                try:
                    variables = dict(act(_parameters(job, parameters)) or {})
                except ReleaseRefused as refused:
                    self._logger.warning("refused", extra={"code": refused.code, "reason": refused.message})
                    self._fail(
                        job, "ConfigurationError" if refused.code == PARAMETERS_INVALID else "JobFailed", refused
                    )
                except Exception as error:
                    # Told to the pipeline, which otherwise waits for an answer until its time-out.
                    self._logger.exception("failed")
                    self._fail(job, "SystemUnavailable", _unexpected(error))
                else:
                    self._succeed(job, variables)
                finally:
                    watch.cancel()

            return handle

        return decorate

    def _succeed(self, job: Job, variables: dict[str, str]) -> None:
        self._answer(lambda: self._client.put_job_success_result(jobId=job.id, outputVariables=variables))
        self._metrics.add_metric("ActionSucceeded", MetricUnit.Count, 1)
        self._logger.info("succeeded", extra={"job": job.id})

    def _fail(self, job: Job, kind: str, refused: ReleaseRefused) -> None:
        details = {"type": kind, "message": _shortened(str(refused))}
        self._answer(lambda: self._client.put_job_failure_result(jobId=job.id, failureDetails=details))
        self._metrics.add_metric("ActionFailed", MetricUnit.Count, 1)

    def _answer(self, put: Callable[[], Any]) -> None:
        try:
            put()
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidJobStateException":
                raise
            self._logger.info("the job was answered already", extra={"reason": error.response["Error"].get("Message")})


def _parameters(job: Job, model: type[P]) -> P:
    try:
        return model.model_validate(json.loads(job.user_parameters, object_pairs_hook=_once))
    except ValueError as error:  # JSONDecodeError and pydantic's ValidationError are ValueErrors
        where = (
            "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        raise ReleaseRefused(
            PARAMETERS_INVALID,
            f"the action's UserParameters aren't what it needs ({where}): correct the pipeline's definition, deploy the stack "
            "Pipeline of the shared account",
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """CodePipeline puts variables in as they are: a commit's author whose address holds a quotation mark could name another
    manifest, and of two the last would count."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a name occurs twice in {', '.join(name for name, _ in pairs)}")
    return found


def _unexpected(error: Exception) -> ReleaseRefused:
    return ReleaseRefused(
        UNEXPECTED,
        f"the action ended unexpectedly ({type(error).__name__}: {error}): retry the stage, the function's log has the details "
        "if it repeats",
    )


def _too_long(seconds: float) -> ReleaseRefused:
    return ReleaseRefused(
        TOO_LONG,
        f"the action isn't done after nearly all of the {seconds:.0f} s that its function has: retry the stage, what was done is "
        "not done twice; the function's log says where the time went",
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MESSAGE_LIMIT else f"{text[: MESSAGE_LIMIT - 1]}…"
