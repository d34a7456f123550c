"""What staff send: a booking or a request for somebody, a correction, a note, what they look for on the day's list."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.booking import model
from services.booking.kinds import Line, Words
from services.booking.schemas.booking import AppointmentIn, WhoIn
from services.booking.schemas.choices import CHANNELS, ID, ONE_OF_THESE, Strict
from services.booking.schemas.queries import DayQuery
from services.booking.schemas.requests import RequestIn
from shared import web
from shared.errors import N_

LONGEST_NOTE = 2000
STATUSES = (model.BOOKED, model.CANCELLED, model.ARRIVED, model.ATTENDED, model.MISSED)


class ForSomebodyIn(WhoIn):
    """Somebody at the desk may have neither phone nor email."""

    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS, error=ONE_OF_THESE)),
        load_default=list,
        validate=validate.Length(max=len(CHANNELS), error=N_("This is too long.")),
        metadata={"description": "none: the person gets no messages", "example": ["sms"]},
    )

    @validates_schema(skip_on_field_errors=False)
    def _can_be_reached(self, data: dict[str, Any], **more: Any) -> None:
        if data.get("channels"):
            super()._can_be_reached(data, **more)


class OnBehalfIn(Strict):
    why = fields.String(
        required=True,
        validate=validate.OneOf(model.ON_BEHALF, error=ONE_OF_THESE),
        metadata={"description": "how they asked"},
    )


class DeskRequestIn(OnBehalfIn, ForSomebodyIn, RequestIn):
    """A request, and how the person asked; loads into (model.Asked, why). Nobody's contact is verified here."""

    class Meta(Strict.Meta):
        exclude = ("verification",)

    @post_load
    def _made(self, data: dict[str, Any], **more: Any) -> Any:
        why = data.pop("why")
        return super()._made({**data, "verification": None}, **more), why


class DeskBookingIn(ForSomebodyIn, AppointmentIn):
    """A booking, and why it is not the person who books; loads into (model.BookingRequest, why)."""

    walk_in = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    why = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(model.ON_BEHALF, error=ONE_OF_THESE),
        metadata={"description": "how they asked; needed unless it is a walk-in"},
    )

    @validates_schema(skip_on_field_errors=False)
    def _says_why(self, data: dict[str, Any], **_: Any) -> None:
        at_fault = "why" not in data or "walk_in" not in data  # and named already
        if not at_fault and not data["walk_in"] and not data["why"]:
            raise ValidationError({"why": [N_("Please choose how the person asked.")]})

    @post_load
    def _made(self, data: dict[str, Any], **more: Any) -> Any:
        walk_in, why = data.pop("walk_in"), data.pop("why")
        return super()._made(data, **more), model.WALK_IN if walk_in else why


class CorrectionIn(Strict):
    status = fields.String(required=True, validate=validate.OneOf((model.ARRIVED, model.ATTENDED), error=ONE_OF_THESE))
    reason = fields.String(required=True, validate=validate.OneOf(model.CORRECTIONS, error=ONE_OF_THESE))


class NoteIn(Strict):
    text = Words(
        longest=LONGEST_NOTE,
        required=True,
        validate=validate.Length(min=1, error=N_("Please fill this in.")),
        metadata={"description": "sealed with the person", "minLength": 1},
    )


class ListedQuery(DayQuery):
    pathway = fields.String(load_default=None, validate=ID)
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES, error=ONE_OF_THESE))


class SearchIn(Strict):
    """In a body, so that no name is in an address."""

    text = Line(longest=100, required=True, metadata={"description": "a name or part of one, or a reference"})
    date = fields.Date(load_default=None, metadata={"description": "office's date; today if left out"})
    pathway = fields.String(load_default=None, allow_none=True, validate=ID)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATUSES, error=ONE_OF_THESE))


class DeskSlotsQuery(web.ListQuery):
    pathway = fields.String(required=True, validate=ID)
    date = fields.Date(load_default=None, metadata={"description": "office's date; today if left out"})
