"""From pydantic's findings to coded errors with file and line, and with a guess at what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from genai_foundation.catalog.errors import ConfigError, shown
from genai_foundation.catalog.yaml_tree import Node, dotted

T = TypeVar("T", bound=BaseModel)
CODE = re.compile(r"GF-[A-Z]+-\d{3}\Z")
TYPES = {
    "string_type": "text (put it in quotes if it looks like a number)",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}


class Strict(BaseModel):
    """Base of every model: frozen, no unknown keys, no silent conversion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, defer_build=True)


def fault(code: str, message: str) -> PydanticCustomError:
    """What a validator raises to give its finding a stable code."""
    # Braces would be read as placeholders of the message template.
    return PydanticCustomError("coded", "{text}", {"code": code, "text": message})


def validate(model: type[T], node: Node) -> tuple[T | None, list[ConfigError]]:
    """The validated model, or None and every fault of the tree below `node`."""
    try:
        return model.model_validate(node.value), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        return None, [_convert(model, node, detail) for detail in details if not _echo(node, detail)]


def _echo(root: Node, detail: ErrorDetails) -> bool:
    """Whether a finding only repeats another one: of an unreadable value, or of a list whose faulty items were dropped."""
    node, rest = _nearest(root, tuple(detail["loc"]))
    if node.lost:
        return True
    shortest = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and not rest and len(node.children) >= shortest


def _convert(model: type[BaseModel], root: Node, detail: ErrorDetails) -> ConfigError:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    node, rest = _nearest(root, path)
    kind = detail["type"]
    key = dotted((*node.path, *rest))
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "coded" and "code" in context:
        return ConfigError(context["code"], node.file, node.line, key, _given(node, rest), context["text"])
    if kind == "missing":
        return ConfigError("GF-CFG-010", node.file, node.line, key, "", "is required and missing: add it")
    if kind == "extra_forbidden":
        message = f"is not a known key: {guess(str(path[-1]), _keys(model, path[:-1]), 'known keys')}"
        return ConfigError("GF-CFG-011", node.file, node.line, key, _given(node, rest), message)
    if kind in TYPES:
        message = f"has the wrong type: write {TYPES[kind]}"
        return ConfigError("GF-CFG-012", node.file, node.line, key, _given(node, rest), message)
    message = f"is not allowed: {_reason(kind, context, detail['msg'], node)}"
    return ConfigError("GF-CFG-013", node.file, node.line, key, _given(node, rest), message)


def _nearest(root: Node, path: tuple[str | int, ...]) -> tuple[Node, tuple[str | int, ...]]:
    node = root
    for depth, part in enumerate(path):
        child = node.children.get(part)
        if child is None:
            return node, path[depth:]
        node = child
    return node, ()


def _given(node: Node, rest: tuple[str | int, ...]) -> str:
    return "" if rest or node.path == () else shown(node.value)


def _reason(kind: str, context: dict[str, Any], message: str, node: Node) -> str:
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context.get("expected", "")) or [context.get("expected", "")]
        return guess(str(node.value), allowed, "write one of")
    if kind == "string_pattern_mismatch":
        return f"it must match {context.get('pattern')}"
    if kind in ("string_too_long", "string_too_short"):
        bound = context.get("max_length") or context.get("min_length")
        side = "at most" if kind == "string_too_long" else "at least"
        return f"it has {len(str(node.value))} characters, write {side} {bound}"
    if kind in ("too_long", "too_short"):
        bound = context.get("max_length") or context.get("min_length")
        return f"it has {len(node.children)} entries, write at {'most' if kind == 'too_long' else 'least'} {bound}"
    return message[:1].lower() + message[1:]


def guess(given: str, allowed: Iterable[str], label: str) -> str:
    """`did you mean "x"?` when something is close, and what is allowed."""
    names = sorted(set(allowed))
    close = difflib.get_close_matches(given[:100], names, n=1, cutoff=0.6)
    hint = f'did you mean "{close[0]}"? ' if close else ""
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"{hint}{label}: {listed or 'none'}"


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model at `path` knows."""
    current: Any = model
    for part in path:
        found = _model(current)
        fields = {info.alias or name: info.annotation for name, info in found.model_fields.items()} if found else {}
        current = fields[str(part)] if str(part) in fields else _held(current)
    found = _model(current)
    return [info.alias or name for name, info in found.model_fields.items()] if found else []


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation such as `X`, `X | None` or `Annotated[X, …]` stands for, if it is one."""
    annotation = _bare(annotation)
    options = get_args(annotation) if type(None) in get_args(annotation) else (annotation,)
    models = [each for each in map(_bare, options) if isinstance(each, type) and issubclass(each, BaseModel)]
    return models[0] if len(models) == 1 else None


def _held(annotation: Any) -> Any:
    """What a container holds: items of a tuple, values of a dict."""
    arguments = [part for part in get_args(_bare(annotation)) if part is not Ellipsis and part is not type(None)]
    return arguments[-1] if arguments else annotation


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
