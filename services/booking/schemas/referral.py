"""A referral, with the consent given."""

from typing import Any

from marshmallow import fields, post_load, validate

from services.booking import model
from services.booking.kinds import Words
from services.booking.schemas.choices import ID, ONE_OF_THESE, PRIORITIES, SERVICES, Strict
from shared.errors import N_


class ConsentIn(Strict):
    partners = fields.List(
        fields.String(validate=ID),
        required=True,
        validate=validate.Length(min=1, max=20, error=N_("Name the partners the person agreed to, one to twenty.")),
        metadata={"example": ["unhcr"]},
    )
    text_version = fields.String(
        required=True,
        validate=validate.OneOf(tuple(model.CONSENT_TEXTS), error=ONE_OF_THESE),
        metadata={"example": "2026-11"},
    )
    given_by = fields.String(
        required=True,
        validate=validate.OneOf(("person", "guardian"), error=ONE_OF_THESE),
    )


class ReferralIn(Strict):
    """What a clerk sends to refer somebody; loads into model.ReferralRequest."""

    service = fields.String(required=True, validate=validate.OneOf(SERVICES, error=ONE_OF_THESE))
    priority = fields.String(required=True, validate=validate.OneOf(PRIORITIES, error=ONE_OF_THESE))
    consent = fields.Nested(ConsentIn, required=True)
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2,3}\Z", error=N_("This is not the code of a language."))),
        load_default=list,
        validate=validate.Length(max=5, error=N_("This is too long.")),
        metadata={"description": "spoken, ISO 639; without it the language of the appointment", "example": ["quc"]},
    )
    note = Words(longest=2000, load_default=None, allow_none=True, metadata={"description": "sealed with the person"})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.ReferralRequest:
        consent = data["consent"]
        return model.ReferralRequest(
            service=data["service"],
            priority=data["priority"],
            partners=tuple(dict.fromkeys(consent["partners"])),
            text_version=consent["text_version"],
            given_by=consent["given_by"],
            languages=tuple(dict.fromkeys(data["languages"])),
            note=data["note"],
        )
