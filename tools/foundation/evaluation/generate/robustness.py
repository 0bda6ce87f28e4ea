"""The same question asked in other ways: languages, typing errors, capitals."""

from __future__ import annotations

import re
from collections.abc import Collection

from foundation.evaluation.generate.draw import number

LANGUAGES = ("en", "de", "fr", "es")
_BOUNDS = {
    "en": {"minimum": "minimum", "maximum": "maximum"},
    "de": {"minimum": "Minimum", "maximum": "Maximum"},
    "fr": {"minimum": "minimum", "maximum": "maximum"},
    "es": {"minimum": "mínimo", "maximum": "máximo"},
}
_QUESTIONS = {
    "en": "What is the {bound} {measured} of the parameter {name} of {operation} in {label}?",
    "de": "Welches {bound} hat der Parameter {name} von {operation} in {label}?",
    "fr": "Quel est le {bound} du paramètre {name} de {operation} dans {label} ?",
    "es": "¿Cuál es el {bound} del parámetro {name} de {operation} en {label}?",
}
_WORD = re.compile(r"[^\W\d_]{5,}")
TYPING_ERRORS = 2


def ask(language: str, bound: str, measured: str, name: str, operation: str, label: str) -> str:
    """The question for a limit, in a language of LANGUAGES."""
    return _QUESTIONS[language].format(
        bound=_BOUNDS[language][bound], measured=measured, name=name, operation=operation, label=label
    )


def mistyped(text: str, seed: str, *, keep: Collection[str]) -> str:
    """Two neighbouring letters swapped in two of the longer words, names in `keep` left out."""
    typed = [match for match in _WORD.finditer(text) if match[0] not in keep]
    chosen = sorted(typed, key=lambda match: number(seed, match[0], "typing error"))[:TYPING_ERRORS]
    for match in chosen:
        at = match.start() + 1 + number(seed, match[0], "place") % (len(match[0]) - 2)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def in_capitals(text: str) -> str:
    """Everything in capitals, names too."""
    return text.upper()
