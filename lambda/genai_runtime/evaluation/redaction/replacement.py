"""What takes the place of personal data: always the same for the same data, never the same for other data."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from faker import Faker

from genai_runtime.evaluation.redaction import names, shapes
from genai_runtime.evaluation.redaction.detection import Entity
from genai_runtime.evaluation.redaction.errors import NO_REPLACEMENT, RedactionFailed
from genai_runtime.evaluation.redaction.keyed import generator, keyed

LOCALES = {
    "ar": "ar_AA", "cs": "cs_CZ", "da": "da_DK", "de": "de_DE", "el": "el_GR", "en": "en_GB", "es": "es_ES", "fi": "fi_FI",
    "fr": "fr_FR", "it": "it_IT", "ja": "ja_JP", "ko": "ko_KR", "nl": "nl_NL", "no": "no_NO", "pl": "pl_PL", "pt": "pt_PT",
    "ru": "ru_RU", "sv": "sv_SE", "tr": "tr_TR", "uk": "uk_UA", "zh": "zh_CN",
}  # fmt: skip
DEFAULT_LOCALE = "en_GB"
_TRIES = 500
_LONGER = 25
"""Tries after which names become double ones: Faker knows some hundred names in a language."""


class Replacements:
    """Replacements for the personal data of one suite, as a whole: consistent, and no two alike."""

    def __init__(self, secret: bytes, found: Mapping[Entity, str]) -> None:
        """`found`: the personal data, each with the language tag of the case that it is taken from."""
        self._secret = secret
        self._originals = sorted({entity.value for entity in found})
        self._folded = {names.fold(value) for value in self._originals}
        self._taken: dict[str, tuple[str, str]] = {}
        """What is given out already, folded, and to whom."""
        everybody = [entity.value for entity in found if entity.type == "NAME"]
        self._families = names.known_families(everybody)
        self._people = names.people(everybody)
        self._languages = _token_languages(found)
        self._tokens: dict[tuple[str, str], str] = {}
        self._by_value = self._assign(found)

    def __getitem__(self, value: str) -> str:
        """Replacement of a value as it was found. KeyError for another one."""
        return self._by_value[value]

    @property
    def values(self) -> Mapping[str, str]:
        """Replacement by value."""
        return self._by_value

    def apply(self, text: str) -> tuple[str, list[str]]:
        """The text with every value replaced, longer ones first, and the values that were."""
        if not self._by_value:
            return text, []
        seen: list[str] = []

        def put(match: re.Match[str]) -> str:
            seen.append(match[0])
            return self._by_value[match[0]]

        return pattern(self._by_value).sub(put, text), seen

    def _assign(self, found: Mapping[Entity, str]) -> dict[str, str]:
        """In the order of their secret numbers: which of two values yields in a collision tells nothing about them.

        Names come first: e-mail addresses follow them. A value that was found as two types is replaced as the first.
        """
        order = sorted(found, key=lambda e: (e.type != "NAME", keyed(self._secret, "order", e.type, e.value), e))
        made: dict[str, str] = {}
        for entity in order:
            if entity.value not in made:
                made[entity.value] = self._made(entity, LOCALES.get(found[entity][:2], DEFAULT_LOCALE))
        return made

    def _made(self, entity: Entity, locale: str) -> str:
        if entity.type == "NAME":
            return self._name(entity.value, locale)
        if entity.type == "EMAIL":
            return self._email(entity.value)
        make = _MAKERS.get(entity.type, _shape)
        same = normalised(entity)
        return self._unique(entity.type, same, entity.value, lambda seed: make(entity.value, locale, seed))

    def _name(self, name: str, locale: str) -> str:
        roles = dict(self._roles(name))
        made, end = [], 0
        for start, stop, token in names.tokens(name):
            made.append(name[end:start])
            made.append(self._token(token, roles[start]) if start in roles else token)
            end = stop
        return "".join([*made, name[end:]]) if roles else self._unique(
            "NAME", names.fold(name), name, lambda seed: _faker(locale, seed).name()
        )  # fmt: skip

    def _roles(self, name: str) -> list[tuple[int, str]]:
        """(start, role) of each part; a single one is a family name where a full name says so."""
        found = names.parts(name)
        starts = [(start, token) for start, _, token in names.tokens(name) if names.fold(token) not in names.TITLES]
        roles = [role for role, _ in found]
        if len(found) == 1 and names.fold(found[0][1]) in self._families:
            roles = ["family"]
        return [(start, role) for (start, _), role in zip(starts, roles, strict=True)]

    def _token(self, token: str, role: str) -> str:
        """A part of a name: the same wherever it stands, in the language of the first full name that has it."""
        key = (role, names.fold(token))
        if key not in self._tokens:
            locale = LOCALES.get(self._languages.get(key, "")[:2], DEFAULT_LOCALE)
            self._tokens[key] = self._unique(*key, token, lambda seed: _part(role, locale, seed))
        return names.cased(self._tokens[key], token)

    def _email(self, address: str) -> str:
        """Names in it follow the person; the domain stays one domain, below .example (RFC 2606)."""
        local, _, domain = address.rpartition("@")
        company = self._unique(
            "domain", names.fold(domain), domain, lambda seed: f"{_faker(DEFAULT_LOCALE, seed).domain_word()}.example"
        )
        person = self._mailbox(local)
        same = names.fold(address)
        first = keyed(self._secret, "EMAIL", same, "0")

        def make(seed: int) -> str:
            if person is None:
                return f"{_faker(DEFAULT_LOCALE, seed).user_name()}@{company}"
            return f"{person}@{company}" if seed == first else f"{person}{seed % 10**4}@{company}"

        return self._unique("EMAIL", same, address, make)

    def _mailbox(self, local: str) -> str | None:
        """The local part with the person's new name; None where no part of it is a name that was found."""
        folded = names.fold(local)
        for given, family in self._people:
            new = {"given": self._latin(given, "given"), "family": self._latin(family, "family")}
            for joint in (".", "_", "-", ""):
                for old, made in (
                    (f"{given}{joint}{family}", f"{new['given']}{joint}{new['family']}"),
                    (f"{family}{joint}{given}", f"{new['family']}{joint}{new['given']}"),
                    (f"{given[0]}{joint}{family}", f"{new['given'][0]}{joint}{new['family']}"),
                ):
                    if re.fullmatch(rf"{re.escape(old)}\d*", folded):
                        return made + self._digits(local)
            if re.fullmatch(rf"(?:{re.escape(given)}|{re.escape(family)})\d*", folded):
                role = "given" if folded.startswith(given) else "family"
                return new[role] + self._digits(local)
        return None

    def _digits(self, local: str) -> str:
        digits = re.search(r"\d*$", local)
        found = digits[0] if digits else ""
        return shapes.like(found, generator(keyed(self._secret, "mailbox", local)))

    def _latin(self, token: str, role: str) -> str:
        """A name's replacement as an e-mail address writes it."""
        plain = re.sub(r"[^a-z0-9]", "", names.fold(self._token(token, role)).encode("ascii", "ignore").decode())
        return plain or f"u{keyed(self._secret, 'latin', role, token) % 10**6}"

    def _unique(self, kind: str, same: str, value: str, make: Callable[[int], str]) -> str:
        """The first candidate that is no original, holds none, and isn't given out to another value."""
        owner = (kind, same)
        for attempt in range(_TRIES):
            made = make(keyed(self._secret, kind, same, str(attempt)))
            if attempt >= _LONGER and kind in ("given", "family"):
                made = f"{made}-{make(keyed(self._secret, kind, same, str(attempt), 'double'))}"
            folded = names.fold(made)
            free = (
                self._taken.get(folded, owner) == owner and folded not in self._folded and folded != names.fold(value)
            )
            if free and not any(holds(made, original) for original in self._originals):
                self._taken[folded] = owner
                return made
        raise RedactionFailed(
            NO_REPLACEMENT,
            f"no replacement of type {kind} was free after {_TRIES} tries: its values have too few possible shapes, "
            "shorten the dataset or drop that type from the guardrail",
        )


