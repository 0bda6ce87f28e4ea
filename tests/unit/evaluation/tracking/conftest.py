"""A real MLflow store on disk, and artifacts beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mlflow.tracking import MlflowClient

from genai_runtime.evaluation.tracking.experiments import Experiments


class FileArtifacts:
    """Artifacts of a store on disk."""

    def put(self, root: str, name: str, body: bytes) -> None:
        folder = Path(urlsplit(root).path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    # MLflow's smallest package has this store only; the local target's tests use its server with a database.
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return MlflowClient(tracking_uri=f"file://{tmp_path / 'mlruns'}")


@pytest.fixture
def experiments(client: MlflowClient) -> Experiments:
    return Experiments(client, FileArtifacts())


@pytest.fixture
def read_artifact() -> Callable[[str, str], bytes]:
    return lambda root, name: (Path(urlsplit(root).path) / name).read_bytes()
