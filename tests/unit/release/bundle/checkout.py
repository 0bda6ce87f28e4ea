"""A small checkout with the shipped configuration and catalog, built without the CDK CLI."""

from __future__ import annotations

from pathlib import Path

from foundation.release.bundle import build as building
from foundation.release.bundle.build import Built
from foundation.release.bundle.commit import Commit
from tests.unit.settings.folder import Folder

COMMIT = Commit("1a" * 20, "author@example.com", "Prompts answer shorter", "2026-09-01T12:00:00+02:00")
LOCK = "annotated-types==0.8.0 \\\n    --hash=sha256:" + "1" * 64 + " \\\n    --hash=sha256:" + "2" * 64 + "\n"
NPM = """{"packages": {"": {"name": "x"}, "node_modules/aws-cdk": {"version": "2.1148.1", "license": "Apache-2.0",
"integrity": "sha512-K3d02L17IwmAuiBWNuX1DzYhKUs9GrKYI7bZnGJfJ1bKz9ymXFxfudBOL3rUb8JAusDNSULiQU2fsJH7kyY2XA=="}}}"""


class Checkout(Folder):
    """config/, catalog/ and a code tree of a few files."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        for name in ("constructs/c.py", "lambda/l.py", "stacks/s.py", "app.py", "cdk.json"):
            (root / name).parent.mkdir(exist_ok=True)
            self.write(name, f"# {name}\n")
        for name in ("requirements.lock", "requirements-bootstrap.txt", "lambda/scoring.lock"):
            self.write(name, LOCK)
        self.write("package-lock.json", NPM)

    def build(self, out: Path, commit: Commit = COMMIT) -> Built:
        """A release of it."""
        return building.build(self.load(), commit, out, root=self.root)


def fake_synth(out: Path, *, config: Path | None = None, layers: str | None = None) -> float:
    """An assembly with a template, an archive and a folder as assets."""
    for name, body in {
        "manifest.json": b'{"artifacts": {}}',
        "assembly-dev/devModelAccess.template.json": b'{"Resources": {}}',
        "asset.1.zip": b"PK not really",
        "asset.2/genai_runtime/handler.py": b"print('hello')\n",
    }.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(body)
    return 0.0
