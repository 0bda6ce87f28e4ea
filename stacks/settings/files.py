"""Which files belong to a configuration, and their trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.yaml_tree import Document, Node, read

LOCK = "released.lock"


@dataclass(slots=True)
class Files:
    """Every file as read. Catalog files are keyed by their stem, which is `NAME-vN`."""

    config: Path
    catalog: Path
    platform: Document
    models: Document
    lock: Document
    use_cases: dict[str, Document] = field(default_factory=dict)
    guardrails: dict[str, Document] = field(default_factory=dict)
    prompts: dict[str, Document] = field(default_factory=dict)
    errors: list[ConfigError] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """All of them, in a stable order."""
        several = (self.use_cases, self.guardrails, self.prompts)
        return [self.platform, self.models, self.lock, *(each for group in several for each in group.values())]


def read_files(config: Path, catalog: Path) -> Files:
    """Read both folders; a missing folder or file is an error, never an exception."""
    files = Files(
        config, catalog, read(config / "platform.yaml"), read(catalog / "models.yaml"), read(catalog / LOCK)
    )  # fmt: skip
    files.use_cases = _folder(config / "use_cases", files.errors, required=False)
    files.guardrails = _folder(catalog / "guardrails", files.errors, required=True)
    files.prompts = _folder(catalog / "prompts", files.errors, required=True)
    for document in files.documents:
        files.errors.extend(document.errors)
    if not files.lock.file.exists():
        text = "doesn't exist, so that no version counts as released: run `foundation catalog release`"
        files.errors = [each for each in files.errors if each.file != files.lock.file]
        files.errors.append(ConfigError("GF-CAT-043", files.lock.file, 0, "", "", text))
    return files


def _folder(folder: Path, errors: list[ConfigError], *, required: bool) -> dict[str, Document]:
    if not folder.is_dir():
        if required:
            errors.append(
                ConfigError("GF-CFG-001", folder, 0, "", "", "is not a folder: create it or correct the path")
            )
        return {}
    found: dict[str, Document] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".yaml":
            found[path.stem] = read(path)
        elif path.suffix in (".yml", ".json") and not path.name.startswith("."):
            errors.append(ConfigError("GF-CFG-015", path, 0, "", "", "would be ignored: name it .yaml or move it away"))
    return found


def roots(documents: dict[str, Document]) -> dict[str, Node]:
    """The trees of the files that could be parsed."""
    return {stem: document.root for stem, document in documents.items() if document.root is not None}
