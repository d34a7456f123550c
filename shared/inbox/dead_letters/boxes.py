"""What is sealed in an event stays sealed: shown as a placeholder, which in an edit stands for the box itself."""

import json
from typing import Any


def is_box(value: Any) -> bool:
    return isinstance(value, dict) and {"kid", "nonce", "box"} <= set(value)


def without_sealed(value: Any) -> Any:
    """As it may be shown."""
    if is_box(value):
        return placeholder(value)
    if isinstance(value, dict):
        return {name: without_sealed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_sealed(one) for one in value]
    return value


def placeholder(box: dict[str, Any]) -> str:
    return f"sealed with the key {box['kid']}"


def back(data: Any, original: bytes | None) -> Any:
    """The data with the boxes of the original wherever their placeholder was left."""
    try:
        known = json.loads(original or b"null")
    except ValueError:
        known = None
    return _back(data, known)


def _back(shown: Any, known: Any) -> Any:
    if is_box(known) and shown == placeholder(known):
        return known
    if isinstance(shown, dict):
        inner = known if isinstance(known, dict) else {}
        return {name: _back(one, inner.get(name)) for name, one in shown.items()}
    if isinstance(shown, list):
        rest = known if isinstance(known, list) else []
        return [_back(one, rest[at] if at < len(rest) else None) for at, one in enumerate(shown)]
    return shown
