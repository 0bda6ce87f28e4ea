"""The journal: restores the services' state at start and writes changes while they happen."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from ministack import app

from foundation.local.errors import LocalTargetError
from foundation.local.journal.database import Database
from foundation.local.journal.objects import drop_unknown_buckets
from foundation.local.journal.snapshot import Snapshots
from foundation.local.journal.stores import Store, rebuild, stores_of
from foundation.local.layout import StateFolder

logger = logging.getLogger("foundation.journal")


class Journal:
    """State of all services in a state folder. Everything but the write itself runs on the event loop."""

    # How long a change may wait for its cut; several changes then share one.
    DELAY_SECONDS = 1.0
    # What a request changes in other accounts is written this often while requests come.
    SWEEP_SECONDS = 5.0
    # What no request announces (polling event sources, schedules) is written this often.
    IDLE_SWEEP_SECONDS = 30.0

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder
        self._database = Database(folder.journal)
        self._snapshots = Snapshots()
        self._stores: dict[str, list[Store]] = {}
        self._modules: dict[str, ModuleType] = {}
        self._dirty: set[str] = set()
        self._changed = asyncio.Event()
        self._writing = asyncio.Lock()
        self._warned: set[str] = set()
        self.failure = ""
        self.figures = {"cuts": 0, "entries": 0, "cpu_seconds": 0.0, "longest_cut": 0.0}

    def restore(self) -> None:
        """Load what the last process wrote. Fails with GF-LOCAL-050 when a service doesn't take it."""
        # Look into the services that are loaded while they are empty: get_state() of some changes records.
        for _ in self._all_stores():
            pass
        found: dict[str, dict[str, tuple[str, list[tuple[Any, Any]]]]] = {}
        for service, store, form, key, value, content in self._database.entries():
            found.setdefault(service, {}).setdefault(store, (form, []))[1].append((key, value))
            self._snapshots.remember(service, store, key, content)
        self._snapshots.remember_blobs(self._database.blob_digests())
        drop_unknown_buckets(self._folder.objects, found.get("s3", {}).get("buckets_meta", ("", []))[1])
        for service, stores in found.items():
            module = app._get_module(app._state_map[service])
            if service not in self._stores:
                self._adopt(service, module)
            empty = {store.name: type(store.read())() for store in self._stores[service]}
            state = {**empty, **{name: rebuild(form, pairs) for name, (form, pairs) in stores.items()}}
            try:
                module.load_persisted_state(state)
            except Exception as error:
                raise LocalTargetError(
                    "GF-LOCAL-050",
                    f"the state of {service} in {self._folder.journal} can't be restored ({error!r}): "
                    "run foundation local down --purge",
                ) from error

    def mark(self, account: str) -> None:
        """Note that something in the account changed."""
        self._dirty.add(account)
        self._changed.set()

    async def save(self, account: str) -> None:
        """Write the account's changes before returning."""
        self._dirty.discard(account)
        await self._cut(frozenset({account}))

    async def run(self) -> None:
        """Write changes of marked accounts soon, those of all accounts now and then, until cancelled."""
        swept = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(self.IDLE_SWEEP_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                self._changed.clear()
            await asyncio.sleep(self.DELAY_SECONDS)
            self._changed.clear()
            accounts, self._dirty = frozenset(self._dirty), set()
            sweep = bool(self.failure) or time.monotonic() - swept >= self.SWEEP_SECONDS
            await self._cut(None if sweep else accounts)
            swept = time.monotonic() if sweep else swept

    async def close(self) -> None:
        """The last cut, when the process ends in order."""
        await self._cut(None)
        self._database.close()

    async def _cut(self, accounts: frozenset[str] | None) -> None:
        async with self._writing:
            try:
                started = time.thread_time()
                changes = self._snapshots.take(self._all_stores(), accounts)
                self._count(len(changes.entries), time.thread_time() - started)
                self._warn(changes.unserialisable)
                if changes:
                    await asyncio.to_thread(self._database.write, changes)
                self.failure = ""
            except Exception as error:
                self.failure = f"GF-LOCAL-052: changes can't be written to {self._folder.journal}: {error!r}"
                logger.exception(self.failure)
                self._snapshots.forget()
                self._changed.set()

    def _warn(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self._warned:
                self._warned.add(problem)
                logger.error("GF-LOCAL-051: not kept: %s", problem)

    def _all_stores(self) -> Iterator[Store]:
        for service, module_name in app._state_map.items():
            if service not in self._stores:
                module = app._loaded_modules.get(module_name) or sys.modules.get(f"ministack.services.{module_name}")
                if module is None:
                    continue
                self._adopt(service, module)
            yield from self._stores[service]

    def _adopt(self, service: str, module: Any) -> None:
        self._stores[service] = stores_of(service, module)

    def _count(self, entries: int, seconds: float) -> None:
        self.figures["cuts"] += 1
        self.figures["entries"] += entries
        self.figures["cpu_seconds"] += seconds
        self.figures["longest_cut"] = max(self.figures["longest_cut"], seconds)
