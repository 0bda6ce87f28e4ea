"""Replacements: consistent, injective, never an original, in the value's own shape."""

from __future__ import annotations

import re

import pytest
import stdnum.iban
import stdnum.luhn
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_runtime.evaluation.redaction import names, shapes
from genai_runtime.evaluation.redaction.detection import Entity
from genai_runtime.evaluation.redaction.errors import RedactionFailed
from genai_runtime.evaluation.redaction.keyed import generator, keyed
from genai_runtime.evaluation.redaction.replacement import Replacements, holds, normalised

SECRET = bytes(range(32))
GIVEN = ("Alice", "Bob", "Chloé", "Dörte", "Émile", "Zoë", "Núria", "Jean-Luc", "O'Neil")
FAMILY = ("Example", "Smith", "Müller", "García", "Dupont", "Weiß", "Núñez", "van", "Sorel")
LANGUAGES = ("en", "de", "fr", "es", "ja", "xx")

people = st.builds(lambda g, f: Entity("NAME", f"{g} {f}"), st.sampled_from(GIVEN), st.sampled_from(FAMILY))
emails = st.builds(
    lambda g, f, joint, domain: Entity("EMAIL", f"{names.fold(g)}{joint}{names.fold(f)}@{domain}.com"),
    st.sampled_from([g for g in GIVEN if g.isalpha()]), st.sampled_from(FAMILY), st.sampled_from(["", ".", "_"]),
    st.sampled_from(["corp", "mail", "acme"]),
)  # fmt: skip
digits = st.text("0123456789", min_size=9, max_size=9)
phones = st.builds(lambda number: Entity("PHONE", f"+44 {number[:3]} {number[3:]}"), digits)
ibans = st.builds(
    lambda bank: Entity("INTERNATIONAL_BANK_ACCOUNT_NUMBER", shapes.iban(f"DE00{bank}{bank}", generator(int(bank)))),
    digits,
)
entities = st.dictionaries(
    st.one_of(people, emails, phones, ibans), st.sampled_from(LANGUAGES), min_size=1, max_size=12
)


@settings(max_examples=150, deadline=None)
@given(entities)
def test_replacements_are_injective_and_hold_no_original(found: dict[Entity, str]) -> None:
    made = Replacements(SECRET, found).values
    assert set(made) == {entity.value for entity in found}
    by_replacement: dict[str, set[str]] = {}
    for entity in found:
        by_replacement.setdefault(names.fold(made[entity.value]), set()).add(normalised(entity))
    assert all(len(same) == 1 for same in by_replacement.values()), by_replacement
    for new in made.values():
        assert not any(holds(new, original) for original in made)


@settings(max_examples=100, deadline=None)
@given(entities, st.lists(st.sampled_from(["said", "to", "about", ",", "\n", "."]), max_size=6))
def test_no_original_is_left_in_any_text(found: dict[Entity, str], between: list[str]) -> None:
    replacements = Replacements(SECRET, found)
    text = f" {' '.join(between)} ".join(entity.value for entity in found)
    made, seen = replacements.apply(text)
    assert not any(holds(made, entity.value) for entity in found)
    assert set(seen) <= set(replacements.values)
    assert replacements.apply(made)[0] == made


@settings(max_examples=60, deadline=None)
@given(entities)
def test_the_same_in_every_run_whatever_the_order(found: dict[Entity, str]) -> None:
    again = dict(reversed(list(found.items())))
    assert Replacements(SECRET, found).values == Replacements(SECRET, again).values


@settings(max_examples=40, deadline=None)
@given(people, st.dictionaries(phones, st.just("en"), max_size=4))
def test_a_person_stays_the_same_person_in_another_version(person: Entity, others: dict[Entity, str]) -> None:
    alone = Replacements(SECRET, {person: "de"})
    assert Replacements(SECRET, {person: "de", **others})[person.value] == alone[person.value]


def test_another_secret_makes_another_person() -> None:
    person = Entity("NAME", "Alice Example")
    assert (
        Replacements(SECRET, {person: "en"})["Alice Example"]
        != Replacements(b"z" * 32, {person: "en"})["Alice Example"]
    )


