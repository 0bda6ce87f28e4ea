"""Serves ministack with our patches: imported by the launcher after it set the environment."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app

from foundation.local import bedrock
from foundation.local.codepipeline import admin as codepipeline
from foundation.local.environment import endpoint
from foundation.local.errors import LocalTargetError
from foundation.local.gateway.admin import Call, Control, Identity, Route, with_admin
from foundation.local.gateway.asgi import Application
from foundation.local.gateway.changes import with_change_notes
from foundation.local.gateway.faults import Faults, with_faults
from foundation.local.gateway.network import refused, with_vpc_network
from foundation.local.gateway.transport import with_secure_transport
from foundation.local.inprocess import interceptors
from foundation.local.journal import Journal
from foundation.local.layout import StateFolder
from foundation.local.mlflow import apps
from foundation.local.mlflow.front import with_mlflow
from foundation.local.mlflow.server import Servers
from foundation.local.organization import organization
from foundation.local.patches import apply_patches
from foundation.local.patches.cloudformation import operations
from foundation.local.recovery import recover
from foundation.local.repository_host import RepositoryHost
from foundation.local.types.install import install_types


class Server:
    """ministack, patched, with its journal and our layers in front."""

    def __init__(self, folder: StateFolder, port: int, token: str) -> None:
        self._identity = Identity(folder, port, token)
        self._journal = Journal(folder)
        self._faults = Faults()
        self._mlflow = Servers(folder.mlflow, endpoint(port))
        self._repository_host = RepositoryHost()
        self._recovered: list[str] | None = None

    async def run(self) -> None:
        """Restore, serve until SIGTERM or SIGINT, write the last cut."""
        apply_patches()
        install_types()
        self._load_settings()
        self._journal.restore()
        operations.save = self._journal.save
        interceptors.append(self._faults.intercept)
        apps.deleted.append(self._mlflow.forget)
        ended = asyncio.Event()
        for sent in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sent, ended.set)
        tasks = [asyncio.ensure_future(self._journal.run()), asyncio.ensure_future(self._recover())]
        try:
            await hypercorn_serve(self._application(), self._config(), shutdown_trigger=ended.wait)  # type: ignore[arg-type]
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            self._mlflow.end()
            self._repository_host.end()
            await self._journal.close()

    async def _recover(self) -> None:
        # Deleting a custom resource calls back over HTTP: wait until ministack serves.
        while app._MAIN_LOOP is None:
            await asyncio.sleep(0.01)
        self._recovered = await recover(self._journal.save)

    def _application(self) -> Application:
        routes: dict[str, Route] = {
            **codepipeline.routes(self._journal.mark),
            "faults": self._faults.admin,
            "journal": self._figures,
            "mlflow": self._experiments,
            "model": _model,
            "network": _network,
            "repository-host": self._repository_host.admin,
        }
        served = with_faults(with_vpc_network(with_secure_transport(with_mlflow(app.app, self._mlflow))), self._faults)
        control = Control(
            routes=routes,
            load_settings=self._load_settings,
            is_ready=lambda: self._recovered is not None,
            failure=lambda: self._journal.failure,
        )
        return with_admin(with_change_notes(served, self._journal.mark), self._identity, control)

    def _load_settings(self) -> None:
        organization.load(self._identity.folder.settings)
        bedrock.install(bedrock.BedrockSettings.model_validate(organization.settings.model))
        self._repository_host.start()

    def _config(self) -> Config:
        config = Config()
        config.bind = [f"127.0.0.1:{self._identity.port}"]
        config.keep_alive_timeout = 75
        config.graceful_timeout = 1
        config.loglevel = "WARNING"
        return config

    async def _figures(self, _: Call) -> tuple[int, Any]:
        return 200, {**self._journal.figures, "failure": self._journal.failure, "recovered": self._recovered}

    async def _experiments(self, call: Call) -> tuple[int, Any]:
        """GET: MLflow servers that run, POST: start those of all deployed Apps first."""
        try:
            for each in list(apps.every()) if call.method == "POST" else ():
                await self._mlflow.url(each)
        except LocalTargetError as error:
            return 501, {"code": error.code, "message": error.message}
        return 200, [{"app": arn, "url": url} for arn, url in self._mlflow.running()]


async def _network(_: Call) -> tuple[int, Any]:
    return 200, list(refused)


async def _model(call: Call) -> tuple[int, Any]:
    return bedrock.admin(call.method, call.body)


def serve(folder: StateFolder, port: int, token: str) -> None:
    asyncio.run(Server(folder, port, token).run())
