"""The published forms: canonical JSON, one row a line, and the SHA-256 that shows that nothing changed."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # ids, offices, parts of the day, needs: no escapes in JSON
JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def row(content: dict[str, Any]) -> str:
    return f"{JSON.encode(content)}\n"


def rows(contents: Iterable[dict[str, Any]]) -> str:
    """By id, so that no order of asking is left in it."""
    return "".join(row(content) for content in sorted(contents, key=lambda content: content["id"]))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest(*lines: str) -> str:
    """SHA-256 of these lines, each ended by a newline."""
    return sha256("".join(f"{line}\n" for line in lines))


def instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_code(text: str) -> bool:
    return CODE.fullmatch(text) is not None
