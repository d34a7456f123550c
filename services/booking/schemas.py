"""Bodies in, for routes and pages alike, and what booking reads of others' events. Bodies out: answers.py."""

import re
from datetime import timedelta
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from services.booking import model
from services.booking.kinds import BirthDate, Email, Line, Phone, Words
from shared import web
from shared.errors import N_

LANGUAGES = ("es", "en")
CHANNELS = ("email", "sms")
SERVICES = ("resettlement", "family_reunification", "temporary_work", "orientation", "protection", "reintegration")
PRIORITIES = ("urgent", "high", "normal")
MOST_COMPANIONS = 9
LONGEST_WINDOW = timedelta(days=31)
DEFAULT_WINDOW = timedelta(days=14)
_ID = validate.Regexp(re.compile(r"[\w.-]{1,120}\Z", re.ASCII), error=N_("This is not an identifier."))
_ONE_OF_THESE = N_("Please choose one of these.")


class Strict(Schema):
    class Meta:
        unknown = RAISE


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


class BookingIn(Strict):
    """What a person sends for an appointment; loads into model.BookingRequest."""

    slot = fields.String(required=True, validate=_ID, metadata={"description": "`id` of a free slot"})
    pathway = fields.String(required=True, validate=_ID, metadata={"example": "orientation"})
    office = fields.String(
        load_default=None, allow_none=True, validate=_ID, metadata={"description": "refuses a slot of another office"}
    )
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES, error=_ONE_OF_THESE))
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS, error=_ONE_OF_THESE)),
        required=True,
        validate=validate.Length(max=len(CHANNELS), error=N_("This is too long.")),
        metadata={"example": ["sms"], "minItems": 1},
    )
    person = fields.Nested(PersonIn, required=True)
    companions = fields.List(
        fields.Nested(CompanionIn),
        load_default=list,
        validate=validate.Length(max=MOST_COMPANIONS, error=N_("At most nine people can come with you.")),
    )

    @validates_schema(skip_on_field_errors=False)
    def _can_be_reached(self, data: dict[str, Any], **_: Any) -> None:
        person, channels = data.get("person"), data.get("channels")
        if not isinstance(person, model.Person) or channels is None:
            return  # at fault already, and named
        if not channels:
            raise ValidationError({"channels": [N_("Please choose how we may write to you.")]})
        wrong: dict[str, list[str]] = {}
        if "email" in channels and not person.email:
            wrong["email"] = [N_("Please give an email address, or do not choose email.")]
        if "sms" in channels and not person.phone:
            wrong["phone"] = [N_("Please give a phone number, or do not choose SMS.")]
        if wrong:
            raise ValidationError({"person": wrong})

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.BookingRequest:
        return model.BookingRequest(
            slot_id=data["slot"],
            pathway_id=data["pathway"],
            office_id=data["office"],
            language=data["language"],
            channels=tuple(dict.fromkeys(data["channels"])),
            person=data["person"],
            companions=tuple(data["companions"]),
        )


class CancellationIn(Strict):
    reason = Words(longest=500, load_default=None, allow_none=True)


class NothingIn(Strict):
    """A body that may be left out or be {}."""


class ConsentIn(Strict):
    partners = fields.List(
        fields.String(validate=_ID),
        required=True,
        validate=validate.Length(min=1, max=20, error=N_("Name the partners the person agreed to, one to twenty.")),
        metadata={"example": ["unhcr"]},
    )
    text_version = fields.String(
        required=True,
        validate=validate.OneOf(tuple(model.CONSENT_TEXTS), error=_ONE_OF_THESE),
        metadata={"example": "2026-11"},
    )
    given_by = fields.String(
        required=True,
        validate=validate.OneOf(("person", "guardian"), error=_ONE_OF_THESE),
    )


class ReferralIn(Strict):
    """What a clerk sends to refer somebody; loads into model.ReferralRequest."""

    service = fields.String(required=True, validate=validate.OneOf(SERVICES, error=_ONE_OF_THESE))
    priority = fields.String(required=True, validate=validate.OneOf(PRIORITIES, error=_ONE_OF_THESE))
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


class OfficesQuery(web.ListQuery):
    pathway = fields.String(load_default=None, validate=_ID)


class SlotsQuery(web.ListQuery):
    pathway = fields.String(required=True, validate=_ID)
    from_ = fields.Date(
        data_key="from", load_default=None, metadata={"description": "office's date; today if left out"}
    )
    to = fields.Date(load_default=None, metadata={"description": "inclusive; at most 31 days in all"})
    party_size = fields.Integer(load_default=1, validate=validate.Range(min=1, max=MOST_COMPANIONS + 1))

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        begin, end = data["from_"], data["to"]
        if begin and end and begin > end:
            raise ValidationError({"to": [N_("This day lies before the first one.")]})
        if begin and end and end - begin >= LONGEST_WINDOW:
            raise ValidationError({"to": [N_("At most 31 days can be asked for at once.")]})
        for name, value in (("from", begin), ("to", end)):
            if value and not 2000 <= value.year <= 2200:
                raise ValidationError({name: [N_("This date is out of range.")]})


class DayQuery(web.ListQuery):
    date = fields.Date(load_default=None, metadata={"description": "office's date; today if left out"})


# --- read of others' events


class Read(Schema):
    class Meta:
        unknown = EXCLUDE


class PartnerRead(Read):
    id = fields.String(required=True)
    name = fields.String(load_default=None, allow_none=True)


class ReferralRead(Read):
    """Whatever the referrals service announces of a referral; only these fields are looked at."""

    referral_id = fields.String(required=True)
    service = fields.String(load_default=None, allow_none=True)
    partner = fields.Nested(PartnerRead, load_default=None, allow_none=True)


class MessageFailedRead(Read):
    person_id = fields.String(required=True)
    channel = fields.String(required=True)
    reason = fields.String(load_default="failed")


class OptedOutRead(Read):
    person_id = fields.String(required=True)
    channel = fields.String(required=True)
