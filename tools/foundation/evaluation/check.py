"""Everything that can be wrong with a suite, found before anybody publishes or runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from foundation.catalog_release import suite_version
from foundation.evaluation.checks import cases, catalog, metrics, people, strata
from foundation.evaluation.checks.personal_data import check_personal_data
from foundation.evaluation.suites import ReadSuite, read_suite
from genai_foundation.catalog import ConfigError, load_yaml
from genai_runtime.evaluation.layout import CALIBRATION_FILE, SUITE_FILE
from stacks.settings import Settings, default_catalog
from stacks.settings.files import LOCK
from stacks.settings.release import ReleaseLock


@dataclass(frozen=True)
class Problem:
    """A finding; what isn't blocking is for the author to judge."""

    error: ConfigError
    blocking: bool = True

    def __str__(self) -> str:
        return str(self.error) if self.blocking else f"note: {self.error}"


def check_suite(folder: Path, settings: Settings | None = None) -> list[Problem]:
    """All problems of a suite's folder at once, by file and line.

    Without settings nothing is held against the catalog: whether prompt, models and guardrail exist stays open.
    """
    found = read_suite(folder)
    errors = [
        *found.errors,
        *_folder(found),
        *cases.check_cases(found),
        *strata.check_strata(found),
        *metrics.check_metrics(found),
        *people.check_calibration(found),
        *(catalog.check_catalog(found, settings) if settings else ()),
    ]
    problems = [Problem(each) for each in errors]
    notes = [*check_personal_data(found), *people.check_use(found), *(_released(found, settings) if settings else ())]
    problems += [Problem(each, blocking=False) for each in notes]
    return sorted(set(problems), key=lambda p: (p.error.file.as_posix(), p.error.line, p.error.key, p.error.code))


def _folder(found: ReadSuite) -> list[ConfigError]:
    suite, tree = found.suite, found.tree
    if suite is None or tree is None:
        return []
    errors = []
    if suite.name != found.folder.resolve().name:
        text = f"is not the name of its folder: rename the folder to {suite.name}, or correct the name"
        errors.append(tree.children["name"].error("GF-EVAL-002", text))
    has_labels = CALIBRATION_FILE in found.files
    if suite.judge is not None and not has_labels:
        text = (
            f"has no {CALIBRATION_FILE} beside it: without human labels a judge can't gate, add the file or drop judge"
        )
        errors.append(tree.children["judge"].error("GF-EVAL-015", text))
    if suite.judge is None and has_labels:
        text = f"has no judge in {SUITE_FILE} that it could calibrate: add judge, or delete this file"
        errors.append(found.error("GF-EVAL-016", 0, "", text, file=CALIBRATION_FILE))
    return errors


def _released(found: ReadSuite, settings: Settings) -> list[ConfigError]:
    """A note on a valid suite of the catalog whose bytes aren't the released ones."""
    catalog_folder = default_catalog(settings.config)
    if (
        found.errors
        or found.tree is None
        or found.folder.resolve().parent != (catalog_folder / "evaluations").resolve()
    ):
        return []
    if is_released(found.folder, catalog_folder):
        return []
    text = f"is not what {LOCK} releases: run `foundation catalog release` once it is final"
    return [ConfigError("GF-EVAL-026", found.tree.file, 0, "", "", text)]


def is_released(folder: Path, catalog: Path) -> bool:
    """Whether a suite's bytes are those of catalog/released.lock. Raises ConfigErrors for an unreadable lock."""
    lock = load_yaml(catalog / LOCK, ReleaseLock)
    return lock.evaluations.get(folder.resolve().name) == f"sha256:{suite_version(folder)}"
