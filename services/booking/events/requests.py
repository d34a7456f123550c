"""What is announced of a request for a place."""

from datetime import datetime

from marshmallow import fields

from services.booking import model, schemas
from services.booking.events.appointments import Bring, Office, office_told
from services.booking.events.topics import Data
from services.booking.model.mass_cancellation import REASONS
from shared import clock, definitions
from shared.definitions import Defined
from shared.events import Event


class Request(Defined):
    """What every event of a request tells; no name, no contact, no need: those are nobody's business here."""

    request_id = definitions.identifier("that of the appointment too, if it is confirmed")
    reference = definitions.text("SND-XXXX-XXXX, as the person knows it")
    code_number = definitions.number("n, from which its code is derived")
    person_id = definitions.identifier("the key of the topic `people`")
    draw = definitions.text("the window's and its draw's id")
    pathway_id = definitions.text("what it is for")
    closes_at = definitions.instant("of the window")
    timezone = definitions.text("IANA, of the office that was named first")
    language = definitions.code(schemas.LANGUAGES, "of messages to the person")
    channels = definitions.codes(schemas.CHANNELS, "that the person chose")


class RequestOffered(Request):
    """A place is theirs if they confirm it in time."""

    office = fields.Nested(Office, required=True)
    starts_at = definitions.instant()
    ends_at = definitions.instant()
    confirm_by = definitions.instant("before which it must be confirmed")
    bring = fields.Nested(Bring, required=True)


class RequestWaitlisted(Request):
    waitlist = definitions.number("the number on it; 1 is the first, 0 is before it")


class RequestWithdrawn(Request):
    by = definitions.code(("person", "office"), "who withdrew it")


class RequestOfferWithdrawn(Request):
    """The office cannot keep the place, with many others."""

    office = fields.Nested(Office, required=True)
    starts_at = definitions.instant("of the place that was offered")
    reason_code = definitions.code(REASONS, "why")
    status = definitions.code(("waitlisted", "not_allocated"), "of the request, from now on")


def request_received(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.received.v1", request, window, timezone)


def request_changed(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.changed.v1", request, window, timezone)


def request_requested_again(request: model.Request, window: model.Window, timezone: str) -> Event:
    """Somebody gave the contact of a person who has a request already: the contact on file is told."""
    return _of("request.requested_again.v1", request, window, timezone)


def request_code_renewed(request: model.Request, window: model.Window, timezone: str) -> Event:
    """Codes before it stay good."""
    return _of("request.code_renewed.v1", request, window, timezone)


def request_code_used(request: model.Request, window: model.Window, timezone: str) -> Event:
    """For the first time: codes before it open nothing any more."""
    return _of("request.code_used.v1", request, window, timezone, {"code_number": request.oldest_code})


def request_allocated(
    request: model.Request, window: model.Window, office: model.Office, pathway: model.Pathway
) -> Event:
    return _of("request.allocated.v1", request, window, office.timezone, _offer(request, office, pathway))


def request_reminded(
    request: model.Request, window: model.Window, office: model.Office, pathway: model.Pathway
) -> Event:
    return _of("request.reminded.v1", request, window, office.timezone, _offer(request, office, pathway))


def request_waitlisted(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.waitlisted.v1", request, window, timezone, {"waitlist": request.waitlist or 0})


def request_not_allocated(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.not_allocated.v1", request, window, timezone)


def request_expired(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.expired.v1", request, window, timezone)


def request_confirmed(request: model.Request, window: model.Window, timezone: str) -> Event:
    return _of("request.confirmed.v1", request, window, timezone)


def request_withdrawn(request: model.Request, window: model.Window, timezone: str, by: str) -> Event:
    return _of("request.withdrawn.v1", request, window, timezone, {"by": by})


def request_offer_withdrawn(
    request: model.Request, window: model.Window, office: model.Office, starts_at: datetime | None, reason: str
) -> Event:
    """`starts_at`: of the place that is none any more."""
    at = {"starts_at": clock.rfc3339(starts_at)} if starts_at else {}
    told = at | {"office": office_told(office), "reason_code": reason, "status": request.status}
    return _of("request.offer_withdrawn.v1", request, window, office.timezone, told)


def _offer(request: model.Request, office: model.Office, pathway: model.Pathway) -> Data:
    times = {"starts_at": request.starts_at, "ends_at": request.ends_at, "confirm_by": request.confirm_by}
    told = {name: clock.rfc3339(at) for name, at in times.items() if at}
    return {"office": office_told(office), "bring": dict(pathway.bring), **told}


def _of(type: str, request: model.Request, window: model.Window, timezone: str, more: Data | None = None) -> Event:
    data: Data = {
        "request_id": request.id,
        "reference": request.reference,
        "code_number": request.code_number,
        "person_id": request.person_id,
        "draw": window.id,
        "pathway_id": request.pathway_id,
        "closes_at": clock.rfc3339(window.closes_at),
        "timezone": timezone,
        "language": request.language,
        "channels": list(request.channels),
    }
    return Event(type, request.case_id, data | (more or {}))
