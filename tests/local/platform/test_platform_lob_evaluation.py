"""The example of a line of business that evaluates: deployed beside the platform, run by its owner's own command."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.cdk import CLI, cli_environment
from tests.local.platform.conftest import PRIMARY, Platform
from tests.local.target.deployment import delete
from tests.synth.app import CHECKOUT

pytestmark = pytest.mark.local

EXAMPLE = CHECKOUT / "examples" / "lob-evaluation"
STACK = "RepairEvaluation"


@pytest.fixture(scope="module")
def example(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the example, deployed to dev; its stack is gone afterwards, and with it its rule in the endpoints' group."""
    folder = tmp_path_factory.mktemp("lob") / "app"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", "cdk.out", ".venv", "__pycache__"))
    command = [str(CLI), "deploy", "--app", f"{sys.executable} app.py", "--require-approval", "never", "--no-notices"]
    done = run(platform, folder, [*command, "--method", "direct"])
    assert done.returncode == 0, done.stdout + done.stderr
    yield folder
    assert delete(platform.target, STACK) == "DELETE_COMPLETE"


def run(platform: Platform, folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command of the owner, with credentials of dev."""
    env = cli_environment(platform.target.environment("dev", PRIMARY))
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("prompt", "code", "decision"), [("prompt.yaml", 0, "PROMOTE"), ("weaker-prompt.yaml", 4, "REJECT")]
)
def test_the_owner_s_command_decides(platform: Platform, example: Path, prompt: str, code: int, decision: str) -> None:
    command = [sys.executable, "evaluate.py", "--prompt", f"evaluations/repair-status/{prompt}"]
    done = run(platform, example, command)
    assert done.returncode == code, done.stdout + done.stderr
    said, page = done.stdout.splitlines()[0].split(": ")
    assert said == decision
    result = json.loads(Path(page).with_name("result.json").read_text(encoding="utf-8"))
    assert (result["decision"], result["calls"]) == (decision, 16)
    again = run(platform, example, command)
    assert (again.returncode, again.stdout) == (code, done.stdout)
