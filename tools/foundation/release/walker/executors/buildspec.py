"""A build specification, version 0.2, as far as the walker can run it.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from foundation.release.errors import ReleaseError

PHASES = ("install", "pre_build", "build", "post_build")
_TOP = {"version", "env", "phases", "artifacts", "cache", "reports"}
_ENV = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions"}
_ARTIFACTS = {"files", "base-directory", "discard-paths", "name", "secondary-artifacts"}
_SCRIPT = """\
# Written by foundation release run: one shell for all phases, as CodeBuild's version 0.2 has it.
export CODEBUILD_BUILD_SUCCEEDING=1
gf_phase="" gf_status=0 gf_failed=""
gf_end() {{
  if [ -n "$gf_phase" ]; then gf_failed="${{gf_failed:-$gf_phase $gf_status}}"; fi
  gf_written=yes
  for gf_name in {exported}; do
    printf '%s=%s\\0' "$gf_name" "$(printenv "$gf_name")" || gf_written=""
  done > {exports} || gf_written=""
  # A build whose values got lost on a full disk has no verdict.
  [ -n "$gf_written" ] && printf '%s' "$gf_failed" > {failed}.new && mv {failed}.new {failed}
}}
trap 'gf_status=$?; gf_end' EXIT
gf_run() {{
  printf '+ %s\\n' "$1"
}}
"""
_BEGIN = """
# {phase}
if [ -z "$gf_failed" ]{also}; then
gf_phase={phase} gf_status=0
printf '\\n[%s]\\n' {phase}
"""
_COMMAND = 'if [ "$gf_status" -eq 0 ]; then gf_run {shown}; . {file}; gf_status=$?; fi\n'
_FINALLY = "gf_run {shown}; . {file} || gf_status=$?\n"
_END = """\
if [ "$gf_status" -ne 0 ]; then
  gf_failed="${gf_failed:-$gf_phase $gf_status}"
  export CODEBUILD_BUILD_SUCCEEDING=0
fi
gf_phase=""
fi
"""


@dataclass(frozen=True)
class Files:
    """An artifact: patterns below a folder."""

    patterns: tuple[str, ...]
    base: str = "."
    flat: bool = False


@dataclass(frozen=True)
class Phase:
    commands: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
    """`finally`: run whether a command failed or not."""
    aborts: bool = False
    """Of the build phase: no post_build after a failure."""


@dataclass(frozen=True)
class Buildspec:
    """`parameters` and `secrets` are references by variable."""

    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: Mapping[str, Files] = field(default_factory=dict)
    """By name; the primary one is the empty name."""


def read(text: str, folder: Path) -> Buildspec:
    """The specification that a project names: itself, or a file of the source. Fails with GF-REL-340."""
    if "\n" not in text.strip() and text.strip().endswith((".yml", ".yaml", "")) and not text.lstrip().startswith("{"):
        file = folder / (text.strip() or "buildspec.yml")
        if not file.is_file():
            raise ReleaseError("GF-REL-340", f"no build specification {file}: write it, or put it into the project")
        text = file.read_text(encoding="utf-8")
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ReleaseError("GF-REL-340", f"the build specification is no YAML: {error}") from error
    if not isinstance(given, dict) or str(given.get("version")) != "0.2":
        raise ReleaseError("GF-REL-340", "the build specification isn't of version 0.2")
    return _parse(given)


def write(spec: Buildspec, folder: Path) -> Path:
    """A bash script that runs the phases; it leaves `exports` and, last, `failed` (phase and status, empty for none) in the
    folder."""
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    failed, exports = (shlex.quote(str(folder / name)) for name in ("failed", "exports"))
    script = _SCRIPT.format(failed=failed, exports=exports, exported=" ".join(spec.exported))
    number = 0

    def line(form: str, command: str) -> str:
        nonlocal number
        number += 1
        file = commands / f"{number:03d}.sh"
        file.write_text(f"{command}\n", encoding="utf-8")
        return form.format(shown=shlex.quote(command), file=shlex.quote(str(file)))

    for name in PHASES:
        phase = spec.phases.get(name, Phase())
        after_failure = name == "post_build" and not spec.phases.get("build", Phase()).aborts
        script += _BEGIN.format(phase=name, also=' || [ "${gf_failed%% *}" = build ]' if after_failure else "")
        script += "".join(line(_COMMAND, command) for command in phase.commands)
        script += "".join(line(_FINALLY, command) for command in phase.afterwards)
        script += _END
    script += '[ -z "$gf_failed" ]\n'
    path = folder / "build.sh"
    path.write_text(script, encoding="utf-8")
    return path


def _parse(given: Mapping[str, Any]) -> Buildspec:
    _only(given, _TOP, "the build specification")
    env = given.get("env") or {}
    _only(env, _ENV, "env")
    if env.get("shell", "bash") != "bash":
        raise ReleaseError(
            "GF-REL-340", f"the build specification asks for the shell {env['shell']}: the walker has bash"
        )
    phases = given.get("phases") or {}
    _only(phases, set(PHASES), "phases")
    return Buildspec(
        phases={name: _phase(name, phase or {}) for name, phase in phases.items()},
        variables=_texts(env.get("variables")),
        parameters=_texts(env.get("parameter-store")),
        secrets=_texts(env.get("secrets-manager")),
        exported=tuple(str(name) for name in env.get("exported-variables") or ()),
        artifacts=dict(_artifacts(given.get("artifacts") or {})),
    )


def _phase(name: str, given: Mapping[str, Any]) -> Phase:
    _only(given, _PHASE, name)
    failure = str(given.get("on-failure", "")).upper()
    if failure not in {"", "ABORT"}:
        raise ReleaseError("GF-REL-340", f"phase {name} has on-failure {failure}: the walker knows ABORT")
    commands, afterwards = (tuple(str(each) for each in given.get(key) or ()) for key in ("commands", "finally"))
    return Phase(commands, afterwards, aborts=failure == "ABORT")


def _artifacts(given: Mapping[str, Any]) -> list[tuple[str, Files]]:
    _only(given, _ARTIFACTS, "artifacts")
    found = [("", _files(given))] if "files" in given else []
    for name, each in (given.get("secondary-artifacts") or {}).items():
        found.append((str(name), _files(each)))
    return found


def _files(given: Mapping[str, Any]) -> Files:
    _only(given, _ARTIFACTS, "artifacts")
    flat = str(given.get("discard-paths", "no")).lower() in {"yes", "true"}
    return Files(tuple(str(each) for each in given.get("files", ())), str(given.get("base-directory", ".")), flat)


def _texts(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (given or {}).items()}


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ReleaseError(
            "GF-REL-340",
            f"{where} of the build specification has {', '.join(unknown)}: the walker knows {', '.join(sorted(known))}",
        )
