"""Fingerprints: who counts as the same person."""

from datetime import date

from services.booking import model, people
from tests import builders

KEY = "k" * 40


def same(one: model.Person, other: model.Person) -> bool:
    return bool(set(people.fingerprints(KEY, one)) & set(people.fingerprints(KEY, other)))


def person(**changes: object) -> model.Person:
    return builders.a_person(**{"name": "Somebody", "phone": None, "email": None} | changes)


def test_any_one_thing_known_makes_two_the_same() -> None:
    assert same(person(name="A", phone="+50251234567"), person(name="B", phone="+50251234567"))
    assert same(person(name="A", email="Ana@Example.org"), person(name="B", email="ana@example.org"))
    assert same(person(name="A", document="DPI 2345-678"), person(name="B", document="dpi 2345 678"))


def test_a_name_counts_with_its_birth_date_however_it_is_written() -> None:
    assert same(person(name="José  PÉREZ"), person(name="jose perez"))
    assert not same(person(name="José Pérez"), person(name="José Pérez", birth_date=date(2001, 1, 1)))


def test_what_is_not_known_is_no_match_and_kinds_do_not_mix() -> None:
    assert not same(person(name="A"), person(name="B"))
    assert not same(person(name="A", email="1"), person(name="B", document="1"))


def test_without_the_key_a_fingerprint_says_nothing() -> None:
    one = person(phone="+50251234567")
    assert not set(people.fingerprints(KEY, one)) & set(people.fingerprints("other" * 8, one))
