"""Publishes the suites of a release in the governance account, before anything is evaluated with them.

What the release's archive holds is believed only by its hash; who may put objects into the bucket of golden datasets is this
function alone, and not the code that a release or a pull request brings.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from genai_runtime.evaluation import layout as suites
from genai_runtime.evaluation.store import Store
from genai_runtime.release import layout
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import FILES_TOO_LARGE, SUITE_DIFFERS, SUITE_MISSING, ReleaseRefused
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.manifest import Manifest

GOLDEN = "golden"
MOST_BYTES = 64 * 2**20
"""Of a suite's file."""
Redact = Callable[[str, str], None]
"""Has the governance account make the redacted copy of a suite's version."""


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
        with zipfile.ZipFile(self.releases.archive(parameters.manifest)) as archive:
            for suite, version in wanted(manifest):
                files = dict(_files(archive, manifest, suite))
                if suites.content_hash(files) != version:
                    raise ReleaseRefused(
                        SUITE_DIFFERS,
                        f"the files of suite {suite} aren't version {version} of the manifest: build the release again",
                    )
                _put(golden, suite, version, files)
                redact(suite, version)


def wanted(manifest: Manifest) -> list[tuple[str, str]]:
    """Suites with their versions, each once."""
    return sorted({(each.request.suite, each.request.version) for each in manifest.requirements})


def _files(archive: zipfile.ZipFile, manifest: Manifest, suite: str) -> Iterator[tuple[str, bytes]]:
    prefix = layout.suite(suite, "")
    names = [name for name in manifest.files if name.startswith(prefix)]
    if not names or not set(names) <= set(archive.namelist()):
        raise ReleaseRefused(
            SUITE_MISSING, f"the release holds no files of suite {suite}: build it again from its commit"
        )
    if large := [name for name in names if archive.getinfo(name).file_size > MOST_BYTES]:
        raise ReleaseRefused(
            FILES_TOO_LARGE,
            f"{large[0]} has more than {MOST_BYTES} bytes: make the dataset smaller, or two suites of it",
        )
    for name in names:
        yield name.removeprefix(prefix), archive.read(name)


def _put(golden: Store, suite: str, version: str, files: Mapping[str, bytes]) -> None:
    for name, body in sorted(files.items()):
        key = suites.golden(GOLDEN, suite, version, name)
        if not golden.write_once(key, body) and golden.read(key) != body:
            raise ReleaseRefused(
                SUITE_DIFFERS,
                f"s3://{golden.bucket}/{key} holds other bytes than its version says: somebody wrote there by hand, compare "
                "its versions in the bucket and restore the right one",
            )
