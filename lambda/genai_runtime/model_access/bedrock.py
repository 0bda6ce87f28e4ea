"""Bedrock: stored prompts and the call to the model."""

import re
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, ReadTimeoutError

from genai_runtime.model_access import errors
from genai_runtime.model_access.contracts import PromptContract
from genai_runtime.model_access.deadline import AUDIT_RESERVE_SECONDS, Deadline, OutOfTime
from genai_runtime.model_access.errors import RequestFailed
from genai_runtime.model_access.parameters import contract_error, out_of_time
from genai_runtime.model_access.template import Template, template_of

if TYPE_CHECKING:
    from mypy_boto3_bedrock_agent.client import AgentsforBedrockClient
    from mypy_boto3_bedrock_runtime.client import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseRequestTypeDef, ConverseResponseTypeDef

_CONNECT_SECONDS = 3
# An attempt may take this share of the time that was left; the rest is for retries after quick failures (throttling). A
# retry starts only while the same share is still left, so a generation that timed out is not paid for twice.
_SHARE_OF_ONE_ATTEMPT = 0.75
_STEP_SECONDS = 5  # read time-outs are rounded down to this, so that warm requests share a client

_VERSION_SUFFIX = re.compile(r"(:prompt/[0-9a-zA-Z]+):\d+$")


class BedrockPrompts:
    """Reads prompt versions. A version never changes, so what was read is kept as long as the environment lives."""

    def __init__(self, client: "AgentsforBedrockClient") -> None:
        self._client = client
        self._known: dict[tuple[str, str], Template] = {}

    def template(self, name: str, prompt: PromptContract) -> Template:
        """The stored prompt. Raises RequestFailed when it can't be read or used."""
        key = (prompt.arn, prompt.version)
        if key not in self._known:
            identifier = _VERSION_SUFFIX.sub(r"\1", prompt.arn)
            try:
                response = self._client.get_prompt(promptIdentifier=identifier, promptVersion=prompt.version)
            except (ClientError, BotoCoreError, OutOfTime) as error:
                raise contract_error(f"prompt {name} version {prompt.version} ({identifier})", error) from error
            self._known[key] = template_of(response, name)
        return self._known[key]


class BedrockModels:
    """Calls Converse within the time that is left."""

    def __init__(self, session: boto3.Session, deadline: Deadline, environment: str) -> None:
        self._session = session
        self._deadline = deadline
        self._environment = environment
        self._clients: dict[int, BedrockRuntimeClient] = {}
        self._share = 0.0  # seconds that an attempt of the current request may take

    def converse(self, request: "ConverseRequestTypeDef") -> "ConverseResponseTypeDef":
        """One conversation turn, with botocore's standard retries. Raises RequestFailed."""
        model = request["modelId"]
        left = self._deadline.left()
        self._share = (left - AUDIT_RESERVE_SECONDS) * _SHARE_OF_ONE_ATTEMPT
        seconds = int((self._share - _CONNECT_SECONDS) // _STEP_SECONDS) * _STEP_SECONDS
        if seconds < _STEP_SECONDS:
            raise out_of_time(f"an answer of {model}")
        try:
            return self._client(seconds).converse(**request)
        except ClientError as error:
            raise self._refusal(model, error) from error
        except OutOfTime as error:  # botocore would have tried again
            timed_out = left - self._deadline.left() >= seconds
            raise (_timeout(model, seconds) if timed_out else out_of_time(f"another attempt with {model}")) from error
        except ReadTimeoutError as error:
            raise _timeout(model, seconds) from error
        except ParamValidationError as error:
            raise RequestFailed(
                errors.MODEL_REFUSED, f"the request for {model} is malformed: the platform team has to correct it"
            ) from error
        except BotoCoreError as error:
            raise _unavailable(model, type(error).__name__) from error

    def _client(self, read_seconds: int) -> "BedrockRuntimeClient":
        if read_seconds not in self._clients:
            config = Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=read_seconds,
                retries={"mode": "standard", "total_max_attempts": 3},
                tcp_keepalive=True,  # an interface endpoint drops connections that are silent for 350 seconds
            )
            client = self._session.client("bedrock-runtime", config=config)
            self._deadline.guard(client, lambda: self._share + AUDIT_RESERVE_SECONDS)
            self._clients[read_seconds] = client
        return self._clients[read_seconds]

    def _refusal(self, model: str, error: ClientError) -> RequestFailed:
        code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")[:200]
        match code:
            case "ThrottlingException" | "TooManyRequestsException" | "ServiceQuotaExceededException":
                return RequestFailed(
                    errors.THROTTLED,
                    f"the quota for {model} is used up: send the request again in a minute, then later",
                )
            case "AccessDeniedException":
                return RequestFailed(
                    errors.MODEL_DENIED,
                    f"model {model} is not approved in {self._environment}: use an approved one, or ask the platform "
                    "team to approve it in config/platform.yaml",
                )
            case "ResourceNotFoundException":
                return RequestFailed(
                    errors.MODEL_NOT_FOUND,
                    f"model {model} or the guardrail does not exist in this Region ({said}): the platform team has to "
                    "correct catalog/models.yaml or deploy the guardrail",
                )
            case "ValidationException":
                return RequestFailed(
                    errors.MODEL_REFUSED, f"model {model} refused the request ({said}): shorten or change the variables"
                )
            case "ModelTimeoutException":
                return RequestFailed(
                    errors.MODEL_TIMEOUT, f"model {model} took too long: ask for a shorter answer or send it again"
                )
            case _:
                return _unavailable(model, code)


def _timeout(model: str, seconds: int) -> RequestFailed:
    return RequestFailed(
        errors.MODEL_TIMEOUT,
        f"model {model} gave no answer in {seconds} s: ask for a shorter answer, or have the function's time-out raised",
    )


def _unavailable(model: str, why: str) -> RequestFailed:
    return RequestFailed(
        errors.MODEL_UNAVAILABLE, f"model {model} is unavailable ({why}): send the request again later"
    )
