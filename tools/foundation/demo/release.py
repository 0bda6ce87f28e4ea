"""Releases through the deployed pipeline: a good candidate reaches production, a weakened prompt stops at dev."""

import hashlib
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from foundation.catalog_release import pending, pending_suites
from foundation.demo.evaluate import SUITE, WEAKENED
from foundation.local.layout import checkout
from foundation.local.target import Target
from foundation.release.bundle.requirements import pipeline_of
from foundation.release.walker.executors.approval import Answer, Approvals
from foundation.release.walker.records import Execution
from foundation.release.walker.revisions import Given, revision
from foundation.release.walker.runs import Runs
from stacks.settings import Settings, default_catalog
from stacks.settings.load import examine
from stacks.settings.release import SUITES, write_lock

HOST: Final = "/_foundation/repository-host"
SKIPPED: Final = ("Test",)
"""`make check test` is a command of its own, and longer than the demo."""
PULL_REQUEST: Final = 7
LEFTOVER: Final = "api-answer-v2"


@dataclass(frozen=True)
class Candidate:
    """What is released, and how far it must come.

    :param stops_at: action that fails; empty: none
    """

    shows: str
    given: Given
    stops_at: str = ""


class Releases:
    """Releases of a demo, on its target.

    :param assembly: cloud assembly that is deployed
    :param out: folder for what the demo leaves
    Raises ReleaseError GF-REL-406 for a configuration without a pipeline.
    """

    def __init__(self, settings: Settings, target: Target, assembly: Path, out: Path) -> None:
        self._settings, self._target, self._assembly, self._out = settings, target, assembly, out
        self._release = pipeline_of(settings)

    def store_token(self) -> None:
        """Put the token of the repository host's stand-in where functions read it."""
        token = self._target.call("GET", HOST)["token"]
        client = self._target.client("secretsmanager", "shared", self._settings.regions.primary.name)
        name = self._release.token_secret
        try:
            client.create_secret(Name=name, SecretString=token)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceExistsException":
                raise
            client.put_secret_value(SecretId=name, SecretString=token)

    def candidates(self) -> tuple[Candidate, Candidate]:
        """The checkout as it is, and a copy of its configuration with the weakened prompt."""
        good = _identity("the configuration as it is")
        return (
            Candidate(
                "the checkout",
                Given(
                    commit=good,
                    author="developer@example.com",
                    date="2026-11-02T09:00:00+00:00",
                    subject="First release",
                ),
            ),
            Candidate("a weakened prompt", self._weakened(), stops_at="Dev/Evaluate"),
        )

    def forget_leftovers(self) -> None:
        """Delete the prompt that the stopped release of an earlier demo left in dev: its stack keeps what it no longer has, and
        a name is given once."""
        client = self._target.client("bedrock-agent", "dev", self._settings.regions.primary.name)
        for page in client.get_paginator("list_prompts").paginate():
            for each in page["promptSummaries"]:
                if each["name"] == LEFTOVER:
                    client.delete_prompt(promptIdentifier=each["id"])

    def run(self, candidate: Candidate, watch: Callable[[Execution], None]) -> dict[str, Any]:
        """Walk the pipeline; a row for the summary."""
        runs = Runs(
            self._target, self._assembly, approvals=Approvals(self._answers(), wait=False), watch=watch,
        )  # fmt: skip
        folder = self._settings.config.resolve().parent
        found = revision(folder if (folder / ".git").exists() else checkout(), candidate.given)
        ended = runs.start(found, skip=SKIPPED)
        failed = [name for name, record in ended.actions.items() if record.status == "Failed"]
        hosted = self._target.call("GET", HOST)
        comments = [each["body"] for each in hosted["comments"] if each["pull_request"] == _pull_request(candidate)]
        return {
            "shows": candidate.shows,
            "execution": ended.id,
            "status": ended.status,
            "failed": failed,
            "why": [ended.actions[name].error for name in failed],
            "manifest": _manifest(ended),
            "seconds": {
                name: round(each.ended - each.started, 1) for name, each in ended.actions.items() if each.ended
            },
            "skipped": list(ended.skip),
            "comment": comments[-1] if comments else "",
            "named_tests": sorted(set(re.findall(r"`([a-z0-9.-]+\.[A-Za-z0-9.-]+)`", comments[-1])))
            if comments
            else [],
            "branches": sorted(hosted["branches"]),
            "as_expected": failed == ([candidate.stops_at] if candidate.stops_at else [])
            and ended.status != "InProgress",
        }

    def _answers(self) -> Mapping[str, Answer]:
        """The first two people approve who may together: somebody may be in both roles, but approves in one."""
        qa, experts = (self._release.approvers[role] for role in ("qa", "domain-expert"))
        tester, expert = next((one, other) for one in qa for other in experts if one.casefold() != other.casefold())
        return {"QA": Answer(tester), "DomainExpert": Answer(expert)}

    def _weakened(self) -> Given:
        """The weakened prompt as a merged pull request: a new version, that the suite asks for."""
        folder = self._out / "candidates" / "weakened"
        shutil.rmtree(folder, ignore_errors=True)
        config, catalog = folder / "config", folder / "catalog"
        shutil.copytree(self._settings.config, config)
        shutil.copytree(default_catalog(self._settings.config), catalog)
        shutil.copyfile(WEAKENED, catalog / "prompts" / f"{LEFTOVER}.yaml")
        suite = catalog / "evaluations" / SUITE / "suite.yaml"
        text = suite.read_text(encoding="utf-8")
        suite.write_text(
            text.replace("{name: api-answer, version: 1}", "{name: api-answer, version: 2}"), encoding="utf-8"
        )
        found = examine(config, catalog)
        hashes, _ = pending(found)
        hashes[SUITES], _ = pending_suites(found)
        write_lock(found.files.lock.file, hashes)
        commit = _identity("a weakened prompt")
        self._target.call("POST", HOST, {"pull_request": PULL_REQUEST, "head": commit, "merge_commit": commit})
        return Given(
            commit=commit,
            author="developer@example.com",
            date="2026-11-03T09:00:00+00:00",
            subject="Shorten the prompt to save tokens",
            config=config,
        )


def _identity(text: str) -> str:
    """A commit id for what is no commit."""
    return hashlib.sha1(f"demo: {text}".encode(), usedforsecurity=False).hexdigest()


def _pull_request(candidate: Candidate) -> int:
    return PULL_REQUEST if candidate.stops_at else 0


def _manifest(execution: Execution) -> str:
    build = execution.actions.get("Build/Build")
    return build.outputs.get("MANIFEST", "") if build else ""
