"""Sealed boxes open for whom they are meant, codes are derived, fingerprints say nothing."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import codes, sealed


def key(kid: str) -> str:
    return f"{kid}:{base64.b64encode(os.urandom(32)).decode()}"


def test_what_is_sealed_opens_with_the_same_key_and_id_only() -> None:
    keys = sealed.Keys.parse(key("k1"))
    box = keys.seal({"name": "Ixchel Ñandú"}, "person-1")
    assert keys.open(box, "person-1") == {"name": "Ixchel Ñandú"}
    with pytest.raises(sealed.CannotOpen):
        keys.open(box, "person-2")
    with pytest.raises(sealed.CannotOpen):
        sealed.Keys.parse(key("k1")).open(box, "person-1")


def test_an_older_key_still_opens_after_rotation_and_the_newest_seals() -> None:
    old, new = key("old"), key("new")
    box = sealed.Keys.parse(old).seal({"a": 1}, "x")
    rotated = sealed.Keys.parse(f"{new},{old}")
    assert rotated.open(box, "x") == {"a": 1}
    assert rotated.seal({"a": 1}, "x")["kid"] == "new"
    with pytest.raises(sealed.CannotOpen):
        sealed.Keys.parse(new).open(box, "x")


def test_a_box_that_was_altered_does_not_open_and_the_error_tells_nothing() -> None:
    keys = sealed.Keys.parse(key("k1"))
    box = keys.seal({"name": "Ixchel"}, "p")
    raw = bytearray(base64.b64decode(box["box"]))
    raw[0] ^= 1
    with pytest.raises(sealed.CannotOpen) as refused:
        keys.open(box | {"box": base64.b64encode(bytes(raw)).decode()}, "p")
    assert "Ixchel" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "k1:", "k1:AAAA", ":" + base64.b64encode(bytes(32)).decode(), "k1:!!"])
def test_a_key_of_the_wrong_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - binascii's error is one
        sealed.Keys.parse(text)


def test_fingerprints_are_equal_for_equal_values_under_one_key_only() -> None:
    assert sealed.fingerprint("k", "phone", "+50255550100") == sealed.fingerprint("k", "phone", "+50255550100")
    assert sealed.fingerprint("k", "phone", "+50255550100") != sealed.fingerprint("j", "phone", "+50255550100")
    assert sealed.fingerprint("k", "phone", "x") != sealed.fingerprint("k", "email", "x")


@given(st.integers(0, 50), st.integers(0, 2**40 - 1))
def test_a_code_is_eight_letters_and_forgives_how_it_is_typed(n: int, number: int) -> None:
    reference = f"SND-{number:010d}"
    code = codes.code("a" * 32, reference, n)
    assert len(code) == 8
    assert set(code) <= set(codes.ALPHABET)
    typed = f" {code[:4].lower()}-{code[4:]} ".replace("0", "O").replace("1", "l")
    assert codes.matches("a" * 32, reference, n, typed)
    assert not codes.matches("a" * 32, reference, n + 1, code)
    assert not codes.matches("b" * 32, reference, n, code)


def test_a_reference_is_read_as_people_type_it() -> None:
    reference = codes.new_reference()
    assert codes.read_reference(reference.lower().replace("-", " ")) == reference
    assert codes.read_reference(" not one! ") == "not one!"
