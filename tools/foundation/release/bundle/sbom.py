"""The bill of materials: every pinned package of every lock file, as CycloneDX JSON.

The same lock files give the same bytes: the serial number follows from the content, the time is the commit's.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from foundation.release.bundle.archive import sha256_of
from foundation.release.bundle.commit import Commit
from foundation.release.bundle.locks import Package, lock_files, packages

NAME: Final = "genai-foundation"
PREFIX: Final = "genai-foundation:"
"""Of our properties: `lock` (a file that pins the package), `marker` (where it is installed)."""
_NAMESPACE: Final = uuid.UUID("6f2d7f3e-53b4-5d0c-9a34-6b1a5f3f6c11")
_INDEXES: Final = {"pypi": "https://pypi.org/project/{}/{}/", "npm": "https://www.npmjs.com/package/{}/v/{}"}
_ALGORITHMS: Final = {"pypi": HashAlgorithm.SHA_256, "npm": HashAlgorithm.SHA_512}


def bill_of_materials(root: Path, commit: Commit) -> bytes:
    """The bill of materials of a checkout. Raises ReleaseError for a lock file that is missing or can't be read."""
    locks = {lock: packages(lock) for lock in lock_files(root)}
    bom = Bom(metadata=BomMetaData(timestamp=datetime.fromisoformat(commit.committed_at)))
    application = Component(name=NAME, version=commit.id, type=ComponentType.APPLICATION, bom_ref=NAME)
    bom.metadata.component = application
    components: dict[str, Component] = {}
    files = []
    for lock, pinned in locks.items():
        file = _file(lock, root)
        used = [_component(each, file.name, components) for each in pinned]
        bom.components.add(file)
        bom.register_dependency(file, used)
        files.append(file)
    for component in components.values():
        bom.components.add(component)
    bom.register_dependency(application, files)
    said = "".join(f"{file.name} {next(iter(file.hashes)).content}\n" for file in files)
    bom.serial_number = uuid.uuid5(_NAMESPACE, f"{commit.id}\n{said}")
    return (JsonV1Dot6(bom).output_as_string(indent=1) + "\n").encode()


def _file(lock: Path, root: Path) -> Component:
    name = lock.relative_to(root).as_posix()
    hash_ = HashType(alg=HashAlgorithm.SHA_256, content=sha256_of(lock))
    return Component(name=name, type=ComponentType.FILE, bom_ref=name, hashes=[hash_])


def _component(package: Package, lock: str, known: dict[str, Component]) -> Component:
    """The package's component, once however many lock files pin it."""
    purl = PackageURL(package.ecosystem, *_names(package), package.version)
    key = purl.to_string()
    if key not in known:
        known[key] = Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            bom_ref=key,
            purl=purl,
            licenses=[LicenseFactory().make_from_string(package.licence)] if package.licence else [],
            external_references=[_reference(package)],
        )
    component = known[key]
    component.properties.add(Property(name=f"{PREFIX}lock", value=lock))
    if package.marker:
        component.properties.add(Property(name=f"{PREFIX}marker", value=package.marker))
    return component


def _names(package: Package) -> tuple[str | None, str]:
    """Namespace and name of a package URL: an npm scope is a namespace."""
    scope, separator, name = package.name.rpartition("/")
    return (scope, name) if separator else (None, package.name)


def _reference(package: Package) -> ExternalReference:
    """Where it comes from, with the hash of every distribution that may be installed."""
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(_INDEXES[package.ecosystem].format(package.name, package.version)),
        hashes=[HashType(alg=_ALGORITHMS[package.ecosystem], content=each) for each in package.hashes],
    )
