"""Checks references against botocore's own text. Shares nothing with what made the cases but the documents' ids."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from foundation.evaluation.generate.documentation import model
from genai_runtime.evaluation.case import Case

_DOCUMENT = re.compile(r"botocore/(?P<service>[a-z0-9-]+)/(?P<version>[0-9-]+)/(?P<place>[\w.]+)")
_TAG = re.compile(r"<[^>]+>")


def verify(cases: Iterable[Case]) -> list[str]:
    """Every reference that its document doesn't bear out, as `CASE: reason`."""
    return [f"{case.id}: {reason}" for case in cases for reason in _faults(case)]


def _faults(case: Case) -> Iterator[str]:
    if case.expect.refusal:
        yield from _unanswered(case)
        return
    if not case.documents:
        yield "names no document"
    for document in case.documents:
        found = _DOCUMENT.fullmatch(document)
        if found is None:
            yield f"document {document} is no place in botocore"
            continue
        raw = model(found["service"])
        if raw["metadata"]["apiVersion"] != found["version"]:
            yield f"document {document} is of another API version than {raw['metadata']['apiVersion']}"
        yield from _borne_out(case, raw, found["place"].split("."))


def _borne_out(case: Case, raw: Mapping[str, Any], place: list[str]) -> Iterator[str]:
    """`place` is errors.NAME, OPERATION or OPERATION.PARAMETER."""
    if place[0] == "errors":
        yield from _says(case, raw["shapes"][place[1]].get("documentation", ""))
        return
    operation = raw["operations"].get(place[0])
    if operation is None:
        yield f"{place[0]} is no operation"
        return
    request = raw["shapes"].get(operation.get("input", {}).get("shape", ""), {})
    if len(place) == 2:
        member = request["members"][place[1]]
        shape = raw["shapes"][member["shape"]]
        if case.expect.number is not None:
            bound = "min" if "minimum" in (case.reference or "") else "max"
            if shape.get(bound) != case.expect.number.value:
                yield f"{bound} is {shape.get(bound)}, not {case.expect.number.value}"
        elif case.expect.json_schema is not None:
            yield from _extracted(case, place, shape, place[1] in request.get("required", ()))
        else:
            yield from _says(case, member.get("documentation") or shape.get("documentation", ""))
    elif case.expect.pattern is not None:
        wrong = [name for name in request["required"] if not re.search(rf"\b{name}\b", case.reference or "")]
        others = [name for name in request["members"] if name not in request["required"] and name in _words(case)]
        if wrong or others:
            yield f"required parameters differ: missing {wrong}, too many {others}"
    else:
        yield from _says(case, operation.get("documentation", ""))


def _says(case: Case, documentation: str) -> Iterator[str]:
    if _plain(case.reference or "") not in _plain(_TAG.sub("", html.unescape(documentation))):
        yield "the reference isn't in the documentation"


def _extracted(case: Case, place: list[str], shape: Mapping[str, Any], required: bool) -> Iterator[str]:
    answer = json.loads(case.reference or "{}")
    facts = {"Operation": place[0], "Required": "yes" if required else "no"}
    for field, value in answer.items():
        wanted = str(shape.get("max")) if field.startswith("Maximum") else facts.get(field)
        if value != wanted:
            yield f"{field} is {wanted}, not {value}"


def _unanswered(case: Case) -> Iterator[str]:
    """The passage that would answer isn't among those that are given."""
    answering = case.id.removeprefix("unanswerable.").removesuffix(".maximum").removesuffix(".minimum")
    if any(passage.id == answering for passage in case.context):
        yield f"passage {answering} answers the question that should have no answer"


def _words(case: Case) -> set[str]:
    return set(re.findall(r"\w+", case.reference or ""))


def _plain(text: str) -> str:
    """Without anything but letters and digits: mark-up and white space don't count."""
    return re.sub(r"[\W_]+", "", text).lower()
