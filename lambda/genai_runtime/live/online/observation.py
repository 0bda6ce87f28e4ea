"""Items of the audit table that belong to an experiment, as observations. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from genai_runtime.live.online import errors
from genai_runtime.live.online.errors import OnlineError
from genai_runtime.live.online.records import Observation

_OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
_SHARED = ("use_case", "experiment", "arm", "user")
_OF_KIND = {
    "request": ("outcome", "latency_ms", "error_code"),
    "feedback": ("rating",),
    "scored": ("score", "disagrees"),
}


def observation(item: Mapping[str, Any]) -> Observation | None:
    """The observation in an item as Python values; None for a request outside of experiments.

    Raises OnlineError (GF-LIVE-200), whose message repeats no value but the key.
    """
    if "experiment" not in item:
        return None
    kind = item.get("kind", "request")
    names = (*_SHARED, *_OF_KIND.get(kind, ()))
    key = str(item.get("at", ""))
    given = {name: item[name] for name in names if item.get(name) is not None}
    try:
        return _OBSERVATION.validate_python({**given, "kind": kind, "key": key, "at": key.split("#")[0]})
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)]
        raise OnlineError(
            errors.OBSERVATION_INVALID,
            f"the audit item {key!r} of {item.get('use_case')!r} can't be counted: {'; '.join(found)}: deploy ModelAccess "
            "and Observe from the same release",
        ) from None
