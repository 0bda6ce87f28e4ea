"""The parts of a release, each with the hash of what it is: catalog, configuration, prices, code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from foundation.catalog_release import suite_folders
from foundation.release.bundle.archive import sha256_of
from genai_runtime.evaluation.layout import CALIBRATION_FILE, DATASET_FILE, SUITE_FILE
from genai_runtime.release.manifest import Item, catalog_item
from stacks.settings import ENVIRONMENTS, Settings, default_catalog

CODE: Final = ("constructs", "lambda", "stacks")
"""Folders whose files are the release's code, as one item."""
ENTRY: Final = ("app.py", "cdk.json")
_BUILT: Final = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache"})
_OPEN_CATALOGS: Final = (("flow", "flows"), ("tool", "tools"))
"""Kinds of catalog files that are taken as they are, where the folder exists."""


def items(settings: Settings, root: Path) -> tuple[Item, ...]:
    """All items, by kind and name. Any changed byte of the catalog, the configuration or the code changes one.

    :param root: the checkout with the code
    """
    catalog = default_catalog(settings.config)
    found = [
        *_prompts_and_guardrails(settings, catalog),
        *_models(settings),
        *_suites(catalog),
        *_catalog_files(catalog),
        *_configuration(settings.config, catalog),
        Item(kind="prices", name="prices.yaml", sha256=sha256_of(catalog / "prices.yaml")),
        Item(kind="code", name=", ".join((*CODE, *ENTRY)), sha256=code_hash(root)),
    ]
    return tuple(sorted(found, key=lambda item: (item.kind, item.name)))


def code_hash(root: Path) -> str:
    """Hash over the names and hashes of all files of the code, without what interpreters leave."""
    digest = hashlib.sha256()
    for path in _code_files(root):
        digest.update(f"{path.relative_to(root).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def _code_files(root: Path) -> Iterator[Path]:
    for folder in CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not _BUILT & set(path.parts) and path.suffix != ".pyc":
                yield path
    yield from (root / name for name in ENTRY)


def _prompts_and_guardrails(settings: Settings, catalog: Path) -> Iterator[Item]:
    for reference, prompt in settings.catalog.prompts.items():
        hash_ = sha256_of(catalog / "prompts" / f"{reference}.yaml")
        yield catalog_item("prompt", prompt.name, prompt.version, hash_)
    for reference, guardrail in settings.catalog.guardrails.items():
        hash_ = sha256_of(catalog / "guardrails" / f"{reference}.yaml")
        yield catalog_item("guardrail", guardrail.name, guardrail.version, hash_)


def _models(settings: Settings) -> Iterator[Item]:
    """Each model that any environment may use: its entry in the hub, facts and approval."""
    used = {choice.id for environment in ENVIRONMENTS for choice in settings.platform.models[environment]}
    for model in sorted(used):
        entry = settings.catalog.models[model].model_dump(mode="json")
        yield Item(kind="model", name=model, sha256=hashlib.sha256(_json(entry)).hexdigest())


def _suites(catalog: Path) -> Iterator[Item]:
    for folder in suite_folders(catalog):
        yield Item(kind="threshold", name=folder.name, sha256=sha256_of(folder / SUITE_FILE))
        yield Item(kind="dataset", name=folder.name, sha256=sha256_of(folder / DATASET_FILE))
        if (folder / CALIBRATION_FILE).is_file():
            hash_ = sha256_of(folder / CALIBRATION_FILE)
            yield Item(kind="dataset", name=f"{folder.name}/{CALIBRATION_FILE}", sha256=hash_)


def _catalog_files(catalog: Path) -> Iterator[Item]:
    for kind, name in _OPEN_CATALOGS:
        for path in _files(catalog / name):
            relative = path.relative_to(catalog / name).with_suffix("").as_posix()
            yield Item.model_validate({"kind": kind, "name": relative, "sha256": sha256_of(path)})


def _configuration(config: Path, catalog: Path) -> Iterator[Item]:
    for path in _files(config):
        name = f"config/{path.relative_to(config).as_posix()}"
        yield Item(kind="configuration", name=name, sha256=sha256_of(path))
    lock = catalog / "released.lock"
    yield Item(kind="configuration", name=f"catalog/{lock.name}", sha256=sha256_of(lock))


def _files(folder: Path) -> Iterable[Path]:
    """Files below a folder that isn't always there, without hidden ones."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
