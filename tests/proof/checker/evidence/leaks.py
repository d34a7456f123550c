"""Looks for anybody's data in bytes: as they are, in any case, inside base64 (at each of its three alignments), hex,
percent and \\u escapes. Everybody's words hold the run's marker, so a few searches find all of them."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.proof.clients.people import Words, number_of, number_of_phone

AROUND = 80
COUNTRY = re.compile(rb"502[ -]?\Z")
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_=-]+")


@dataclass(frozen=True)
class Leak:
    """Where a word was found and in which writing; `case`: whose it is. The word itself is not repeated."""

    where: str
    writing: str
    case: int | None


@dataclass
class Search:
    words: Words
    found: list[Leak] = field(default_factory=list)

    def look(self, where: str, content: bytes) -> None:
        self.found.extend(Leak(where, writing, case) for writing, case in self.inside(content))

    def inside(self, content: bytes) -> Iterator[tuple[str, int | None]]:
        """Each finding: how it was written, whose it is."""
        lower = content.lower()
        for at in _all(lower, self._marker):
            yield "as it is", self._whose(lower[at:])
        for found in self._phone.finditer(content):
            if _stands_alone(content, found):
                yield "a phone number", number_of_phone(int(re.sub(rb"\D", b"", found.group())[-5:]))
        for writing, needles in self._escaped.items():
            for needle in needles:
                yield from ((writing, None) for _ in _all(lower, needle))
        for needle in self._base64:
            for at in _all(content, needle):
                yield from self._decoded(content, at)

    def _whose(self, text: bytes) -> int | None:
        try:
            return number_of(text[len(self._marker) :][:5].decode("ascii"))
        except ValueError:
            return None

    def _decoded(self, content: bytes, at: int) -> Iterator[tuple[str, int | None]]:
        """What looked like it, taken out of base64: only what is really there counts."""
        begin = max(at - AROUND, 0)
        run = next(one for one in BASE64_RUN.finditer(content, begin, at + 2 * AROUND) if one.end() > at)
        for shift in range(4):
            text = run.group()[shift:].translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
            plain = base64.b64decode(text[: len(text) // 4 * 4]).lower()
            marked = plain.find(self._marker)
            if marked >= 0:
                yield "in base64", self._whose(plain[marked:])
                return
            if phone := self._phone.search(plain):
                yield "a phone number in base64", number_of_phone(int(phone.group()[-5:]))
                return

    @cached_property
    def _marker(self) -> bytes:
        return self.words.marker.encode()

    @cached_property
    def _phone(self) -> re.Pattern[bytes]:
        """Without the country's code, and with the usual gaps. Begins with fixed digits, by which it is found fast."""
        return re.compile(self.words.phone.removeprefix("502").encode() + rb"\d[ -]?\d{4}")

    @cached_property
    def _escaped(self) -> dict[str, list[bytes]]:
        written = [self.words.marker.encode(), self.words.marker.upper().encode(), self.words.phone.encode()]
        return {
            "in hex": [one.hex().encode() for one in written],
            "percent-encoded": ["".join(f"%{byte:02x}" for byte in one).encode() for one in written],
            "in unicode escapes": ["".join(f"\\u{byte:04x}" for byte in one).encode() for one in written],
        }

    @cached_property
    def _base64(self) -> list[bytes]:
        marker = self.words.marker
        needles = set()
        for text in (marker, marker.upper(), marker.capitalize(), self.words.phone):
            for before in range(3):
                needles |= _inner(text.encode(), before)
        return sorted(needles)


def _inner(text: bytes, before: int) -> set[bytes]:
    """The letters of base64 that are the same whatever stands before (so many bytes, counted in threes) and after."""
    encoded = base64.b64encode(b"\0" * before + text)
    first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
    inner = encoded[first:last]
    return {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}


def _all(content: bytes, needle: bytes) -> Iterator[int]:
    at = content.find(needle)
    while at >= 0:
        yield at
        at = content.find(needle, at + 1)


def _stands_alone(content: bytes, found: re.Match[bytes]) -> bool:
    """A number inside a longer one, or inside an id, is no phone; behind its country's code it always is one."""
    before, after = content[max(found.start() - 4, 0) : found.start()], content[found.end() : found.end() + 1]
    if COUNTRY.search(before):
        return not after.isdigit()
    return not re.search(rb"[\w.-]", before[-1:] + after)


def in_files(search: Search, folder: Any, piece: int = 8 * 1024 * 1024) -> int:
    """Looks through all files below a folder, in pieces that overlap. How many bytes there were."""
    total = 0
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            kept = b""
            while content := file.read(piece):
                total += len(content)
                search.look(f"log {path.name}", kept + content)
                kept = content[-2 * AROUND :]
    return total
