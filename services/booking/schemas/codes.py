"""A new code asked for."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from services.booking import model
from services.booking.kinds import Email, Phone
from services.booking.schemas.choices import Strict
from shared import codes
from shared.errors import N_


class Reference(fields.String):
    """As people type it, in its one written form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = codes.read_reference(super()._deserialize(value, attr, data, **kwargs)[:100])
        if not codes.is_reference(text):
            raise ValidationError(N_("This is not a reference. Example: SND-7K3M-Q2XA."))
        return text


class LostCodeIn(Strict):
    """One of these."""

    reference = Reference(load_default=None, allow_none=True, metadata={"example": "SND-7K3M-Q2XA"})
    phone = Phone(load_default=None, allow_none=True, metadata={"example": "+502 5123 4567"})
    email = Email(load_default=None, allow_none=True, metadata={"example": "ana@example.org"})

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if sum(data[name] is not None for name in ("reference", "phone", "email")) != 1:
            raise ValidationError({"reference": [N_("Please give one thing: reference, phone or email.")]})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.LostCode:
        return model.LostCode(**data)
