"""A place asked for in a request window: asked, changed, withdrawn, confirmed by its person."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from services.booking import contacts, events, live, model, offers, people, places, refusals, store, waiting
from services.booking.actions import guard, told_again, verification
from services.booking.model import requests as rules
from shared import auth, clock, codes, due, mongo, outbox, web

OFFER = "offer_places"
LANE = "windows"
FAILURES = (live.AlreadyLive, contacts.UsedUp, store.AlreadyThere, verification.UsedBefore)


def ask(
    db: Database, asked: model.Asked, key: web.IdempotencyKey, by: auth.Actor | None = None
) -> tuple[model.Request, bool]:
    """The request, and whether the same one had been made before. For somebody who has a live request or appointment
    of this pathway already it raises NotPossible, neutral, and the contact on file is told; or AlreadyAsked or
    AlreadyBooked, to who has verified that contact. Raises ContactNotVerified before it looks. `by`: staff, who see
    or hear whom they ask for."""
    earlier = _made_before(db, key)
    if earlier:
        return earlier, True
    pathway = offers.pathway(db, asked.pathway_id)
    window = _open_window(db, asked)
    asked.wish.must_fit(window, pathway)
    if not by:
        verification.must_be_verified(db, asked, key.scope)
    request = _new(db, asked, window, pathway, key)
    try:
        _ask(db, request, asked, window, by)
    except FAILURES as error:
        earlier = _made_before(db, key)
        if earlier:
            return earlier, True
        _refuse(db, asked, request, error)
    return request, False


def _made_before(db: Database, key: web.IdempotencyKey) -> model.Request | None:
    found = store.requests.by_request(db, key.scope)
    if found:
        key.check(found.request)
    return found


def _open_window(db: Database, asked: model.Asked) -> model.Window:
    """The one that is open for these offices; of several, that of the office named first."""
    found = store.windows.open_for(db, asked.pathway_id)
    if not found:
        raise refusals.NoWindow()
    return next((one for one in found if asked.wish.offices[0] in one.offices), found[0])


def _new(
    db: Database, asked: model.Asked, window: model.Window, pathway: model.Pathway, key: web.IdempotencyKey
) -> model.Request:
    fingerprint_key, wish, now = mongo.settings(db).fingerprint_key, asked.wish, clock.now()
    return model.Request(
        id=str(uuid.uuid4()),
        reference=codes.new_reference(),
        entry_id=secrets.token_hex(8),
        case_id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        window_id=window.id,
        pathway_id=asked.pathway_id,
        offices=wish.offices,
        availability=wish.availability,
        needs=wish.needs,
        party_size=wish.party_size,
        places=pathway.places_for(wish.party_size),
        language=asked.language,
        channels=asked.channels,
        request=key.document(),
        fingerprints=people.fingerprints(fingerprint_key, asked.person),
        adults=_prints(fingerprint_key, asked.person, wish, window),
        history=({"at": now, "status": rules.RECEIVED, "by": "person"} | _desk(asked),),
    )


def _desk(asked: model.Asked) -> dict[str, Any]:
    return {"by": "office", **vars(asked.desk)} if asked.desk else {}


def _prints(key: str, person: model.Person, wish: model.Wish, window: model.Window) -> tuple[tuple[str, ...], ...]:
    grown_up = rules.adults(person, wish.companions, window.closes_at.date())
    return tuple(people.identity_fingerprints(key, one) for one in grown_up)


@mongo.transactional
def _ask(db: Database, request: model.Request, asked: model.Asked, window: model.Window, by: auth.Actor | None) -> None:
    settings, known = mongo.settings(db), people.content(asked)
    if not store.windows.pass_gate(db, window.id):
        raise refusals.NoWindow()
    contacts.count(db, people.contact_fingerprints(settings.fingerprint_key, asked.person))
    live.hold(db, request.pathway_id, request.fingerprints, request.case_id)
    store.requests.add(db, request)
    verification.use(db, asked.verification, request.request["scope"])
    people.add(db, people.sealed_row(db, request.person_id, known))
    said = [
        (events.PEOPLE, events.person_changed(settings.people_keys, request.person_id, known)),
        (events.BOOKING, events.request_received(request, window, zone(db, request))),
    ]
    outbox.add_all(db, said, first=True)
    if by:
        guard.note_request(db, by, "request.ask", request, why=request.history[0]["why"])


def _refuse(db: Database, asked: model.Asked, request: model.Request, error: Exception) -> None:
    if isinstance(error, contacts.UsedUp):
        key = mongo.settings(db).fingerprint_key
        contacts.must_have_left(db, people.contact_fingerprints(key, asked.person))
    if isinstance(error, verification.UsedBefore):
        raise refusals.ContactNotVerified()
    if isinstance(error, live.AlreadyLive):
        verification.refuse_known(db, asked)
        _tell_contacts_on_file(db, request)
        raise refusals.NotPossible()
    raise web.KeyInFlight(retry_after=1)


def _tell_contacts_on_file(db: Database, request: model.Request) -> None:
    for one in store.requests.of_cases(db, live.cases(db, request.pathway_id, request.fingerprints)):
        if one.is_asking:
            told_again.tell_who_asked(db, one.reference, zone(db, one))
    for booked in store.live_with(db, request.pathway_id, request.fingerprints):
        told_again.tell_who_booked(db, booked.reference)


def zone(db: Database, request: model.Request) -> str:
    """In which times are told while there is no place yet."""
    return request.timezone or offers.office(db, request.offices[0]).timezone


@mongo.transactional
def change_request(
    db: Database, reference: str, wish: model.Wish, prepared: Mapping[str, Any] | None = None
) -> model.Request:
    """Until the close. Who asks stays the same: a place belongs to a person. `prepared`: needs of whoever comes and
    interpreter, where they change too; sealed with the person, and nowhere else."""
    request = store.requests.with_reference(db, reference)
    window, pathway = store.windows.get(db, request.window_id), store.pathway(db, request.pathway_id)
    wish.must_fit(window, pathway)
    key = mongo.settings(db).fingerprint_key
    grown_up = rules.adults_beside(wish.companions, window.closes_at.date())
    others = tuple(people.identity_fingerprints(key, one) for one in grown_up)
    changed = request.wishes(wish, pathway, (request.adults[0], *others))
    if not store.windows.pass_gate(db, window.id):
        raise refusals.WindowClosed()
    store.requests.save(db, changed)
    known = people.come_as(db, request.person_id, wish.companions, prepared or {})
    if known:
        keys = mongo.settings(db).people_keys
        outbox.add(db, events.PEOPLE, events.person_changed(keys, request.person_id, known))
    outbox.add(db, events.BOOKING, events.request_changed(changed, window, zone(db, changed)))
    return changed


def withdraw_request(
    db: Database, reference: str, by: str, actor: auth.Actor | None = None, why: str = ""
) -> model.Request:
    """At any time before it is confirmed or has ended. After the close its entry stays in the draw, since the list is
    fixed; a place drawn for it goes to the waitlist. `actor`: who of the office does it for the person, and `why`: how
    they asked. Withdrawn already: the same answer, no second effect."""
    if actor:
        guard.must_name_their_office(db, reference, actor, "request.withdraw")
    return _withdraw(db, reference, by, actor, why)


@mongo.transactional
def _withdraw(db: Database, reference: str, by: str, actor: auth.Actor | None, why: str) -> model.Request:
    request = store.requests.with_reference(db, reference)
    if request.status == rules.WITHDRAWN:
        return request
    window = store.windows.get(db, request.window_id)
    too_late = not store.windows.pass_gate(db, window.id)
    desk = model.AtTheDesk(actor.id, why) if actor else None
    withdrawn = request.withdraw(clock.now(), by, stays_entered=too_late, desk=desk)
    give_back(db, request)
    store.requests.save(db, withdrawn)
    live.let_go(db, request.case_id)
    outbox.add(db, events.BOOKING, events.request_withdrawn(withdrawn, window, zone(db, withdrawn), by))
    if actor:
        guard.note_request(db, actor, "request.withdraw", withdrawn, why=why)
    return withdrawn


def give_back(db: Database, request: model.Request) -> None:
    """The places promised to it are the waitlist's."""
    if request.place_ids and request.status == rules.ALLOCATED:
        places.take_back(db, request.place_ids, request.id)
        offer_soon(db, request.window_id, f"{request.id}.{request.offers}")


