"""Template values as text: intrinsic functions become placeholders such as `<Queue.Arn>`."""

import re
from collections.abc import Sequence
from typing import Any

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def text(value: Any) -> str:
    """Flatten a template value; what only the deployment knows stays a placeholder in angle brackets."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        return _function(name, argument)
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


def texts(value: Any) -> list[str]:
    """Flatten a value that may be one item, a list or absent."""
    if value is None:
        return []
    return [text(item) for item in value] if isinstance(value, list) else [text(value)]


def is_literal(value: Any) -> bool:
    """Whether the template alone tells the value."""
    return not isinstance(value, dict)


def referenced(value: Any) -> str | None:
    """Logical id behind a plain Ref or GetAtt."""
    if isinstance(value, dict) and isinstance(value.get("Ref"), str):
        return str(value["Ref"])
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        target = value["Fn::GetAtt"]
        return str(target[0]) if isinstance(target, list) else str(target).split(".", 1)[0]
    return None


def _function(name: str, argument: Any) -> str:
    if name == "Ref":
        return f"<{argument}>"
    if name == "Fn::GetAtt":
        return f"<{'.'.join(texts(argument))}>"
    if name == "Fn::Join" and isinstance(argument, list) and isinstance(argument[1], list):
        return str(argument[0]).join(texts(argument[1]))
    if name == "Fn::Sub":
        return _substitute(argument)
    if name == "Fn::If" and isinstance(argument, list):
        return " | ".join(texts(argument[1:]))
    return f"<{name}>"


def _substitute(argument: Any) -> str:
    template, variables = (
        (argument[0], argument[1])
        if isinstance(argument, Sequence) and not isinstance(argument, str)
        else (argument, {})
    )

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        return text(variables[match[2]]) if match[2] in variables else f"<{match[2]}>"

    return _VARIABLE.sub(replace, str(template))
