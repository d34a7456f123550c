"""Lists: `?limit=&after=` in, `{"items": [...], "next": cursor | null}` out."""

from typing import Any

from marshmallow import Schema, fields, validate


class ListQuery(Schema):
    """Subclass it with the filters of the list: `@blueprint.arguments(Query, location="query")`."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    after = fields.String(load_default=None, validate=validate.Length(min=1, max=200))


def page(items: list[Any], next_: str | None) -> dict[str, Any]:
    return {"items": items, "next": next_}
