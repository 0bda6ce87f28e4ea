"""A target that answers what a test says: the wire boundary of the read-back's unit tests.

Every answer is held against botocore's model of the operation, so that no test can rest on a shape that AWS doesn't have.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

ACCOUNT, REGION = "222222222222", "eu-west-1"
Answers = dict[tuple[str, str], Any]


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _operations(service: str) -> dict[str, Any]:
    model = _model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


@dataclass
class _Client:
    service: str
    answers: Answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            shape = _operations(self.service)[operation].output_shape
            answer = self.answers[(self.service, operation)]
            answer = answer(request) if callable(answer) else answer
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer, "Message": answer}}, operation)
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), f"{self.service} {operation}: {report.generate_report()}"
            return copy.deepcopy(answer)

        return call

    def get_paginator(self, operation: str) -> Any:
        call = getattr(self, operation)

        class Pages:
            def paginate(self, **request: Any) -> list[Any]:
                return [call(**request)]

        return Pages()


@dataclass
class FakeTarget:
    """Clients that give canned answers; a string is an error code, a function gets the request."""

    answers: Answers = field(default_factory=dict)

    def __call__(self, service: str, _region: str | None = None, /) -> Any:
        return _Client(service, self.answers)

    def client(self, service: str, account_id: str, region: str) -> Any:  # noqa: ARG002 - every place answers the same
        return _Client(service, self.answers)


def changed(answers: Answers, path: tuple[Any, ...], value: Any) -> Answers:
    """The answers with one value replaced: (service, operation, key, index …)."""
    made = copy.deepcopy({k: v for k, v in answers.items() if not callable(v)}) | {
        k: v for k, v in answers.items() if callable(v)
    }
    if len(path) == 2:
        made[(path[0], path[1])] = value
        return made
    node = made[(path[0], path[1])]
    for key in path[2:-1]:
        node = node[key]
    node[path[-1]] = value
    return made
