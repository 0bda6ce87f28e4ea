"""Replacements that keep the shape of what they replace, with valid check digits where a number has them."""

import random
import string

_VALUE = {each: str(index) for index, each in enumerate(string.digits + string.ascii_uppercase)}


def like(value: str, rng: random.Random, *, keep: int = 0) -> str:
    """Other letters and digits in the same places; the first `keep` of them stay."""
    made, kept = [], 0
    for each in value:
        if not each.isalnum():
            made.append(each)
        elif kept < keep:
            kept += 1
            made.append(each)
        elif each.isdigit():
            made.append(rng.choice(string.digits))
        else:
            made.append(rng.choice(string.ascii_uppercase if each.isupper() else string.ascii_lowercase))
    return "".join(made)


def phone(value: str, rng: random.Random) -> str:
    """The country code stays, and so does how the number is written."""
    return like(value, rng, keep=2 if value.startswith(("+", "00")) else 1)


def card(value: str, rng: random.Random) -> str:
    """Luhn's check digit is right (ISO/IEC 7812-1); the first digit stays, so that it is a card of the same kind."""
    made = like(value, rng, keep=1)
    places = [index for index, each in enumerate(made) if each.isdigit()]
    digits = [int(made[place]) for place in places]
    total = sum(digit if index % 2 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(reversed(digits[:-1])))
    return _put(made, places[-1:], str(-total % 10))


def iban(value: str, rng: random.Random) -> str:
    """The country stays, the check digits are right (ISO 13616: the remainder modulo 97 is 1)."""
    made = like(value, rng, keep=2)
    places = [index for index, each in enumerate(made) if each.isalnum()]
    account = "".join(made[place] for place in places[4:]).upper()
    country = "".join(made[place] for place in places[:2]).upper()
    number = int("".join(_VALUE.get(each, "0") for each in f"{account}{country}00"))
    return _put(made, places[2:4], f"{98 - number % 97:02d}")


def _put(text: str, places: list[int], what: str) -> str:
    characters = list(text)
    for place, each in zip(places, what, strict=True):
        characters[place] = each
    return "".join(characters)
