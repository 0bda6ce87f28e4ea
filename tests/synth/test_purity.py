"""Synthesis is pure: the same configuration gives the same bytes, wherever and by whomever it is run."""

import getpass
from pathlib import Path

from tests.synth.app import Run, direct_synth


def files_of(folder: Path) -> dict[str, bytes]:
    """Templates, asset manifests and assembly manifests by relative path; assets are named by their content's hash."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.json"))
        if not path.relative_to(folder).parts[0].startswith("asset.") and path.name != "validation-report.json"
    }


def test_another_user_folder_locale_time_zone_and_hash_seed_give_the_same_bytes(synthesis: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    again = direct_synth(
        tmp_path / "again",
        cwd=elsewhere,
        variables={
            "TZ": "Pacific/Kiritimati",
            "LANG": "C",
            "LC_ALL": "C",
            "PYTHONHASHSEED": "4711",
            "USER": "somebody-else",
            "LOGNAME": "somebody-else",
            "AWS_REGION": "us-west-2",
            "AWS_PROFILE": "none",
            "CDK_DEFAULT_ACCOUNT": "999999999999",
            "CDK_DEFAULT_REGION": "ap-south-1",
        },
    )
    assert again.code == 0, again.output
    first, second = files_of(synthesis.outdir), files_of(again.outdir)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    folders = [{path.name for path in run.outdir.glob("asset.*")} for run in (synthesis, again)]
    assert folders[0] == folders[1]


def test_templates_name_neither_the_machine_nor_its_user(synthesis: Run) -> None:
    traces = {str(Path.home()), str(Path.cwd()), f"/home/{getpass.getuser()}"} - {"/"}
    for name, content in files_of(synthesis.outdir).items():
        if name.endswith(".template.json"):
            assert [trace for trace in traces if trace.encode() in content] == [], name
