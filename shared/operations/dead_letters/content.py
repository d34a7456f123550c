"""What an operator sends as an event's new content: a JSON object, or text that holds one."""

import json
from typing import Any

from shared.errors import N_
from shared.inbox import letters
from shared.web import bodies


class NotAnObject(ValueError):
    """The message is for the operator."""


def data(given: Any) -> dict[str, Any] | None:
    """Raises NotAnObject."""
    if isinstance(given, str):
        given = _parsed(given)
    if given is not None and not isinstance(given, dict):
        raise NotAnObject(N_("The value of an event is one JSON object."))
    return given


def _parsed(text: str) -> Any:
    try:
        return bodies.read_json(text.encode())
    except (bodies.BadJson, UnicodeEncodeError):
        raise NotAnObject(N_("This is not JSON: look at quotes, commas and brackets.")) from None


def headers(lines: str) -> dict[str, str]:
    """From a text with a `name: value` on each line. Raises NotAnObject."""
    found = {}
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        name, colon, text = line.partition(":")
        if not colon or not name.strip():
            raise NotAnObject(N_("Each line is a name, a colon and a value."))
        found[name.strip().lower()] = text.strip()
    return found


def same(data: dict[str, Any] | None, value: bytes | None) -> bool:
    """Whether what was sent is what is there already, as it is shown."""
    if data is None or value is None:
        return data is value
    try:
        return bool(letters.without_sealed(json.loads(value)) == data)
    except ValueError:
        return False
