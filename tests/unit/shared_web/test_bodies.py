"""Bodies that could be read in two ways are refused before a route sees them."""

import pytest

from shared.web import bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"a": 9223372036854775808}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 60_000,
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a": 1} {"b": 2}',
    ],
)
def test_an_ambiguous_or_broken_body_is_refused(body: bytes) -> None:
    with pytest.raises(bodies.BadJson):
        bodies.read_json(body)


def test_a_plain_body_is_read() -> None:
    body = '{"name": "María José 🌱", "n": [1, 2.5, null, true], "low": -9223372036854775808}'
    found = bodies.read_json(body.encode())
    assert found == {"name": "María José 🌱", "n": [1, 2.5, None, True], "low": -(2**63)}
