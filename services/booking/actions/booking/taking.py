"""All that is written when a place is taken, in one transaction."""

import uuid
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from services.booking import contacts, events, intakes, live, model, offers, people, places, store
from services.booking.actions import guard, verification
from services.booking.actions.booking.asked import Asked
from shared import auth, clock, codes, mongo, outbox, web
from shared.events import Event, caused

FAILURES = (store.AlreadyThere, live.AlreadyLive, contacts.UsedUp, intakes.UsedUp, verification.UsedBefore)
Failure = store.AlreadyThere | live.AlreadyLive | contacts.UsedUp | intakes.UsedUp | verification.UsedBefore


@dataclass(frozen=True)
class Taking:
    """All that is written when a place is taken. Who it is is said before that they have booked, so that who tells them
    need not wait for it. `holder`: whom its places are held for until then."""

    appointment: model.Appointment
    holder: str
    person: dict[str, Any]
    contacts: tuple[str, ...]
    said: list[tuple[str, Event]]
    counted: list[intakes.Counted]
    verification: str | None = None
    by: auth.Actor | None = None

    @property
    def held(self) -> list[tuple[str, str, str]]:
        places_of_it = self.appointment.place_ids
        names = places.holders(self.holder, len(places_of_it))
        return [(place, name, self.appointment.id) for place, name in zip(places_of_it, names, strict=True)]


def taking(db: Database, asked: Asked, offer: offers.Offer, place_ids: tuple[str, ...]) -> Taking:
    request, settings = asked.request, mongo.settings(db)
    appointment, known = _new(db, request, asked.key, offer.slot, place_ids), people.content(request)
    booked = events.appointment_booked(appointment, offer.office, offer.pathway)
    person = events.person_changed(settings.people_keys, appointment.person_id, known)
    return Taking(
        appointment=appointment,
        holder=asked.holder,
        person=people.sealed_row(db, appointment.person_id, known),
        contacts=people.contact_fingerprints(settings.fingerprint_key, request.person),
        said=[(events.PEOPLE, caused(person)), (events.BOOKING, caused(booked))],
        counted=[] if request.desk else intakes.rows(offer.office, offer.pathway.id, clock.now()),
        verification=request.verification,
        by=asked.by,
    )


def _new(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, slot: model.Slot, place_ids: tuple[str, ...]
) -> model.Appointment:
    """A booking always makes a new person: that two are one is only known once a contact is verified, and until then a
    stranger must not be able to change what is known of somebody."""
    return model.Appointment(
        id=str(uuid.uuid4()),
        reference=codes.new_reference(),
        case_id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        office_id=slot.office_id,
        pathway_id=slot.pathway_id,
        slot_id=slot.id,
        place_ids=place_ids,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        party_size=request.party_size,
        language=request.language,
        channels=request.channels,
        request=key.document(),
        fingerprints=people.fingerprints(mongo.settings(db).fingerprint_key, request.person),
        history=(_begins(request),),
    )


def _begins(request: model.BookingRequest) -> dict[str, Any]:
    entry = {"at": clock.now(), "status": model.BOOKED, "by": "person"}
    return entry | {"by": "office", **vars(request.desk)} if request.desk else entry


@mongo.transactional
def write(db: Database, takings: list[Taking]) -> None:
    appointments = [one.appointment for one in takings]
    intakes.count(db, [row for one in takings for row in one.counted])
    contacts.count(db, [contact for one in takings for contact in one.contacts])
    places.confirm(db, *(held for one in takings for held in one.held))
    store.add(db, *appointments)
    for made in appointments:
        live.begun(db, made, offers.pathway(db, made.pathway_id))
    people.add(db, *(one.person for one in takings))
    for one in takings:
        verification.use(db, one.verification, one.appointment.request["scope"])
    outbox.add_all(db, [said for one in takings for said in one.said], first=True)
    for one in takings:
        if one.by:
            guard.note(db, one.by, "appointment.book", one.appointment)
