"""The fields of a definition, or of data, as dotted paths."""

from typing import Any

from marshmallow import Schema, fields


def of_schema(schema: type[Schema], only_required: bool = False) -> set[str]:
    """Parts of a nested field that is not required are not required either."""
    found: set[str] = set()
    for name, field in schema().fields.items():
        if only_required and not field.required:
            continue
        found.add(name)
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            found |= {f"{name}.{path}" for path in of_schema(type(inner.schema), only_required)}
    return found


def of_data(data: Any) -> dict[str, str]:
    """Path to kind, of every field. What lies in a list has the path of the list."""
    found = {}
    for name, value in data.items():
        found[name] = type(value).__name__
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found |= {f"{name}.{path}": kind for path, kind in of_data(one).items()}
    return found
