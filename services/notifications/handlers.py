"""What others' events mean here: whom to reach, about which appointment, and which messages that asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pymongo.database import Database

from services.notifications import actions, schemas
from services.notifications.model import contact, message
from services.notifications.store import appointments, people
from shared import clock, inbox, mongo
from shared.events import Event

FACTS = ("reference", "code_number", "office", "starts_at", "ends_at", "timezone", "bring")
OF_MANY = ("reason_code", "rebook", "first_until")
OF_REQUESTS = ("closes_at", "confirm_by", "waitlist")


# people


def person_changed(db: Database, event: Event) -> None:
    body: Any = schemas.person_changed.load(event.data or {})
    box = mongo.settings(db).people_keys.open(body["sealed"], bound_to=body["person_id"])
    known: Any = schemas.person_content.load(box)
    contacts = {contact.EMAIL: known["email"], contact.SMS: known["phone"]}
    person = contact.Person(
        body["person_id"],
        language=contact.language(known["language"]),
        channels=tuple(known["channels"]),
        contacts={channel: text for channel, text in contacts.items() if text},
    )
    actions.note_person(db, person, event.sequence)


def contact_given(db: Database, event: Event) -> None:
    """Of somebody who is nobody yet: one contact under a provisional id, to be erased within a day."""
    body: Any = schemas.person_changed.load(event.data or {})
    box = mongo.settings(db).people_keys.open(body["sealed"], bound_to=body["person_id"])
    given: Any = schemas.contact_given.load(box)
    language, contacts = contact.language(given["language"]), {given["channel"]: given["contact"]}
    person = contact.Person(body["person_id"], language=language, channels=tuple(contacts), contacts=contacts)
    actions.note_person(db, person, event.sequence)


def person_erased(db: Database, event: Event) -> None:
    actions.erase_person(db, event.key, event.sequence)


# booking


def appointment_booked(db: Database, event: Event) -> None:
    _note_and_tell(db, event, "booked", "appointment_booked")


def appointment_rescheduled(db: Database, event: Event) -> None:
    """Tells all that the booking told: what still waits to say the old time is not sent any more."""
    _note_and_tell(db, event, "booked", "appointment_rescheduled")


def appointment_cancelled(db: Database, event: Event) -> None:
    """With a reason of the office's it is one of many."""
    of_many = bool((event.data or {}).get("reason_code"))
    _note_and_tell(db, event, "cancelled", "office_cancelled" if of_many else "appointment_cancelled", of_many)


def appointment_offered(db: Database, event: Event) -> None:
    """A place is kept for who lost theirs to the office. How the appointment stands, and when it is, stays."""
    body: Any = schemas.appointment_offered.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    offered = {"starts_at": body["offered_starts_at"], "ends_at": body["offered_ends_at"]}
    until = {"confirm_by": body["answer_by"], "valid_until": body["answer_by"], "sequence": event.sequence}
    facts = {name: body[name] for name in FACTS} | offered | until
    actions.take_back(db, body["person_id"], body["appointment_id"], "kept_withdrawn")
    actions.queue(db, event, _notice("place_kept", body, facts, body["channels"]))


def appointment_offer_withdrawn(db: Database, event: Event) -> None:
    """They are in line again. What still waits to say that the place is kept is not sent any more."""
    body: Any = schemas.appointment_offer_withdrawn.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    was = {"starts_at": body["offered_starts_at"], "ends_at": None, "sequence": event.sequence}
    facts = {name: body[name] for name in (*FACTS, "status", "first_until")} | was
    actions.take_back(db, body["person_id"], body["appointment_id"], "place_kept")
    notice = _notice("kept_withdrawn", body, facts, body["channels"])
    priority = message.priority_of_many(body["offered_starts_at"], clock.now())
    actions.queue(db, event, replace(notice, priority=priority))


def appointment_missed(db: Database, event: Event) -> None:
    _note_and_tell(db, event, "missed", "appointment_missed")


