"""Publishes the suites of a release in the governance account, before anything is evaluated with them.

What the release's archive holds is believed only by its hash, and a pull request's isn't sealed; who may put objects into the
bucket of golden datasets is this function alone, and not the code that a release or a pull request brings.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from zipfile import ZipFile

from genai_runtime.evaluation import layout as suites
from genai_runtime.evaluation.store import Store
from genai_runtime.release import layout
from genai_runtime.release.archive import read_members, reading
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import NOT_REDACTED, SUITE_DIFFERS, SUITE_MISSING, ReleaseRefused
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.manifest import Manifest

GOLDEN: Final = "golden"
MOST_BYTES = 64 * 2**20
"""Of a suite's file."""
_TELLS: Final = "RedactionFailed"
"""The error whose message repeats nothing of a dataset."""
Redact = Callable[[bytes], tuple[bool, bytes]]
"""Invokes the governance account's function that redacts, with a payload: whether it failed, and what it answered."""


@dataclass(frozen=True)
class Publisher:
    """The action Datasets.

    :param open: the bucket of golden datasets and its redaction, in a session of its own
    """

    releases: ReleaseBucket
    open: Callable[[], tuple[Store, Redact]]

    def publish(self, parameters: ActionParameters) -> None:
        """Put every suite of the manifest where its version belongs; one that is there is compared. Raises ReleaseRefused."""
        manifest = self.releases.manifest(parameters.manifest)
        golden, redact = self.open()
        for suite, version in wanted(manifest):
            # Opened for each: a directory is small, and suites are as large as memory allows one of them to be.
            with reading(self.releases.archive(parameters.manifest)) as archive:
                files = _files(archive, manifest, suite)
            if suites.content_hash(files) != version:
                raise ReleaseRefused(
                    SUITE_DIFFERS,
                    f"the files of suite {suite} aren't version {version} of the manifest: build the release again",
                )
            _put(golden, suite, version, files)
            _redact(redact, suite, version)


def wanted(manifest: Manifest) -> list[tuple[str, str]]:
    """Suites with their versions, each once."""
    return sorted({(each.request.suite, each.request.version) for each in manifest.requirements})


def _files(archive: ZipFile, manifest: Manifest, suite: str) -> dict[str, bytes]:
    """The files that make a suite, and no others that the manifest may list beside them."""
    paths = {layout.suite(suite, name): name for name in suites.SUITE_FILES}
    listed = paths.keys() & manifest.files.keys()
    if not listed or not listed <= set(archive.namelist()):
        raise ReleaseRefused(
            SUITE_MISSING, f"the release holds no files of suite {suite}: build it again from its commit"
        )
    return {paths[path]: body for path, body in read_members(archive, sorted(listed), MOST_BYTES).items()}


def _put(golden: Store, suite: str, version: str, files: Mapping[str, bytes]) -> None:
    for name, body in sorted(files.items()):
        key = suites.golden(GOLDEN, suite, version, name)
        if not golden.write_once(key, body) and golden.read(key) != body:
            raise ReleaseRefused(
                SUITE_DIFFERS,
                f"s3://{golden.bucket}/{key} holds other bytes than its version says: somebody wrote there by hand, compare "
                "its versions in the bucket and restore the right one",
            )


def _redact(redact: Redact, suite: str, version: str) -> None:
    failed, answer = redact(json.dumps({"suite": suite, "version": version}).encode())
    if failed:
        raise ReleaseRefused(
            NOT_REDACTED,
            f"suite {suite} {version[:12]} is published but not redacted ({_said(answer)}): correct that and retry the stage",
        )


def _said(answer: bytes) -> str:
    """Why the redaction failed. An error that nobody foresaw may quote the dataset, so only its kind is told."""
    try:
        found = json.loads(answer)
        kind, message = str(found["errorType"]), str(found["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return "without a reason"
    return message if kind == _TELLS else f"{kind}, the log of the function that redacts has the details"
