"""Between documents and the things of the model."""

import dataclasses
import functools
from typing import Any


def of(kind: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass in a document: fields it does not know (of newer code) are left out."""
    source = {**row, "id": row["_id"]} if "_id" in row else row
    return {
        name: tuple(source[name]) if isinstance(source[name], list) else source[name]
        for name in _names(kind)
        if name in source
    }


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in dataclasses.fields(kind))
