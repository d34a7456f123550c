"""An appointment asked for, and given up."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.booking import model
from services.booking.kinds import BirthDate, Email, Line, Phone, Words
from services.booking.schemas.choices import CHANNELS, ID, LANGUAGE_CODE, LANGUAGES, NEEDS, ONE_OF_THESE, Strict
from shared.errors import N_

MOST_COMPANIONS = 9
EITHER = N_("Name a slot or a hold, one of the two.")


class PersonIn(Strict):
    name = Line(longest=200, required=True, metadata={"example": "Ana Pérez López"})
    birth_date = BirthDate(required=True, metadata={"example": "1990-05-17"})
    phone = Phone(load_default=None, allow_none=True, metadata={"example": "+502 5123 4567"})
    email = Email(load_default=None, allow_none=True, metadata={"example": "ana@example.org"})
    document = Line(longest=60, load_default=None, allow_none=True, metadata={"example": "DPI 2345 67890 0101"})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.Person:
        return model.Person(**data)


class CompanionIn(Strict):
    name = Line(longest=200, required=True, metadata={"example": "Luis Pérez"})
    birth_date = BirthDate(required=True, metadata={"example": "2015-02-03"})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.Companion:
        return model.Companion(**data)


class WhoIn(Strict):
    """Who asks, with whom, and how they are written to."""

    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES, error=ONE_OF_THESE))
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS, error=ONE_OF_THESE)),
        required=True,
        validate=validate.Length(max=len(CHANNELS), error=N_("This is too long.")),
        metadata={"example": ["sms"], "description": "empty for somebody who has neither phone nor email"},
    )
    person = fields.Nested(PersonIn, required=True)
    companions = fields.List(
        fields.Nested(CompanionIn),
        load_default=list,
        validate=validate.Length(max=MOST_COMPANIONS, error=N_("At most nine people can come with you.")),
    )

    interpreter = fields.String(
        load_default=None,
        allow_none=True,
        validate=LANGUAGE_CODE,
        metadata={"description": "the language to interpret from, ISO 639", "example": "mam"},
    )
    verification = fields.String(
        load_default=None,
        allow_none=True,
        validate=ID,
        metadata={"description": "of phone or email, where the pathway's `verify_contact` asks for it"},
    )

    @validates_schema(skip_on_field_errors=False)
    def _can_be_reached(self, data: dict[str, Any], **_: Any) -> None:
        person, channels = data.get("person"), data.get("channels")
        if not isinstance(person, model.Person) or channels is None:
            return  # at fault already, and named
        if not channels and (person.phone or person.email):
            raise ValidationError({"channels": [N_("Please choose how we may write to you.")]})
        wrong: dict[str, list[str]] = {}
        if "email" in channels and not person.email:
            wrong["email"] = [N_("Please give an email address, or do not choose email.")]
        if "sms" in channels and not person.phone:
            wrong["phone"] = [N_("Please give a phone number, or do not choose SMS.")]
        if wrong:
            raise ValidationError({"person": wrong})


class AppointmentIn(WhoIn):
    """What is booked, by its person or for them; loads into model.BookingRequest."""

    slot = fields.String(required=True, validate=ID, metadata={"description": "`id` of a free slot"})
    pathway = fields.String(required=True, validate=ID, metadata={"example": "orientation"})
    office = fields.String(
        load_default=None, allow_none=True, validate=ID, metadata={"description": "refuses a slot of another office"}
    )

    needs = fields.List(
        fields.String(validate=validate.OneOf(NEEDS, error=ONE_OF_THESE)),
        load_default=list,
        validate=validate.Length(max=len(NEEDS), error=N_("This is too long.")),
        metadata={"description": "of whoever comes"},
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.BookingRequest:
        return model.BookingRequest(
            slot_id=data.get("slot", ""),
            hold_id=data.get("hold"),
            pathway_id=data["pathway"],
            office_id=data["office"],
            language=data["language"],
            channels=tuple(dict.fromkeys(data["channels"])),
            person=data["person"],
            companions=tuple(data["companions"]),
            needs=tuple(dict.fromkeys(data["needs"])),
            interpreter=data["interpreter"],
            verification=data["verification"],
        )


class BookingIn(AppointmentIn):
    """What a person sends for an appointment, at a time that is free or that they hold."""

    slot = fields.String(validate=ID, metadata={"description": "`id` of a free slot; this or `hold`"})
    hold = fields.String(validate=ID, metadata={"description": "`id` of a hold, whose places are taken"})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _has_a_time(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        if isinstance(original, dict) and ("slot" in original) == ("hold" in original):
            raise ValidationError({name: [EITHER] for name in ("slot", "hold")})


class HoldIn(Strict):
    """A time to be held while somebody says who they are."""

    slot = fields.String(required=True, validate=ID, metadata={"description": "`id` of a free slot"})
    party_size = fields.Integer(
        strict=True,
        load_default=1,
        validate=validate.Range(min=1, max=MOST_COMPANIONS + 1),
        metadata={"description": "the person and who comes along"},
    )


class ReschedulingIn(Strict):
    slot = fields.String(required=True, validate=ID, metadata={"description": "`id` of another free slot"})


class RebookingIn(Strict):
    take = fields.Boolean(load_default=True, metadata={"description": "false: it is not wanted, the next may have it"})


class CancellationIn(Strict):
    reason = Words(longest=500, load_default=None, allow_none=True)
