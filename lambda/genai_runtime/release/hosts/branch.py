"""The branch of a release: where a correction of it starts from."""

from collections.abc import Callable, Mapping

from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.hosts.base import Host
from genai_runtime.release.hosts.errors import HostRefused
from genai_runtime.release.manifest import Manifest


def branch_of(manifest: str) -> str:
    """`release/` and the first 12 digits of the manifest."""
    return f"release/{manifest[:12]}"


def cut(connect: Callable[[], Host], manifest: Manifest, hash_: str) -> Mapping[str, str]:
    """Cut the branch at the release's commit; again, nothing changes. Returns the action's variables.

    Raises ReleaseRefused with the host's code for what a person has to correct, HostUnavailable for what may pass.
    """
    branch = branch_of(hash_)
    try:
        connect().create_branch(branch, manifest.commit)
    except HostRefused as error:
        raise ReleaseRefused(error.code, error.message) from error
    return {"branch": branch}
