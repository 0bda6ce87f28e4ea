"""Measured processes: cost of a whole tree, failures with their output, the app's environment, rules taken away."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.bench.apps import WITHOUT_RULES, App, Variant
from foundation.bench.errors import BenchError
from foundation.bench.target import free_port
from foundation.bench.usage import clean_environment, measure
from foundation.cdk import ROOT

VENV = Path(sys.prefix)
CHILD = "sum(range(8_000_000)); bytearray(80_000_000)"


def test_a_process_is_measured_with_what_it_starts(tmp_path: Path) -> None:
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], check=True)"
    command = [sys.executable, "-c", parent]
    used = measure(command, environment=clean_environment(VENV), folder=tmp_path, log=tmp_path / "log.txt")
    assert used.cpu > 0
    assert used.wall > 0
    assert used.peak_mib > 76, "the child's memory counts"


def test_fails_with_the_end_of_the_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('said at last'); sys.exit(3)"]
    with pytest.raises(BenchError, match=r"GF-BENCH-004: .*ended with 3(?s:.*)said at last"):
        measure(command, environment=clean_environment(VENV), folder=tmp_path, log=tmp_path / "logs" / "log.txt")


def test_measured_processes_get_no_settings_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    found = clean_environment(VENV)
    assert not {"PYTHONDONTWRITEBYTECODE", "AWS_PROFILE"} & found.keys()
    assert found["PATH"].split(os.pathsep)[0] == str(VENV / "bin")


def test_the_app_is_started_as_the_cli_starts_it(tmp_path: Path) -> None:
    app = App(ROOT, ROOT / "config", tmp_path)
    one = app.environment(tmp_path / "out", Variant("one", app.command, account="dev"))
    context = json.loads(one["CDK_CONTEXT_JSON"])
    assert context["account"] == "dev"
    assert context["aws:cdk:enable-path-metadata"] is True
    assert context.items() >= json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"].items()
    assert one["CDK_OUTDIR"] == str(tmp_path / "out")
    assert app.command[-1] == "app.py"
    assert app.without_rules() == (*app.command[:-1], str(WITHOUT_RULES))
    every = app.environment(tmp_path / "out", Variant("all", app.command))
    assert "account" not in json.loads(every["CDK_CONTEXT_JSON"])


def test_fails_when_cdk_json_starts_something_else(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text('{"app": "python other.py"}', encoding="utf-8")
    with pytest.raises(BenchError, match="GF-BENCH-005"):
        App(tmp_path, ROOT / "config", tmp_path).without_rules()


@pytest.mark.parametrize(("findings", "rules"), [("{}", False), (None, True)])
def test_fails_when_the_rules_spoke_against_the_variant(tmp_path: Path, findings: str | None, rules: bool) -> None:
    """An app without rules that has findings, and one with rules that has none, would be measured as something else."""
    write = f"Path(os.environ['CDK_OUTDIR'], 'validation-report.json').write_text({findings!r})" if findings else "0"
    command = (sys.executable, "-c", f"import os; from pathlib import Path; {write}")
    with pytest.raises(BenchError, match="GF-BENCH-007"):
        App(ROOT, ROOT / "config", tmp_path).run(Variant("x", command, rules=rules), tmp_path / "out")


@pytest.mark.parametrize("without", [False, True])
def test_rule_packs_are_taken_away(tmp_path: Path, without: bool) -> None:
    code = (
        "import sys; from foundation.bench.without_rules import NoPlugins;"
        f"sys.meta_path[:0] = [NoPlugins()] if {without} else [];"
        "import aws_cdk, cdk_nag;"
        f"app = aws_cdk.App(outdir={str(tmp_path)!r}, builtin_cloud_formation_validation=False);"
        "aws_cdk.Stack(app, 'S');"
        "aws_cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app));"
        "app.synth()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean_environment(VENV), check=True)
    assert (tmp_path / "validation-report.json").is_file() is not without


def test_free_ports_can_be_bound() -> None:
    assert 1024 <= free_port() <= 65535
