"""Redacts a published suite: look, replace, look again until nothing new is found."""

import json
from collections.abc import Mapping, Sequence

from genai_runtime.evaluation import layout
from genai_runtime.evaluation.redaction.detection import Detector, Entity
from genai_runtime.evaluation.redaction.errors import (
    NOT_SETTLED,
    NOTHING_LEFT,
    SUITE_CHANGED,
    SUITE_MISSING,
    RedactionFailed,
)
from genai_runtime.evaluation.redaction.lines import Line, lines
from genai_runtime.evaluation.redaction.replacement import Replacements, holds
from genai_runtime.evaluation.redaction.report import FILE, RedactionReport, Refused, replaced, types_of
from genai_runtime.evaluation.store import Store

GOLDEN, REDACTED = "golden", "redacted"
ROUNDS = 5


class Redactor:
    """Reads golden/SUITE/VERSION, writes redacted/SUITE/… and its report. Running it twice writes the same bytes."""

    def __init__(self, store: Store, detector: Detector, secret: bytes) -> None:
        self._store = store
        self._detector = detector
        self._secret = secret

    def redact(self, suite: str, version: str) -> RedactionReport:
        """Redact one version of a suite. Raises RedactionFailed; nothing is written then."""
        files = self._files(suite, version)
        every = [line for name in (layout.DATASET_FILE, layout.CALIBRATION_FILE) for line in _read(name, files)]
        found, doubtful, rounds = self._find(every)
        replacements = Replacements(self._secret, found)
        refused = {line.case: reason for line in every if (reason := _refusal(line, replacements))}
        refused |= self._doubtful(every, doubtful)
        kept = [line for line in every if line.case not in refused]
        if not any(line.file == layout.DATASET_FILE for line in kept):
            raise RedactionFailed(
                NOTHING_LEFT,
                f"no case of {suite} {version} can be redacted: every one has personal data in an id, a tag or a citation, "
                "rename those and publish the suite again",
            )
        made = {layout.SUITE_FILE: files[layout.SUITE_FILE], **_written(kept, files, replacements)}
        report = RedactionReport(
            suite=suite,
            version=version,
            redacted_version=layout.content_hash(made),
            cases=sum(line.file == layout.DATASET_FILE for line in kept),
            rounds=rounds,
            replaced=replaced(
                types_of(found),
                [(line.case, value) for line in kept for text in line.texts() for value in replacements.apply(text)[1]],
            ),
            refused=tuple(Refused(case=case, reason=reason) for case, reason in sorted(refused.items())),
        )
        self._write(report, made)
        return report

    def _files(self, suite: str, version: str) -> dict[str, bytes]:
        files = {}
        for name in layout.SUITE_FILES:
            body = self._store.read(layout.golden(GOLDEN, suite, version, name))
            if body is not None:
                files[name] = body
        if layout.SUITE_FILE not in files or layout.DATASET_FILE not in files:
            raise RedactionFailed(
                SUITE_MISSING, f"suite {suite} {version} isn't published: run `foundation eval publish`, then redact it"
            )
        actual = layout.content_hash(files)
        if actual != version:
            raise RedactionFailed(
                SUITE_CHANGED,
                f"the files of suite {suite} {version} have the content hash {actual}: they were changed or are incomplete, "
                "publish the suite again",
            )
        return files

    def _find(self, every: Sequence[Line]) -> tuple[dict[Entity, str], set[Entity], int]:
        """All personal data with its language, findings in doubt, and how often was looked. What the detector sees only
        after other data beside it is gone is found in a further round."""
        found: dict[Entity, str] = {}
        doubtful: set[Entity] = set()
        for round_ in range(1, ROUNDS + 1):
            replacements = Replacements(self._secret, found)
            shown = [text for line in every for text in (replacements.apply(each)[0] for each in line.texts())]
            new = [each for each in self._detector.find(shown) if not _is_made(each, replacements)]
            originals = [each for each in new if any(each.value in text for line in every for text in line.texts())]
            doubtful |= {each for each in originals if _is_ordinary(each)}
            sure = sorted({each for each in originals if not _is_ordinary(each)})
            if not sure:
                return found, doubtful, round_
            for entity in sure:
                found.setdefault(entity, _language(entity.value, every))
        raise RedactionFailed(
            NOT_SETTLED,
            f"the detector still finds new personal data after {ROUNDS} rounds: shorten the texts of the suite, or look at "
            "the guardrail's own expressions",
        )

    def _doubtful(self, every: Sequence[Line], doubtful: set[Entity]) -> dict[str, str]:
        """Cases in which an ordinary word is found: replacing it in the whole suite would spoil every other case."""
        refused = {}
        for entity in sorted(doubtful):
            for line in every:
                if any(holds(text, entity.value) for text in line.texts()) and entity in self._detector.find(
                    line.texts()
                ):
                    refused[line.case] = (
                        f"holds an ordinary word that may be somebody's {entity.type}: put it in other words"
                    )
        return refused

    def _write(self, report: RedactionReport, files: Mapping[str, bytes]) -> None:
        """The report last: where it is, the files are."""
        for name, body in files.items():
            self._store.write(layout.golden(REDACTED, report.suite, str(report.redacted_version), name), body)
        self._store.write(layout.golden(REDACTED, report.suite, report.version, FILE), report)


def _read(name: str, files: Mapping[str, bytes]) -> list[Line]:
    try:
        return lines(name, files.get(name, b""))
    except json.JSONDecodeError as error:
        raise RedactionFailed(
            SUITE_CHANGED, f"{name} is not JSON lines ({error.msg}): check the suite and publish it again"
        ) from None


def _language(value: str, every: Sequence[Line]) -> str:
    """Language of the case with the smallest id that holds a value."""
    cases = [(line.case, line.language) for line in every if any(value in text for text in line.texts())]
    return min(cases)[1]


def _is_made(entity: Entity, replacements: Replacements) -> bool:
    """Whether a finding is a replacement, a part of one, or holds one."""
    return any(entity.value in made or made in entity.value for made in replacements.values.values())


def _is_ordinary(entity: Entity) -> bool:
    """A single word in small letters, such as `policy` after `password`: a secret perhaps, but a word of every text."""
    return entity.type != "NAME" and entity.value.isascii() and entity.value.isalpha() and entity.value.islower()


def _refusal(line: Line, replacements: Replacements) -> str | None:
    """Why a case can't be given to dev."""
    if any(holds(text, value) for text in line.kept_texts() for value in replacements.values):
        return "has personal data in its id, a tag, a citation or a document's name, which keep their values"
    made = [replacements.apply(text)[0] for text in line.texts()]
    if any(holds(text, value) for text in made for value in replacements.values):
        return "still holds a value after replacement"
    return None


def _written(kept: Sequence[Line], files: Mapping[str, bytes], replacements: Replacements) -> dict[str, bytes]:
    """The files as dev gets them; without a replacement or refusal, byte for byte the same."""
    written = {}
    for name in (layout.DATASET_FILE, layout.CALIBRATION_FILE):
        if name in files:
            made = [line.changed(lambda text: replacements.apply(text)[0]) for line in kept if line.file == name]
            same = made == [raw for raw in files[name].splitlines() if raw.strip()]
            written[name] = files[name] if same else b"".join(each + b"\n" for each in made)
    return written
