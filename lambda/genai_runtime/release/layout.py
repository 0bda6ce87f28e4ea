"""Where a release's objects lie in the bucket of releases (shared account), and its entries in the ledger."""

MANIFEST, SBOM, FILES = "manifest.json", "sbom.cdx.json", "files.zip"


def folder(manifest: str) -> str:
    """Prefix of a release. A deploying session may read the one that its tag `manifest` names, and no other."""
    return f"releases/{manifest}/"


def manifest(hash_: str) -> str:
    """The canonical manifest. Written once."""
    return f"{folder(hash_)}{MANIFEST}"


def files(hash_: str) -> str:
    """All files that the manifest lists, as one archive. Written once."""
    return f"{folder(hash_)}{FILES}"


def dossier(hash_: str, file: str) -> str:
    """`dossier.html`, `dossier.json` or `release-notes.md`, of one state of the ledger."""
    return f"dossiers/{hash_}/{file}"


def gate(hash_: str, environment: str, purpose: str, execution: str) -> str:
    """What a gate started and found, a `records.GateState`; `execution` is the pipeline's."""
    return f"gates/{hash_}/{environment}/{purpose}/{execution}.json"


def suite(name: str, file: str) -> str:
    """A file of a suite, in the archive of files."""
    return f"evaluations/{name}/{file}"
