"""A contact verified by a one-time code: asked for, tried, checked for who books or asks, forgotten after a day."""

import uuid

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.booking import asked, events, live, model, offers, people, refusals, store
from shared import clock, codes, due, mongo, outbox, web

FORGET, LANE = "forget_verification", "upkeep"
MOST_ASKED = 5  # of one contact in a day


class UsedBefore(Exception):
    """The verification has served another booking or request."""


def request_verification(
    db: Database, wanted: model.VerificationRequest, key: web.IdempotencyKey
) -> tuple[model.Verification, bool]:
    """The verification, and whether the same request had made it before. Raises AskedTooOften."""
    by = {"email": "email", "sms": "phone"}[wanted.channel]
    (contact,) = people.contact_prints(mongo.settings(db).fingerprint_key, **{by: wanted.contact})
    try:
        return _request(db, wanted, contact, key), False
    except DuplicateKeyError:
        earlier = store.verification_of_request(db, key.scope)
        if earlier is None:  # it has been forgotten meanwhile
            raise web.KeyInFlight(retry_after=1) from None
        key.check(earlier.request)
        return earlier, True
    except asked.UsedUp:
        raise asked.too_often(db, asked.VERIFICATION, contact) from None


@mongo.transactional
def _request(
    db: Database, wanted: model.VerificationRequest, contact: str, key: web.IdempotencyKey
) -> model.Verification:
    """The contact itself is kept nowhere here: it goes sealed to who sends the code. When the broker loses it before it
    is read there, no code comes and another one is asked for."""
    new = model.Verification(
        id=str(uuid.uuid4()),
        person_id=str(uuid.uuid4()),
        channel=wanted.channel,
        contact=contact,
        language=wanted.language,
        asked_at=clock.now(),
        request=key.document(),
    )
    store.add_verification(db, new)
    asked.count(db, asked.VERIFICATION, contact, MOST_ASKED)
    outbox.add(db, events.PEOPLE, events.contact_given(mongo.settings(db).people_keys, new, wanted))
    outbox.add(db, events.BOOKING, events.verification_requested(new))
    due.add(db, FORGET, LANE, {"verification_id": new.id}, due_at=new.forgotten_at)
    return new


def verify(db: Database, id: str, code: str) -> model.Verification:
    """Raises WrongOneTimeCode, when the try has been noted; OneTimeCodeVoid, UnknownVerification."""
    tried = _try(db, id, code)
    if tried.verified_at is None:
        raise refusals.WrongOneTimeCode(errors={"code": refusals.WrongOneTimeCode.detail})
    return tried


@mongo.transactional
def _try(db: Database, id: str, code: str) -> model.Verification:
    known = store.verification(db, id)
    right = codes.matches(mongo.settings(db).access_key, known.code_of, 0, code)
    tried = known.tried(right, clock.now())
    if tried is not known:
        store.save_verification(db, tried)
    return tried


def must_be_verified(db: Database, request: model.BookingRequest | model.Asked, scope: str) -> None:
    """Before a place is claimed, or a request for one is written; that it is used once is seen in the transaction of
    either (`use`). Raises ContactNotVerified."""
    if request.verification is None:
        if _is_asked_for(db, request.pathway_id):
            raise refusals.ContactNotVerified()
        return
    known = store.find_verification(db, request.verification)
    if known is None:
        raise refusals.ContactNotVerified()
    prints = people.contact_fingerprints(mongo.settings(db).fingerprint_key, request.person)
    known.must_be_good(prints, scope, clock.now())


def _is_asked_for(db: Database, pathway_id: str) -> bool:
    try:
        return offers.pathway(db, pathway_id).verifies_contact
    except refusals.UnknownPathway:  # whatever is booked is of another one, which is refused as such
        return False


def use(db: Database, id: str | None, scope: str) -> None:
    """In the transaction of the booking or request that it serves. Raises UsedBefore."""
    if id and not store.use_verification(db, id, scope):
        raise UsedBefore


def refuse_known(db: Database, request: model.BookingRequest | model.Asked) -> None:
    """Who has shown that the contact of a live appointment or request is theirs is told that they have it. Raises
    AlreadyBooked, AlreadyAsked."""
    known = store.find_verification(db, request.verification) if request.verification else None
    if known and store.live_with(db, request.pathway_id, (known.contact,)):
        raise refusals.AlreadyBooked()
    if known and live.cases(db, request.pathway_id, (known.contact,)):
        raise refusals.AlreadyAsked()


def forget_verification(db: Database, work: due.Work) -> None:
    known = store.find_verification(db, work.data["verification_id"])
    if known:
        _forget(db, known)


def forget(db: Database, prints: tuple[str, ...]) -> None:
    for one in store.verifications_of(db, prints):
        _forget(db, one)


@mongo.transactional
def _forget(db: Database, one: model.Verification) -> None:
    store.forget_verification(db, one.id)
    outbox.withdraw(db, events.PEOPLE, one.person_id)
    outbox.add(db, events.PEOPLE, events.person_erased(one.person_id))
