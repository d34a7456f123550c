"""A contact to be verified, and its one-time code."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from services.booking import model
from services.booking.kinds import Email, Phone
from services.booking.schemas.choices import CHANNELS, LANGUAGES, ONE_OF_THESE, Strict
from shared import web
from shared.errors import N_

CONTACTS: dict[str, fields.String] = {"email": Email(), "sms": Phone()}


class VerificationIn(Strict):
    """Loads into model.VerificationRequest."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS, error=ONE_OF_THESE))
    contact = fields.String(required=True, metadata={"description": "phone or email", "example": "+502 5123 4567"})
    language = fields.String(
        validate=validate.OneOf(LANGUAGES, error=ONE_OF_THESE), metadata={"description": "of the message"}
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.VerificationRequest:
        try:
            contact = CONTACTS[data["channel"]].deserialize(data["contact"])
        except ValidationError as wrong:
            raise ValidationError({"contact": wrong.messages}) from None
        return model.VerificationRequest(data["channel"], contact, data.get("language") or web.locale())


class OneTimeCodeIn(Strict):
    code = fields.String(
        required=True,
        validate=validate.Length(min=1, max=100, error=N_("Please write the code.")),
        metadata={"example": "4T9XW2MD"},
    )