def offer_soon(db: Database, window_id: str, because: str) -> None:
    """A place has come free: whose turn it is on the waitlist is looked up right after."""
    due.add(db, OFFER, LANE, {"window": window_id}, id=f"{OFFER}.{window_id}.{because}")


def confirm_request(db: Database, reference: str) -> model.Request:
    """Makes the appointment, with the same reference and code. Confirmed already: the same answer."""
    try:
        return _confirm(db, reference)
    except places.NotThere:
        raise refusals.Changed() from None
    except store.AlreadyThere:
        raise refusals.NotPossible() from None


@mongo.transactional
def _confirm(db: Database, reference: str) -> model.Request:
    request, now = store.requests.with_reference(db, reference), clock.now()
    if request.status == rules.CONFIRMED:
        return request
    confirmed = request.confirm(now)
    appointment = confirmed.appointment(now)
    window, pathway = store.windows.get(db, request.window_id), store.pathway(db, request.pathway_id)
    office = store.office(db, appointment.office_id)
    store.requests.save(db, confirmed)
    places.take_promised(db, request.place_ids, request.id)
    store.add(db, appointment)
    waiting.carry_over(db, confirmed)
    said = [
        (events.BOOKING, events.request_confirmed(confirmed, window, office.timezone)),
        (events.BOOKING, events.appointment_booked(appointment, office, pathway)),
    ]
    outbox.add_all(db, said)
    return confirmed
