"""Personal data under AES-256-GCM, bound to whom it is about; and keyed fingerprints to look it up by.

A sealed box names its key, so that keys rotate: the first key seals, every listed one opens. The id it is bound to is
authenticated with it: a box copied to another record does not open.
"""

import base64
import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes


class CannotOpen(Exception):
    """Unknown key, altered box, or a box that belongs to another record."""


@dataclass(frozen=True)
class Keys:
    """Key id to 32 bytes; the first is the current one."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "Keys":
        """From `kid:base64(32 bytes)[,older…]`. Raises ValueError."""
        keys = []
        for part in text.split(","):
            kid, _, encoded = part.strip().partition(":")
            key = base64.b64decode(encoded, validate=True)
            if not kid or len(key) != 32:
                raise ValueError("a sealing key is `kid:base64` of exactly 32 bytes")
            keys.append((kid, key))
        return cls(tuple(keys))

    def seal(self, data: dict[str, Any], bound_to: str) -> dict[str, str]:
        """`{kid, nonce, box}`, all text. The nonce is random: one key seals far fewer than 2**32 boxes."""
        kid, key = self.keys[0]
        nonce = os.urandom(NONCE)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        box = AESGCM(key).encrypt(nonce, text, f"{kid}|{bound_to}".encode())
        return {"kid": kid, "nonce": _text(nonce), "box": _text(box)}

    def open(self, box: dict[str, str], bound_to: str) -> dict[str, Any]:
        """What was sealed. Raises CannotOpen, which tells nothing of the content."""
        key = dict(self.keys).get(box.get("kid", ""))
        if key is None:
            raise CannotOpen(f"no key with the id {box.get('kid')!r}")
        try:
            nonce, content = base64.b64decode(box["nonce"]), base64.b64decode(box["box"])
            return json.loads(AESGCM(key).decrypt(nonce, content, f"{box['kid']}|{bound_to}".encode()))
        except (InvalidTag, KeyError, ValueError):
            raise CannotOpen("altered, or bound to another record") from None

    def seal_bytes(self, content: bytes, bound_to: str) -> bytes:
        """For files: the key's id and the nonce stand before the box."""
        kid, key = self.keys[0]
        name, nonce = kid.encode(), os.urandom(NONCE)
        return bytes([len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, content, f"{kid}|{bound_to}".encode())

    def open_bytes(self, content: bytes, bound_to: str) -> bytes:
        """What was sealed. Raises CannotOpen."""
        end = 1 + content[0] if content else 0
        kid = content[1:end].decode(errors="replace")
        key = dict(self.keys).get(kid)
        if key is None:
            raise CannotOpen(f"no key with the id {kid!r}")
        nonce, box = content[end : end + NONCE], content[end + NONCE :]
        try:
            return AESGCM(key).decrypt(nonce, box, f"{kid}|{bound_to}".encode())
        except (InvalidTag, ValueError):
            raise CannotOpen(
                f"altered or cut, of another place, or sealed with another key than {kid!r} is here"
            ) from None


def fingerprint(key: str, kind: str, value: str) -> str:
    """Equal for equal values (normalise them first), and of no use without the key."""
    return hmac.new(key.encode(), f"{kind}|{value}".encode(), sha256).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