def pattern(values: Iterable[str]) -> re.Pattern[str]:
    """Matches any of the values as whole words, longer ones first."""
    ordered = sorted(values, key=lambda value: (-len(value), value))
    return re.compile(
        "|".join(f"{_edge(value[0], True)}{re.escape(value)}{_edge(value[-1], False)}" for value in ordered)
    )


def holds(text: str, value: str) -> bool:
    """Whether a value stands in a text as a whole word."""
    return value in text and pattern([value]).search(text) is not None


def normalised(entity: Entity) -> str:
    """What makes two values the same: case, white space and separators don't count."""
    text = unicodedata.normalize("NFKC", entity.value).casefold()
    return re.sub(r"[\W_]+", "", text) or text


def _edge(character: str, is_start: bool) -> str:
    """A word's edge; scripts without spaces (from U+3040 on) have none, and a mark is an edge by itself."""
    if not character.isalnum() or character >= "\u3040":
        return ""
    return r"(?<![^\W_])" if is_start else r"(?![^\W_])"


def _token_languages(found: Mapping[Entity, str]) -> dict[tuple[str, str], str]:
    """Language by (role, folded part of a name): that of the first name in alphabetical order that has the part."""
    languages: dict[tuple[str, str], str] = {}
    for entity in sorted(found):
        for role, token in names.parts(entity.value) if entity.type == "NAME" else ():
            languages.setdefault((role, names.fold(token)), found[entity])
    return languages


@cache
def _fakers(locale: str) -> Faker:
    return Faker(locale, use_weighting=False)


def _faker(locale: str, seed: int) -> Faker:
    faker = _fakers(locale)
    faker.seed_instance(seed)
    return faker


def _part(role: str, locale: str, seed: int) -> str:
    faker = _faker(locale, seed)
    return str(faker.first_name() if role == "given" else faker.last_name())


def _shape(value: str, _locale: str, seed: int) -> str:
    return shapes.like(value, generator(seed))


_MAKERS: Mapping[str, Callable[[str, str, int], str]] = {
    "ADDRESS": lambda _value, locale, seed: " ".join(str(_faker(locale, seed).street_address()).split()),
    "CREDIT_DEBIT_CARD_NUMBER": lambda value, _locale, seed: shapes.card(value, generator(seed)),
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": lambda value, _locale, seed: shapes.iban(value, generator(seed)),
    "IP_ADDRESS": lambda value, _locale, seed: (
        _faker(DEFAULT_LOCALE, seed).ipv6() if ":" in value else _faker(DEFAULT_LOCALE, seed).ipv4_private()
    ),
    "MAC_ADDRESS": lambda _value, _locale, seed: _faker(DEFAULT_LOCALE, seed).mac_address(),
    "PHONE": lambda value, _locale, seed: shapes.phone(value, generator(seed)),
    "URL": lambda _value, _locale, seed: f"https://{_faker(DEFAULT_LOCALE, seed).domain_word()}.example/{seed % 10**6}",
    "USERNAME": lambda _value, _locale, seed: f"{_faker(DEFAULT_LOCALE, seed).user_name()}{seed % 1000}",
}
