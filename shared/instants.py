"""Instants in bodies: RFC 3339 in UTC with `Z` out; any offset in, but never without one."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields

from shared import clock


class Instant(fields.AwareDateTime):
    """Loads to aware UTC, cut to the milliseconds that the database keeps."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else clock.rfc3339(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        found = super()._deserialize(value, attr, data, **kwargs)
        try:
            moment = found.astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
