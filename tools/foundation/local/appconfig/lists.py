"""AppConfig's lists: page by page, deployments with the newest first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import appconfig

from foundation.local.appconfig.validators import Response

MOST = 50
"""Items of a page."""
_LISTS = (
    "applications",
    "configuration_profiles",
    "deployment_strategies",
    "environments",
    "hosted_configuration_versions",
)


def install() -> None:
    for name in _LISTS:
        _page(f"_list_{name}")
    _page("_list_deployments", newest_first=True)


def _page(name: str, *, newest_first: bool = False) -> None:
    upstream: Callable[..., Response] = getattr(appconfig, name)

    def listed(*given: Any) -> Response:
        *place, query = given
        status, headers, body = upstream(*place, {**query, "max_results": str(10**6)})
        if status != 200:
            return status, headers, body
        items = json.loads(body)["Items"]
        if newest_first:
            items.reverse()
        return status, headers, json.dumps(_sliced(items, query)).encode()

    setattr(appconfig, name, listed)


def _sliced(items: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
    start, most = int(query.get("next_token") or 0), min(int(query.get("max_results") or MOST), MOST)
    more = {"NextToken": str(start + most)} if start + most < len(items) else {}
    return {"Items": items[start : start + most], **more}
