"""A request for a place, as its person sees it."""

from typing import Any

from marshmallow import Schema, fields, validate

from services.booking import model
from services.booking.answers.appointments import HistoryOut
from services.booking.answers.offices import PlaceOfOffice
from services.booking.model import requests
from shared import web


class OfferOut(Schema):
    """The place that is theirs if they confirm it in time, or is theirs."""

    office = fields.Nested(PlaceOfOffice, required=True)
    starts_at = web.Instant(required=True)
    ends_at = web.Instant(required=True)
    timezone = fields.String(required=True)
    confirm_by = web.Instant(required=True, metadata={"description": "before which it must be confirmed"})


class RequestOut(Schema):
    reference = fields.String(required=True, metadata={"example": "SND-7K3M-Q2XA"})
    status = fields.String(required=True, validate=validate.OneOf(requests.STATUSES))
    pathway = fields.String(required=True)
    draw = fields.String(required=True, metadata={"description": "the window's and its draw's id"})
    entry = fields.String(required=True, metadata={"description": "your row in what is published of the draw"})
    closes_at = web.Instant(required=True, metadata={"description": "until then it can be changed"})
    offices = fields.List(fields.String(), required=True)
    availability = fields.List(fields.String(), required=True)
    needs = fields.List(fields.String(), required=True)
    party_size = fields.Integer(required=True)
    waited = fields.Integer(
        required=True, allow_none=True, metadata={"description": "earlier windows without luck; null until the close"}
    )
    waitlist = fields.Integer(required=True, allow_none=True, metadata={"description": "the number on the waitlist"})
    offer = fields.Nested(OfferOut, required=True, allow_none=True)
    history = fields.List(fields.Nested(HistoryOut), required=True)


class AskedOut(RequestOut):
    code = fields.String(required=True, metadata={"description": "to be kept secret", "example": "4T9XW2MD"})
    status = fields.String(required=True, validate=validate.Equal("received"))


def request(one: model.Request, window: model.Window, at: model.Office | None) -> dict[str, Any]:
    """`at`: the office of its place, if it has one."""
    shown = {name: getattr(one, name) for name in ("office_id", "starts_at", "ends_at", "timezone", "confirm_by")}
    offer = shown | {"office": at} if at and one.confirm_by else None
    return vars(one) | {
        "pathway": one.pathway_id,
        "draw": one.window_id,
        "entry": one.entry_id,
        "closes_at": window.closes_at,
        "offer": offer,
    }


def asked(one: model.Request, window: model.Window, code: str) -> dict[str, Any]:
    """The answer to a request, also when it is asked for again later: as it was then."""
    then = {"status": requests.RECEIVED, "waited": None, "waitlist": None, "history": one.history[:1], "code": code}
    return request(one, window, None) | then
