"""Names of people, part by part: Alice, Alice Example and a.example@… stay one person."""

import re
import unicodedata
from collections.abc import Iterable

TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "herr", "frau", "hr", "fr", "m", "mme", "mlle", "monsieur",
    "madame", "sr", "sra", "srta", "senor", "senora", "senorita", "don", "dona", "signor", "signora", "sig", "dott",
})  # fmt: skip
"""Folded."""
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", re.UNICODE)


def fold(text: str) -> str:
    """Lower case without accents."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def parts(name: str) -> list[tuple[str, str]]:
    """(role, token) of each part of a name, titles left out. Roles: `given`, `family`."""
    tokens = _TOKEN.findall(name)
    people = [token for token in tokens if fold(token).strip(".") not in TITLES]
    if not people:
        return []
    if len(people) == 1:
        return [("family" if len(tokens) > 1 else "given", people[0])]
    return [*(("given", token) for token in people[:-1]), ("family", people[-1])]


def known_families(names: Iterable[str]) -> frozenset[str]:
    """Folded family names of all full names."""
    return frozenset(fold(token) for name in names for role, token in parts(name) if role == "family")


def people(names: Iterable[str]) -> list[tuple[str, str]]:
    """(given, family), folded, of all full names, in a fixed order."""
    pairs = set()
    for name in names:
        found = parts(name)
        if len(found) > 1:
            pairs.add((fold(found[0][1]), fold(found[-1][1])))
    return sorted(pairs)


def tokens(text: str) -> list[tuple[int, int, str]]:
    """(start, end, token) of the words of a name."""
    return [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text)]


def cased(made: str, like: str) -> str:
    """`made` in capitals or small letters where `like` is."""
    if like.isupper() and len(like) > 1:
        return made.upper()
    return made.lower() if like.islower() else made
