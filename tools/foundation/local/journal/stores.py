"""Finds the stores that make up a service's state, without copying them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

_BY_REGION, _BY_ACCOUNT, _MAP, _VALUE = "region", "account", "map", "value"


@dataclass(frozen=True)
class Store:
    """One named part of a service's state; `read` returns the live object."""

    service: str
    name: str
    read: Callable[[], Any]

    def entries(self, accounts: frozenset[str] | None) -> tuple[str, list[tuple[Any, Any]]]:
        """Its form and its (key, value) pairs; of scoped stores only those of the accounts, None for all."""
        value = self.read()
        if isinstance(value, AccountRegionScopedDict | AccountScopedDict):
            form = _BY_REGION if isinstance(value, AccountRegionScopedDict) else _BY_ACCOUNT
            pairs = list(value._data.items())
            return form, pairs if accounts is None else [pair for pair in pairs if pair[0][0] in accounts]
        if isinstance(value, dict):
            return _MAP, list(value.items())
        return _VALUE, [(None, value)]


def rebuild(form: str, pairs: list[tuple[Any, Any]]) -> Any:
    """The object that `entries` took apart."""
    if form == _VALUE:
        return pairs[0][1]
    if form == _MAP:
        return dict(pairs)
    scoped = AccountRegionScopedDict() if form == _BY_REGION else AccountScopedDict()
    scoped._data.update(pairs)
    return scoped


def is_scoped(form: str) -> bool:
    return form in (_BY_REGION, _BY_ACCOUNT)


def stores_of(service: str, module: ModuleType) -> list[Store]:
    """The stores behind a service module's get_state().

    Most of get_state() is copies of module globals: those are read in place. What it makes up
    (KMS keys, S3 bucket records without objects) is asked for again each time.
    Call it before the service holds state: Lambda's get_state() would change it.
    """
    if not hasattr(module, "get_state"):
        return []
    with references_instead_of_copies():
        state: dict[str, Any] = module.get_state() or {}
    names = {id(value): name for name, value in vars(module).items() if isinstance(value, _CONTAINERS)}
    found = []
    for name, value in state.items():
        attribute = names.get(id(value)) or _LIVE.get((service, name))
        if attribute is not None:
            found.append(Store(service, name, _reader(module, attribute)))
        else:
            found.append(Store(service, name, _made_up(module, name)))
    return found


_CONTAINERS = (AccountRegionScopedDict, AccountScopedDict, dict, list, set)
# Lambda's get_state() moves code out of the live records; read them as they are instead.
_LIVE = {("lambda", "functions"): "_functions", ("ec2", "instances"): "_instances"}


def _reader(module: ModuleType, attribute: str) -> Callable[[], Any]:
    return lambda: getattr(module, attribute)


def _made_up(module: ModuleType, name: str) -> Callable[[], Any]:
    def read() -> Any:
        with references_instead_of_copies():
            return module.get_state()[name]

    return read


@contextlib.contextmanager
def references_instead_of_copies() -> Iterator[None]:
    """While get_state() runs, copy.deepcopy hands back its argument: the caller serialises at once.

    Only for the event loop's thread with thread switches held off (see snapshot.undisturbed).
    """
    upstream = copy.deepcopy
    copy.deepcopy = lambda value, memo=None: value  # type: ignore[assignment,misc]  # noqa: ARG005
    try:
        yield
    finally:
        copy.deepcopy = upstream
