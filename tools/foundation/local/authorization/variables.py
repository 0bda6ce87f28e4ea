"""Policy variables: `${aws:PrincipalTag/manifest}` in a Resource or a condition's value.

ministack compares them letter by letter, so that such a statement never matches.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# `${*}` stands for the character itself.
_CHARACTERS = frozenset("*?$")
# A value's own wildcards are characters of it: these stand for them inside a pattern.
_LITERAL = {"*": "\uf02a", "?": "\uf03f"}
_PLAIN = {mark: character for character, mark in _LITERAL.items()}
# Equals nothing and matches nothing: a variable that the request doesn't have.
_NOTHING = "\0"
_PATTERN_OPERATORS = ("like", "arnequals", "arnnotequals")


def install() -> None:
    upstream_match, upstream_met = iam_evaluator._first_match, iam_evaluator._conditions_met
    upstream_compile = iam_evaluator._fnmatch_compile

    def first_match(context: Any, statements: list[Any], effect: str) -> Any:
        return upstream_match(context, [_statement(each, context) for each in statements], effect)

    def conditions_met(conditions: dict[str, Any], context: Any) -> bool:
        return bool(upstream_met(_conditions(conditions, context), context))

    def compile_pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
        if not any(mark in pattern for mark in _PLAIN):
            compiled: re.Pattern[str] = upstream_compile(pattern, ignore_case)
            return compiled
        wild = {"*": ".*", "?": "."}
        text = "".join(wild.get(each) or re.escape(_PLAIN.get(each, each)) for each in pattern)
        return re.compile(f"^{text}$", re.IGNORECASE if ignore_case else 0)

    iam_evaluator._first_match = first_match
    iam_evaluator._conditions_met = conditions_met
    iam_evaluator._fnmatch_compile = compile_pattern


def _statement(statement: Any, context: Any) -> Any:
    named = (*statement.resources, *statement.not_resources)
    if not any("${" in text for text in named):
        return statement
    excluded = [_filled(text, context, pattern=True) for text in statement.not_resources]
    if _NOTHING in excluded:
        # What it excludes can't be told: it applies to nothing.
        return replace(statement, resources=[_NOTHING], not_resources=[])
    return replace(
        statement,
        resources=[_filled(text, context, pattern=True) for text in statement.resources],
        not_resources=excluded,
    )


def _conditions(conditions: dict[str, Any], context: Any) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for operator, block in (conditions or {}).items():
        pattern = operator.lower().removesuffix("ifexists").endswith(_PATTERN_OPERATORS)
        filled[operator] = (
            {key: _expected(value, context, pattern) for key, value in block.items()}
            if isinstance(block, dict)
            else block
        )
    return filled


def _expected(value: Any, context: Any, pattern: bool) -> Any:
    if isinstance(value, list):
        return [_expected(each, context, pattern) for each in value]
    return _filled(value, context, pattern=pattern) if isinstance(value, str) and "${" in value else value


def _filled(text: str, context: Any, *, pattern: bool) -> str:
    """The text with its variables replaced; `_NOTHING` when one has no value in this request."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        if match[1] in _CHARACTERS:
            return _LITERAL.get(match[1], match[1]) if pattern else match[1]
        key, _, default = (part.strip() for part in match[1].partition(","))
        found = iam_evaluator._resolve_condition_key(key, context)
        if found is None or isinstance(found, list):
            # A key of several values can't be a variable.
            found = default.strip("'") if default else None
        missing = missing or found is None
        return "".join(_LITERAL.get(each, each) for each in str(found)) if pattern else str(found)

    filled = _VARIABLE.sub(value, text)
    return _NOTHING if missing else filled
