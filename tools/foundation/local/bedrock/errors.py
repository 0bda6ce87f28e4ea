"""Bedrock's errors with the HTTP status of the service model (botocore bedrock-runtime 2023-09-30)."""

from __future__ import annotations

import json

_STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}

HttpAnswer = tuple[int, dict[str, str], bytes]


class BedrockError(Exception):
    """An error that Bedrock reports to the caller by name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = _STATUS[code]

    def answer(self) -> HttpAnswer:
        """The HTTP answer of a REST-JSON service: the name in a header, the message in the body."""
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}
        return self.status, headers, json.dumps({"message": self.message}).encode()


def validation(message: str) -> BedrockError:
    """A request that Bedrock refuses to look at."""
    return BedrockError("ValidationException", message)


def not_found(message: str) -> BedrockError:
    """A resource that doesn't exist in the caller's account and Region."""
    return BedrockError("ResourceNotFoundException", message)
