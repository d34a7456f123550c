"""Places for all who ask at the same moment (shared/together.py)."""

from collections import Counter
from collections.abc import Sequence

from pymongo.database import Database

from services.booking import offers, places, refusals, refused, store
from services.booking.actions.booking.asked import Asked
from services.booking.actions.booking.taking import FAILURES, Taking, taking, write
from shared import clock, errors, web
from shared.together import Together

MOST_TOGETHER = 8  # bookings in one transaction


def _take(db: Database, asked: list[Asked]) -> list[Exception | None]:
    """A place for each that gets one, what the others are refused with; all of the former or none. Done again after it
    was committed (when counting fails) it finds what is there already, as any repeat does."""
    offered = offers.find_all(db, {one.request.slot_id for one in asked})
    for one in asked:
        one.refused = _unfit(one, offered)
    taken = _claim(db, [one for one in asked if not one.refused], offered)
    refused.note(db, _full(asked, offered))
    if taken:
        try:
            write(db, [taking for _, taking in taken])
        except BaseException:
            if len(asked) == 1:  # of several each is done again alone, and finds its own
                _give_back(db, *taken[0])
            raise
        less: Counter[str] = Counter()
        for one, taking in taken:
            one.appointment = taking.appointment
            less[one.request.slot_id] -= 0 if one.hold else len(taking.appointment.place_ids)
        places.count(db, less)
    find_earlier(db, [one for one in asked if one.refused])
    return [one.refused for one in asked]


def _full(asked: list[Asked], offered: offers.Offered) -> list[refused.Refusal]:
    """Of the public: whose time had no place left."""
    full = [one for one in asked if isinstance(one.refused, refusals.SlotTaken) and not one.request.desk]
    at = [offered[one.request.slot_id] for one in full]
    return [(offer.office.id, offer.pathway.id, offer.office.today(clock.now())) for offer in at]


def _unfit(asked: Asked, offered: offers.Offered) -> Exception | None:
    request = asked.request
    if request.hold_id and not asked.hold:
        return refusals.HoldExpired()
    offer = offered.get(request.slot_id)
    if offer is None:
        return refusals.SlotGone()
    try:
        request.must_fit(offer.slot, offer.office, offer.pathway, clock.now())
    except errors.Refusal as refusal:
        return refusal
    if asked.hold and len(asked.hold.place_ids) < offer.pathway.places_for(request.party_size):
        return refusals.HoldTooSmall(errors={"hold": refusals.HoldTooSmall.detail})
    return None


def _claim(db: Database, asked: list[Asked], offered: offers.Offered) -> list[tuple[Asked, Taking]]:
    """Those that have their places now, each with what is to be written; the others are refused."""
    wanted = [
        places.Wanted(
            slot_id=one.request.slot_id,
            holder=one.holder,
            size=offered[one.request.slot_id].pathway.places_for(one.request.party_size),
            is_held=one.hold is not None,
            walk_in=one.request.is_walk_in,
        )
        for one in asked
    ]
    taken = []
    for one, found in zip(asked, places.claim_each(db, wanted), strict=True):
        if isinstance(found, tuple):
            taken.append((one, one.context.run(taking, db, one, offered[one.request.slot_id], found)))
        else:
            one.refused = found
    return taken


def _give_back(db: Database, asked: Asked, taking: Taking) -> None:
    """Has no effect on a place that was taken after all. What somebody has been holding stays theirs."""
    if not asked.hold:
        for place_id, name, _ in taking.held:
            places.give_back(db, place_id, name)


def find_earlier(db: Database, asked: Sequence[Asked]) -> None:
    """Whose very request had been here before is answered as it was then, or refused with KeyReused."""
    if not asked:
        return
    earlier = {found.request["scope"]: found for found in store.by_requests(db, [one.key.scope for one in asked])}
    for one in asked:
        found = earlier.get(one.key.scope)
        if found is None:
            continue
        try:
            one.key.check(found.request)
        except web.KeyReused as reused:
            one.refused = reused
        else:
            one.appointment, one.was_there, one.refused = found, True, None


add = Together(_take, MOST_TOGETHER, (*FAILURES, places.HoldLost)).add
