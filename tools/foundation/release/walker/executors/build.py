"""CodeBuild: the project's commands as local processes, with the session of the project's role."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from foundation.cdk import cli_environment
from foundation.release.errors import ReleaseError
from foundation.release.walker.calls import Call, Interrupted, Outcome
from foundation.release.walker.cloud import BUILD_SERVICE, Cloud, Credentials
from foundation.release.walker.definition import Definition, Project
from foundation.release.walker.executors import buildspec
from foundation.release.walker.executors.buildspec import Buildspec, Files

_ID = "CODEBUILD_BUILD_ID"
_TAIL_LINES = 15


@dataclass(frozen=True)
class _Build:
    call: Call
    project: Project
    source: Path
    spec: Buildspec

    @property
    def id(self) -> str:
        return f"{self.project.name}:{self.call.token}"

    @property
    def arn(self) -> str:
        return f"{self.project.arn.partition(':project/')[0]}:build/{self.id}"

    @property
    def log(self) -> Path:
        return self.call.folder / "build.log"

    @property
    def verdict(self) -> Path:
        """Written by the build itself when it ends: it isn't run again, as CodeBuild runs none twice for a token."""
        return self.call.folder / "failed"


class Builds:
    """Runs builds and ends their processes."""

    def __init__(self, definition: Definition, cloud: Cloud, stopped: threading.Event) -> None:
        self._definition, self._cloud, self._stopped = definition, cloud, stopped
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def run(self, call: Call) -> Outcome:
        """Fails with GF-REL-335 for a role that may not start the build, GF-REL-341 for a build that fails or takes too long."""
        project = self._definition.project(str(call.configuration["ProjectName"]))
        self._cloud.require(
            self._cloud.action_session(call), project.arn, "codebuild:StartBuild", "codebuild:BatchGetBuilds"
        )
        source = Path(_primary(call))
        build = _Build(call, project, source, buildspec.read(project.buildspec, source))
        context = {"codebuild:projectArn": project.arn, "codebuild:buildArn": build.arn}
        session = self._cloud.service_session(
            BUILD_SERVICE, project.role_arn, project.arn, f"AWSCodeBuild-{call.token}", context
        )
        # A killed walker leaves its build behind, which must not go on beside its repetition.
        _end_leftovers(build.id)
        if not build.verdict.exists():
            self._execute(build, self._environment(build, session))
        _judge(build)
        return Outcome("Succeeded", _exports(build), dict(_collected(build)), external=build.id)

    def end(self) -> None:
        """End every build that runs, with all its processes."""
        with self._lock:
            running = list(self._running.values())
        for process in running:
            _end_group(process)

    def _execute(self, build: _Build, environment: Mapping[str, str]) -> None:
        script = buildspec.write(build.spec, build.call.folder)
        with build.log.open("ab") as log:
            process = subprocess.Popen(
                ["bash", str(script)],
                cwd=build.source,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            with self._lock:
                self._running[build.id] = process
            try:
                if self._stopped.is_set():
                    raise Interrupted
                process.wait(build.project.minutes * 60)
            except subprocess.TimeoutExpired as error:
                raise ReleaseError(
                    "GF-REL-341", f"{build.id} took longer than {build.project.minutes} minutes: see {build.log}"
                ) from error
            finally:
                by_itself = process.poll() is not None and not self._stopped.is_set()
                # Whatever ended it: nothing that the build started outlives it.
                _end_group(process)
                if not by_itself:
                    build.verdict.unlink(missing_ok=True)
                with self._lock:
                    del self._running[build.id]
        if self._stopped.is_set():
            raise Interrupted

    def _environment(self, build: _Build, session: Credentials) -> dict[str, str]:
        pipeline, revision = build.call.pipeline, build.call.revision
        target = self._cloud.target.environment(pipeline.account, pipeline.region)
        found = {
            **target,
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "CI": "true",
            "CODEBUILD_BUILD_ARN": build.arn,
            _ID: build.id,
            "CODEBUILD_INITIATOR": f"codepipeline/{pipeline.name}",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": revision.commit,
            "CODEBUILD_SRC_DIR": str(build.source),
            "CODEBUILD_START_TIME": str(int(build.call.started * 1000)),
            # What people write is in no variable of an action, and a folder that is no commit has it nowhere.
            "RELEASE_AUTHOR": revision.author,
            "RELEASE_SUBJECT": revision.subject,
            **{f"CODEBUILD_SRC_DIR_{name}": path for name, path in build.call.inputs.items()},
        }
        if revision.config:
            found["FOUNDATION_CONFIG"] = revision.config
        return cli_environment({**found, **self._variables(build, session)})

    def _variables(self, build: _Build, session: Credentials) -> dict[str, str]:
        """The specification's, then the project's, then the action's, each stronger than the one before."""
        spec = build.spec
        typed = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in spec.variables.items()]
        typed += [{"name": name, "value": value, "type": "PARAMETER_STORE"} for name, value in spec.parameters.items()]
        typed += [{"name": name, "value": value, "type": "SECRETS_MANAGER"} for name, value in spec.secrets.items()]
        own = json.loads(str(build.call.configuration.get("EnvironmentVariables", "[]")))
        return {
            str(each["name"]): self._value(str(each["value"]), str(each.get("type", "PLAINTEXT")), session)
            for each in [*typed, *build.project.variables, *own]
        }

    def _value(self, value: str, kind: str, session: Credentials) -> str:
        try:
            if kind == "PARAMETER_STORE":
                ssm = self._cloud.client("ssm", session)
                return str(ssm.get_parameter(Name=value, WithDecryption=True)["Parameter"]["Value"])
            if kind == "SECRETS_MANAGER":
                name, _, key = value.partition(":") if not value.startswith("arn:") else (value, "", "")
                secret = self._cloud.client("secretsmanager", session).get_secret_value(SecretId=name)["SecretString"]
                return str(json.loads(secret)[key.partition(":")[0]]) if key else str(secret)
        except (ClientError, ValueError, KeyError) as error:
            raise ReleaseError("GF-REL-341", f"the build can't read {kind} {value}: {error}") from error
        return value


