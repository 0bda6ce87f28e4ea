"""Where a target keeps its files: everything lies below one state folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 4566


def checkout() -> Path:
    """The project's root folder (tools/foundation/local/layout.py is three folders below it)."""
    return Path(__file__).resolve().parents[3]


def default_state() -> Path:
    return checkout() / ".local"


def lambda_python() -> Path:
    """The interpreter that deployed Python functions run on: a bare venv with boto3, like AWS's runtime."""
    return checkout() / "build" / "lambda-python" / "bin" / "python"


@dataclass(frozen=True)
class StateFolder:
    """Paths below the state folder; `create()` makes the folders."""

    root: Path

    @property
    def process(self) -> Path:
        """Process id, port and token of the running target."""
        return self.root / "process.json"

    @property
    def lock(self) -> Path:
        """Held while a target is started or ended, so that two `up` make one target."""
        return self.root / "lock"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def journal(self) -> Path:
        """The SQLite file that holds the services' state."""
        return self.root / "state.sqlite3"

    @property
    def objects(self) -> Path:
        """Bytes of S3 objects."""
        return self.root / "objects"

    @property
    def mlflow(self) -> Path:
        """A folder for each MLflow App: its server's database and log."""
        return self.root / "mlflow"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the process and of the functions it runs; emptied at start and end."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        return self.root / "target.log"

    @property
    def cdk_home(self) -> Path:
        """CDK_HOME: the CLI remembers here which account an access key belongs to."""
        return self.root / "cdk-home"

    @property
    def cdk_work(self) -> Path:
        """A folder without cdk.json, to run `cdk bootstrap` in."""
        return self.root / "cdk-work"

    def create(self) -> None:
        for folder in (self.root, self.objects, self.temporary, self.cdk_home, self.cdk_work):
            folder.mkdir(parents=True, exist_ok=True)
