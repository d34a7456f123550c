"""Lists and their pages."""

import functools
from typing import Any

from marshmallow import Schema, fields

from shared import web


@functools.cache
def list_of(item: type[Schema]) -> type[Schema]:
    """`{"items": […], "next": cursor | null}`"""
    listed: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(allow_none=True, required=True),
    }
    return Schema.from_dict(listed, name=f"{item.__name__.removesuffix('Out')}List")


def paged(rows: list[Any], query: dict[str, Any], cursor: Any) -> dict[str, Any]:
    """A page of a list that is short enough to be sorted whole. `cursor(row)` names a row; one that is not there (any
    more) begins a page where it would have stood, which is at the end unless cursors sort like the rows."""
    names = [cursor(row) for row in rows]
    after = query["after"]
    begin = 0 if after is None else next((at for at, name in enumerate(names) if name > after), len(names))
    if after in names:
        begin = names.index(after) + 1
    shown = rows[begin : begin + query["limit"]]
    more = begin + len(shown) < len(rows)
    return web.page(shown, names[begin + len(shown) - 1] if more else None)
