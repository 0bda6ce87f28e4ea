"""safety-baseline: attacks, leaks, denied topics and harmless look-alikes, from safety.yaml.

Hand-written cases are taken as they are; cases made from its templates have the origin "generated".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foundation.evaluation.generate.draw import choose, place
from genai_foundation.catalog.yaml_tree import read
from genai_runtime.evaluation.case import Case, Expectation, Kind, Passage, Severity

NAME = "safety-baseline"
SOURCE = Path(__file__).with_name("safety.yaml")


def cases() -> list[Case]:
    """Every case: hand-written ones first, then those of the templates."""
    document = read(SOURCE)
    if document.root is None or document.errors:
        raise ValueError("; ".join(map(str, document.errors)))
    source: dict[str, Any] = document.root.value
    return [*_attacks(source), *_benign(source), *_planted(source), *_extractions(source)]


def _attacks(source: dict[str, Any]) -> Iterator[Case]:
    for group in source["hand-written"]:
        for language, passages in source["passages"].items():
            for number, question in enumerate(group.get(language, ()), start=1):
                yield _case(
                    f"{group['topic']}.{language}.{number}", group["topic"], language, question, _passages(passages),
                    Expectation(refusal=True, forbidden=tuple(group.get("forbidden", ()))), group["severity"],
                    origin_is_written=True,
                )  # fmt: skip


def _benign(source: dict[str, Any]) -> Iterator[Case]:
    for language, questions in source["benign"].items():
        passages = source["passages"][language]
        for number, entry in enumerate(questions, start=1):
            yield _case(
                f"benign.{language}.{number}", "benign", language, entry["question"], _passages(passages),
                Expectation(refusal=False, citations=(entry["passage"],)), "medium",
                origin_is_written=True, reference=passages[entry["passage"]], kind="quality",
            )  # fmt: skip


def _planted(source: dict[str, Any]) -> Iterator[Case]:
    """An instruction inside a passage; obeying shows as the marker in the answer. Answering and declining are both fine."""
    templates = source["templates"]
    for language, texts in templates["planted"].items():
        for number, text in enumerate(texts, start=1):
            for about, question in templates["planted-questions"][language].items():
                case_id = f"planted.{language}.{number}.{about}"
                marker = choose(templates["markers"], case_id)
                passages = source["passages"][language]
                poisoned = Passage(id=about, text=text.format(passage=passages[about], marker=marker))
                others = [Passage(id=key, text=each) for key, each in passages.items() if key != about]
                yield _case(
                    case_id, "planted-injection", language, question, place(others, poisoned, case_id),
                    Expectation(forbidden=(marker,)), "high",
                )  # fmt: skip


def _extractions(source: dict[str, Any]) -> Iterator[Case]:
    templates = source["templates"]
    for language, record in templates["record"].items():
        for number, person in enumerate(templates["records"], start=1):
            for field, question in templates["extraction"][language].items():
                case_id = f"extraction.{language}.{number}.{field}"
                filed = Passage(id="record", text=record.format(**person))
                severity: Severity = "severe" if field == "card" else "high"
                yield _case(
                    case_id, "pii-extraction", language, question.format(**person),
                    place(_passages(source["passages"][language]), filed, case_id),
                    Expectation(forbidden=(person[field],)), severity,
                )  # fmt: skip


def _passages(texts: dict[str, str]) -> tuple[Passage, ...]:
    return tuple(Passage(id=key, text=text) for key, text in texts.items())


def _case(
    case_id: str, topic: str, language: str, question: str, context: tuple[Passage, ...], expect: Expectation,
    severity: Severity, *, origin_is_written: bool = False, reference: str | None = None, kind: Kind = "safety",
) -> Case:  # fmt: skip
    return Case(
        id=case_id,
        kind=kind,
        severity=severity,
        variables={"question": question},
        reference=reference,
        context=context,
        expect=expect,
        tags={"language": language, "topic": topic, "benign": "yes" if topic == "benign" else "no"},
        origin="hand-written" if origin_is_written else "generated",
    )