def _primary(call: Call) -> str:
    name = str(call.configuration.get("PrimarySource", "")) or next(iter(call.inputs), "")
    if name not in call.inputs:
        raise ReleaseError(
            "GF-REL-323", f"{call.name} needs an input artifact{f' {name}' if name else ''} to build from"
        )
    return call.inputs[name]


def _judge(build: _Build) -> None:
    failed = build.verdict.read_text(encoding="utf-8") if build.verdict.exists() else "the shell, killed"
    if failed:
        lines = build.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
        raise ReleaseError(
            "GF-REL-341", f"{build.project.name} failed in {failed.replace(' ', ' with status ', 1)}, see {build.log}:\n"
            + "\n".join(lines)
        )  # fmt: skip


def _exports(build: _Build) -> dict[str, str]:
    pairs = (build.call.folder / "exports").read_text(encoding="utf-8").split("\0")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs if pair) if value}


def _collected(build: _Build) -> Iterator[tuple[str, str]]:
    """Output artifacts, copied out of the source folder."""
    for name in build.call.action.outputs:
        files = build.spec.artifacts.get(name) or build.spec.artifacts.get("")
        folder = build.call.folder / "artifacts" / name
        shutil.rmtree(folder, ignore_errors=True)
        if files is None or not _copy(build.source, files, folder):
            raise ReleaseError(
                "GF-REL-342", f"{build.project.name} made no file for its artifact {name}: see artifacts in it"
            )
        yield name, str(folder)


def _copy(source: Path, files: Files, folder: Path) -> int:
    base = source / files.base
    copied = 0
    for pattern in files.patterns:
        for path in sorted(base.glob(pattern)):
            if path.is_file():
                to = folder / (path.name if files.flat else path.relative_to(base))
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, to)
                copied += 1
    return copied


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """The process is the leader of a group of its own: everything that it started in the foreground is in it."""
    for sent, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            if not _group_lives(process.pid):
                return


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _end_leftovers(build_id: str) -> None:
    """Kill processes of the same build that a killed walker left: they carry its id in their environment."""
    marker = f"{_ID}={build_id}".encode()
    end = time.monotonic() + 5.0
    while left := [pid for pid in _pids() if marker in _environment_of(pid)]:
        if time.monotonic() > end:
            raise ReleaseError(
                "GF-REL-343", f"processes {left} of {build_id} can't be ended: end them, then run with --resume"
            )
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _pids() -> Iterator[int]:
    return (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and int(each.name) != os.getpid())


def _environment_of(pid: int) -> list[bytes]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return []
