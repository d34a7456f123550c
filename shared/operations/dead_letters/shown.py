"""A dead letter as it may be shown: what is sealed stays so; content as JSON, else as text, else as hex."""

import difflib
import json
from typing import Any

from shared.inbox import Record, letters

MOST_SHOWN = 20_000
_BYTES_A_LINE = 16


def payload(value: bytes | None) -> Any:
    """For the JSON route: the data, or `{"unreadable": text, "encoding": "utf-8" | "hex"}`."""
    data, readable = _read(value)
    if readable:
        return letters.without_sealed(data)
    text, encoding = _as_text(value or b"")
    return {"unreadable": text[:MOST_SHOWN], "encoding": encoding}


def value_text(value: bytes | None) -> str:
    """For people: JSON spread over lines, else the text, else hex."""
    if value is None:
        return ""
    data, readable = _read(value)
    if readable:
        return json.dumps(letters.without_sealed(data), ensure_ascii=False, indent=2)
    text, encoding = _as_text(value)
    return text if encoding == "utf-8" else _hex_lines(value)


def headers(record: Record) -> list[tuple[str, str]]:
    return [(name, _as_text(content)[0]) for name, content in record.headers]


def versions(row: dict[str, Any]) -> tuple[Record, Record]:
    """The original and the edited record of an edit."""
    place = {"topic": row["topic"], "partition": 0, "offset": 0}
    return Record.of(place | {"record": row["original"]}), Record.of(place | {"record": row["edited"]})


def difference(before: Record, after: Record) -> list[tuple[str, str]]:
    """Line by line, headers first: `(" ", "-" or "+", text)`."""
    old, new = _lines(before), _lines(after)
    return [(line[0], line[2:]) for line in difflib.ndiff(old, new) if line[0] in " +-"]


def _lines(record: Record) -> list[str]:
    told = [f"{name}: {text}" for name, text in sorted(headers(record))]
    return [*told, "", *value_text(record.value).splitlines()]


def _read(value: bytes | None) -> tuple[Any, bool]:
    if value is None:
        return None, True
    try:
        return json.loads(value), True
    except (ValueError, RecursionError):
        return None, False


def _as_text(content: bytes) -> tuple[str, str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content.hex(), "hex"
    if all(one.isprintable() or one in "\r\n\t" for one in text):
        return text, "utf-8"
    return content.hex(), "hex"


def _hex_lines(content: bytes) -> str:
    at = range(0, min(len(content), MOST_SHOWN), _BYTES_A_LINE)
    return "\n".join(content[start : start + _BYTES_A_LINE].hex(" ") for start in at)