def appointment_arrived(db: Database, event: Event) -> None:
    _note_and_tell(db, event, "arrived", None)


def appointment_attended(db: Database, event: Event) -> None:
    _note_and_tell(db, event, "attended", None)


def appointment_code_renewed(db: Database, event: Event) -> None:
    """The contact on file gets it, whoever asked for it; the codes before it are good until it is used."""
    body = _note_code(db, event, schemas.appointment.load(event.data or {}))
    if body:
        facts = {name: body[name] for name in FACTS}
        actions.queue(db, event, _notice("code_renewed", body, facts, body["channels"]))


def appointment_code_used(db: Database, event: Event) -> None:
    _note_code(db, event, schemas.appointment.load(event.data or {}), used=True)


def _note_code(db: Database, event: Event, body: Any, used: bool = False) -> dict[str, Any] | None:
    """How the appointment or request stands is not told by these. None: nothing is kept of an erased person."""
    if people.is_erased(db, body["person_id"]):
        return None
    code = {"code_number": None, "oldest_code": body["code_number"]} if used else {}
    actions.note_appointment(db, {**body, **code, "case_id": event.key, "sequence": event.sequence})
    return body


def appointment_requested_again(db: Database, event: Event) -> None:
    """Somebody tried to book with the data of this person; it may have been themselves."""
    body: Any = schemas.appointment.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    known = appointments.find(db, body["appointment_id"]) or {}
    facts = {name: body[name] if body[name] is not None else known.get(name) for name in FACTS}
    channels = body["channels"] or known.get("channels")
    notice = _notice("contact_used_again", body, facts, channels)
    actions.queue_rarely(db, event, notice)


def verification_requested(db: Database, event: Event) -> None:
    body: Any = schemas.verification_requested.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    facts = {name: body[name] for name in ("verification_id", "valid_until")}
    actions.queue(db, event, actions.Notice("one_time_code", body["person_id"], None, facts, (body["channel"],)))


def _note_and_tell(db: Database, event: Event, status: str, template: str | None, of_many: bool = False) -> None:
    body: Any = schemas.appointment.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    case = {"status": status, "case_id": event.key, "sequence": event.sequence}
    actions.note_appointment(db, {**body, **case})
    if template:
        facts = {name: body[name] for name in FACTS} | {"sequence": event.sequence}
        notice = _notice(template, body, facts, body["channels"])
        if of_many:
            why = {name: body[name] for name in OF_MANY}
            priority = message.priority_of_many(body["starts_at"], clock.now())
            notice = replace(notice, facts=facts | why, priority=priority)
        actions.queue(db, event, notice)


def request_received(db: Database, event: Event) -> None:
    _note_request(db, event, "received", "request_received")


def request_requested_again(db: Database, event: Event) -> None:
    body: Any = schemas.request.load(event.data or {})
    if not people.is_erased(db, body["person_id"]):
        facts = {name: body[name] for name in FACTS}
        actions.queue_rarely(db, event, _notice("contact_asked_again", body, facts, body["channels"]))


def request_code_renewed(db: Database, event: Event) -> None:
    """The contact on file gets it, whoever asked for it; the codes before it are good until it is used."""
    body = _note_code(db, event, schemas.request.load(event.data or {}))
    if body:
        facts = {name: body[name] for name in (*FACTS, *OF_REQUESTS)}
        actions.queue(db, event, _notice("request_code_renewed", body, facts, body["channels"]))


def request_code_used(db: Database, event: Event) -> None:
    _note_code(db, event, schemas.request.load(event.data or {}), used=True)


def request_allocated(db: Database, event: Event) -> None:
    _note_request(db, event, "allocated", "request_allocated")


def request_reminded(db: Database, event: Event) -> None:
    _note_request(db, event, "allocated", "request_reminder")


def request_confirmed(db: Database, event: Event) -> None:
    """The appointment that comes of it is told of right after."""
    _note_request(db, event, "confirmed", None)


