"""Is a request all there? What must be known before a thread begins with it. Nothing is understood here that the server
does not read again, and refuse where it is wrong."""

import re
from dataclasses import dataclass, field

LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 64 * 1024  # a larger one is refused unread (bodies.py): nobody waits for it
END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:.*chunked", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue", re.IGNORECASE | re.MULTILINE)


class TooLargeHead(Exception):
    """The head does not end where it should have ended long ago."""


@dataclass
class Arriving:
    """One request, as far as it has come."""

    data: bytearray = field(default_factory=bytearray)
    body: int = 0  # where it begins; 0: the head is not there yet
    length: int | None = 0  # of the body; None: in chunks
    expects: bool = False  # to be told to go on before it sends its body
    _chunk: int = 0  # where the next one begins

    def add(self, more: bytes) -> bool:
        """True: all of it is there, or as much as anybody will look at. Raises TooLargeHead."""
        before = len(self.data)
        self.data += more
        if not self.body and not self._head(before):
            return False
        there = len(self.data) - self.body
        if self.length is None:
            return there > LARGEST_BODY or self._last_chunk()
        return self.length > LARGEST_BODY or there >= self.length

    def _head(self, before: int) -> bool:
        end = self.data.find(END_OF_HEAD, max(0, before - len(END_OF_HEAD)))
        if end < 0:
            if len(self.data) > LARGEST_HEAD:
                raise TooLargeHead
            return False
        head = bytes(self.data[:end])
        self.body = self._chunk = end + len(END_OF_HEAD)
        length = _LENGTH.search(head)
        self.length = None if _CHUNKED.search(head) else int(length.group(1)) if length else 0
        self.expects = bool(_EXPECTS.search(head))
        return True

    def _last_chunk(self) -> bool:
        while (line := self.data.find(b"\r\n", self._chunk)) >= 0:
            try:
                size = int(bytes(self.data[self._chunk : line]).partition(b";")[0], 16)
            except ValueError:
                size = -1
            if size < 0:
                return True  # no chunk at all: the server says so
            if size == 0:
                return self.data.find(END_OF_HEAD, line) >= 0
            self._chunk = line + 2 + size + 2
        return False
