"""Booking: a place claimed by one guarded update, then one transaction for all that follows.

Where the decision rests on a document that it does not change (the office's intake, the pathway's rules), a change of
that document at the same moment may come just before or just after: both orders are lawful, so no write guards it.
"""

import dataclasses

from pymongo.database import Database

from services.booking import contacts, intakes, live, model, offers, people, places, refusals, store
from services.booking.actions import told_again, verification
from services.booking.actions.booking import together
from services.booking.actions.booking.asked import Asked
from services.booking.actions.booking.taking import FAILURES, Failure
from shared import auth, mongo, web

TRIES = 10


def book(
    db: Database, request: model.BookingRequest, key: web.IdempotencyKey, by: auth.Actor | None = None
) -> tuple[model.Appointment, bool]:
    """The appointment, and whether the same request had made it before. `by`: staff, when the request is of a desk.

    A place is claimed first, by one guarded update; then one transaction takes it and writes all that follows, all
    together with whoever books at the same moment (shared/together.py). Whatever goes wrong, the claim is given back;
    after a crash it runs out, and a repeat of the request finds its own again.

    That the same request had been here before is not asked for first, since it is so seldom: a repeat meets its own
    place (one per slot and holder), its own appointment (unique by request), or a refusal, and only then looks.

    Who has been holding it is not asked to claim it: what they hold is taken, or they are told that it ran out.
    """
    earlier = _unverified(db, request, key)
    if earlier:
        return earlier, True
    hold = store.hold(db, request.hold_id) if request.hold_id else None
    if hold:
        request = dataclasses.replace(request, slot_id=hold.slot_id)
    for _ in range(TRIES):
        asked = Asked(request, key, by, hold)
        try:
            together.add(db, asked)
        except places.HoldLost:  # another try of this very request is ahead, or the claim ran out: look again
            continue
        except FAILURES as error:
            together.find_earlier(db, [asked])
            if asked.refused:
                raise asked.refused from None
            if asked.appointment is None:
                _refuse(db, request, error)
        if asked.appointment:
            return asked.appointment, asked.was_there
    raise web.KeyInFlight(retry_after=1)


def _unverified(db: Database, request: model.BookingRequest, key: web.IdempotencyKey) -> model.Appointment | None:
    """None: all is well, it goes on. A request that had been here before is answered as it was then, though nothing is
    left of its verification by now. Staff at a desk see who stands there; places that are drawn nobody else books,
    verified or not. Raises ContactNotVerified, AskInWindow."""
    if request.desk:
        return None
    try:
        verification.must_be_verified(db, request, key.scope)
    except refusals.ContactNotVerified as refusal:
        drawn = not request.verification and offers.pathway(db, request.pathway_id).mode == model.REQUEST_WINDOW
        asked = Asked(request, key, refused=refusals.AskInWindow() if drawn else refusal)
        together.find_earlier(db, [asked])
        if asked.refused:
            raise asked.refused from None
        return asked.appointment
    return None


def _refuse(db: Database, request: model.BookingRequest, error: Failure) -> None:
    """Which unique thing was there already decides; returns when it may be tried again. `already-booked` is for who has
    verified the contact on file: a stranger who types somebody's phone must not learn that they sought help. So to
    others the answer is neutral, and the contact on file is told. That this answer differs from a booking made at once
    cannot be hidden."""
    key = mongo.settings(db).fingerprint_key
    if isinstance(error, contacts.UsedUp):
        contacts.must_have_left(db, people.contact_fingerprints(key, request.person))
    elif isinstance(error, intakes.UsedUp):
        raise refusals.IntakeFull()
    elif isinstance(error, live.AlreadyLive):
        raise refusals.NotPossible()
    elif isinstance(error, verification.UsedBefore):
        raise refusals.ContactNotVerified()
    elif "fingerprints" in error.unique:  # else this request's own other try, or a reference met twice
        verification.refuse_known(db, request)
        for earlier in store.live_with(db, request.pathway_id, people.fingerprints(key, request.person)):
            told_again.tell_who_booked(db, earlier.reference)
        raise refusals.NotPossible()