def request_waitlisted(db: Database, event: Event) -> None:
    _note_request(db, event, "waitlisted", "request_waitlisted")


def request_not_allocated(db: Database, event: Event) -> None:
    _note_request(db, event, "not_allocated", "request_not_allocated")


def request_expired(db: Database, event: Event) -> None:
    _note_request(db, event, "expired", "request_expired")


def request_offer_withdrawn(db: Database, event: Event) -> None:
    """One of many, as a cancellation with a reason of the office's is."""
    body: Any = schemas.request.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    actions.note_appointment(db, {**body, "case_id": event.key, "sequence": event.sequence})
    facts = {name: body[name] for name in (*FACTS, "reason_code", "status")} | {"sequence": event.sequence}
    notice = _notice("offer_withdrawn", body, facts, body["channels"])
    priority = message.priority_of_many(body["starts_at"], clock.now())
    actions.queue(db, event, replace(notice, priority=priority))


def request_withdrawn(db: Database, event: Event) -> None:
    _note_request(db, event, "withdrawn", "request_withdrawn")


def _note_request(db: Database, event: Event, status: str, template: str | None) -> None:
    body: Any = schemas.request.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    case = {"status": status, "case_id": event.key, "sequence": event.sequence}
    actions.note_appointment(db, {**body, **case})
    if template:
        facts = {name: body[name] for name in (*FACTS, *OF_REQUESTS)} | {"sequence": event.sequence}
        actions.queue(db, event, _notice(template, body, facts, body["channels"]))


# referrals


def referral_accepted(db: Database, event: Event) -> None:
    body: Any = schemas.referral_accepted.load(event.data or {})
    if people.is_erased(db, body["person_id"]):
        return
    known = appointments.find(db, body["appointment_id"]) or {}
    facts = {name: known.get(name) for name in ("code_number", "timezone")}
    facts |= {"reference": body["reference"], "partner_phone": body["partner"]["phone"]}
    actions.queue(db, event, _notice("referral_accepted", body, facts, known.get("channels")))


def _notice(template: str, body: dict[str, Any], facts: dict[str, Any], channels: list[str] | None) -> actions.Notice:
    wanted = None if channels is None else tuple(one for one in contact.CHANNELS if one in channels)
    return actions.Notice(template, body["person_id"], body["appointment_id"], facts, wanted)


HANDLERS: dict[str, Callable[[Database, Event], None]] = {
    "person.changed.v1": person_changed,
    "contact.given.v1": contact_given,
    "person.erased.v1": person_erased,
    "appointment.booked.v1": appointment_booked,
    "appointment.rescheduled.v1": appointment_rescheduled,
    "appointment.cancelled.v1": appointment_cancelled,
    "appointment.offered.v1": appointment_offered,
    "appointment.offer_withdrawn.v1": appointment_offer_withdrawn,
    "appointment.arrived.v1": appointment_arrived,
    "appointment.attended.v1": appointment_attended,
    "appointment.missed.v1": appointment_missed,
    "appointment.code_renewed.v1": appointment_code_renewed,
    "appointment.code_used.v1": appointment_code_used,
    "verification.requested.v1": verification_requested,
    "appointment.requested_again.v1": appointment_requested_again,
    "request.received.v1": request_received,
    "request.requested_again.v1": request_requested_again,
    "request.code_renewed.v1": request_code_renewed,
    "request.code_used.v1": request_code_used,
    "request.allocated.v1": request_allocated,
    "request.reminded.v1": request_reminded,
    "request.confirmed.v1": request_confirmed,
    "request.waitlisted.v1": request_waitlisted,
    "request.not_allocated.v1": request_not_allocated,
    "request.expired.v1": request_expired,
    "request.offer_withdrawn.v1": request_offer_withdrawn,
    "request.withdrawn.v1": request_withdrawn,
    "referral.accepted.v1": referral_accepted,
}
TOPICS = ["booking", "referrals", "people"]
READING = inbox.Reading(HANDLERS, compacted=frozenset({"people"}))
