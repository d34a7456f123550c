"""References that say nothing, and access codes that are stored nowhere: each is derived from its reference.

A code is 8 characters of Crockford's base32 (no I, L, O, U) from HMAC(access key, reference, n): 40 bits. A lost one
is made new by raising n.
"""

import hmac
import secrets
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans("ILO", "110", " -.")


def new_reference(prefix: str = "SND") -> str:
    """`SND-XXXX-XXXX`: 40 random bits; the database refuses the rare second use."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def read_reference(given: str, prefix: str = "SND") -> str:
    """A reference as people type it, in its one written form; text that cannot be one comes back as it is."""
    text = given.strip().upper().replace(" ", "").replace("-", "")
    letters = text.removeprefix(prefix).translate(_FORGIVEN)
    if len(letters) != 8 or any(letter not in ALPHABET for letter in letters):
        return given.strip()
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def is_reference(text: str, prefix: str = "SND") -> bool:
    """Whether a text is one in its written form, as `read_reference` gives it."""
    letters = text.removeprefix(f"{prefix}-").replace("-", "", 1)
    return text == f"{prefix}-{letters[:4]}-{letters[4:]}" and len(letters) == 8 and set(letters) <= set(ALPHABET)


def code(access_key: str, reference: str, n: int) -> str:
    digest = hmac.new(access_key.encode(), f"code|{reference}|{n}".encode(), sha256).digest()
    number = int.from_bytes(digest[:5], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def matches(access_key: str, reference: str, n: int, given: str) -> bool:
    """Compared in constant time; forgives lower case, spaces, dashes, and I, L, O for 1, 1, 0."""
    typed = given.upper().translate(_FORGIVEN)
    return hmac.compare_digest(code(access_key, reference, n).encode(), typed.encode())
