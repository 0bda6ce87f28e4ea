"""Serves ministack with our patches: imported by the launcher after it set the environment."""

from __future__ import annotations

import asyncio
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app

from foundation.local import bedrock
from foundation.local.gateway.admin import Call, Identity, Route, with_admin
from foundation.local.gateway.asgi import Application
from foundation.local.gateway.transport import with_secure_transport
from foundation.local.layout import StateFolder
from foundation.local.organization import organization
from foundation.local.patches import apply_patches
from foundation.local.types.install import install_types


def build(identity: Identity) -> Application:
    """ministack's application, patched, with our layers in front."""
    apply_patches()
    install_types()

    def load_settings() -> None:
        organization.load(identity.folder.settings)
        bedrock.install(bedrock.BedrockSettings.model_validate(organization.settings.model))

    load_settings()
    routes: dict[str, Route] = {"model": _model}
    return with_admin(with_secure_transport(app.app), identity, routes, load_settings)


async def _model(call: Call) -> tuple[int, Any]:
    return bedrock.admin(call.method, call.body)


def serve(folder: StateFolder, port: int, token: str) -> None:
    """Run until SIGTERM."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(hypercorn_serve(build(Identity(folder, port, token)), config))  # type: ignore[arg-type]