def test_a_person_is_one_person_under_all_names() -> None:
    values = ("Alice Example", "Alice", "Ms Example", "ALICE EXAMPLE", "Example")
    found = {Entity("NAME", value): language for value, language in zip(values, LANGUAGES, strict=False)}
    found |= {
        Entity("EMAIL", address): "de" for address in ("alice.example@corp.com", "a.example@corp.com", "info@corp.com")
    }
    made = Replacements(SECRET, found)
    given_name, family = made["Alice Example"].split(" ")
    assert made["Alice"] == given_name
    assert made["Ms Example"] == f"Ms {family}"
    assert made["Example"] == family
    assert made["ALICE EXAMPLE"] == made["Alice Example"].upper()
    local, domain = made["alice.example@corp.com"].split("@")
    assert local == f"{names.fold(given_name)}.{names.fold(family)}"
    assert made["a.example@corp.com"] == f"{names.fold(given_name)[0]}.{names.fold(family)}@{domain}"
    assert made["info@corp.com"].endswith(f"@{domain}")
    assert domain.endswith(".example")


def test_a_family_stays_a_family() -> None:
    found = {Entity("NAME", "Alice Example"): "en", Entity("NAME", "Bob Example"): "en"}
    made = Replacements(SECRET, found)
    alice, bob = made["Alice Example"].split(" "), made["Bob Example"].split(" ")
    assert alice[1] == bob[1]
    assert alice[0] != bob[0]


def test_the_language_tag_chooses_names_of_that_language() -> None:
    japanese = Replacements(SECRET, {Entity("NAME", "田中 太郎"): "ja"})["田中 太郎"]
    assert re.fullmatch(r"[\u3040-\u30ff\u4e00-\u9fff]+ [\u3040-\u30ff\u4e00-\u9fff]+", japanese)
    assert japanese != "田中 太郎"


def test_numbers_keep_country_shape_and_check_digits() -> None:
    iban, card, phone = "DE89 3704 0044 0532 0130 00", "4111-1111-1111-1111", "+49 (30) 901820"
    found = {
        Entity("INTERNATIONAL_BANK_ACCOUNT_NUMBER", iban): "de",
        Entity("CREDIT_DEBIT_CARD_NUMBER", card): "de",
        Entity("PHONE", phone): "de",
    }
    made = Replacements(SECRET, found)
    assert stdnum.iban.is_valid(made[iban])
    assert made[iban].startswith("DE")
    assert stdnum.luhn.is_valid(made[card].replace("-", ""))
    for value in (iban, card, phone):
        assert [each.isdigit() for each in made[value]] == [each.isdigit() for each in value]
    assert made[phone].startswith("+49 (")


def test_the_same_number_written_in_two_ways_stays_one_number() -> None:
    one, other = "+44 20 7946 0958", "+442079460958"
    made = Replacements(SECRET, {Entity("PHONE", one): "en", Entity("PHONE", other): "en"})
    assert made[one].replace(" ", "") == made[other]


def test_words_are_replaced_whole_and_longer_values_first() -> None:
    made = Replacements(SECRET, {Entity("NAME", "Ann"): "en", Entity("NAME", "Ann Lee"): "en"})
    text, seen = made.apply("Ann Lee and Ann announced: Annual (Ann).")
    assert "announced: Annual" in text
    assert seen == ["Ann Lee", "Ann", "Ann"]
    assert "Ann " not in text


def test_scripts_without_spaces_have_no_word_edges() -> None:
    made = Replacements(SECRET, {Entity("NAME", "田中"): "ja"})
    text, _ = made.apply("田中さんの電話")
    assert "田中" not in text
    assert text.endswith("さんの電話")


def test_fails_when_there_are_more_values_than_shapes() -> None:
    every = {Entity("PIN", f"{number}"): "en" for number in range(10)}
    with pytest.raises(RedactionFailed, match="GF-EVAL-054"):
        Replacements(SECRET, every)


@given(st.lists(st.text(max_size=5), min_size=1, max_size=3), st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_keyed_numbers_tell_parts_apart(one: list[str], other: list[str]) -> None:
    assert (keyed(SECRET, *one) == keyed(SECRET, *other)) == (one == other)
